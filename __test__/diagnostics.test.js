/** Diagnostics: channels and debug lines. */

const assert = require('node:assert/strict');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('..');
const { run } = require('./helpers/child.js');
const { Log } = require('./helpers/log.js');
const { scriptedModern } = require('./helpers/modern.js');
const { refusing } = require('./helpers/nobody.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { begin, closed, daemonFor } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const documented = fs
  .readFileSync(path.join(__dirname, '..', 'docs', 'diagnostics.md'), 'utf8')
  .matchAll(/^\| `(cspread:\w+)` \|/gm);
const CHANNELS = [...documented].map(([, name]) => name);

/** Returns a log of everything published about the sessions for which `which` holds: [name, the rest]. */
function observe(t, which = () => true) {
  const log = new Log();
  for (const name of CHANNELS) {
    const hear = ({ session, ...rest }) => {
      if (which(session)) {
        log.push([name.replace('cspread:', ''), rest]);
      }
    };
    subscribe(name, hear);
    t.after(() => unsubscribe(name, hear));
  }
  return log;
}

const names = (log) => log.entries.map(([name]) => name);

test('a session’s life, as it is published', async (t) => {
  const log = observe(t);
  const both = await scriptedModern(t, { reconnect: { minDelay: 1, maxDelay: 2 } });
  const { session, connection, me, daemon } = both;
  const join = session.join('room');
  connection.send(joined('room', [me], me), message('room', 'four', { messType: 9 }));
  await join;
  session.send(['room', '#a#b'], ['12', Buffer.alloc(3), new Uint16Array(1)], { service: 'safe', type: -1 });
  assert.throws(() => session.send('room', 'x', { service: 3 }));
  await assert.rejects(session.join('not legal'));
  await log.find(([name]) => name === 'received');
  connection.socket.end();
  const next = await daemon.connection();
  await next.accept();
  next.send(joined('room', [me], me), wire.selfLeave('room'));
  await log.count(2, ([name, { cause }]) =>
    name === 'membership' && cause === 'leave' ? true : name === 'reconnected',
  );
  const ended = session.disconnect();
  next.socket.end();
  await ended;
  assert.deepEqual(
    names(log).filter((name) => name !== 'received' && name !== 'sent' && name !== 'refused'),
    [
      'connecting',
      'connected',
      'membership',
      'lost',
      'reconnecting',
      'connected',
      'membership',
      'reconnected',
      'membership',
      'closed',
    ],
  );
  const of = (wanted) => log.entries.filter(([name]) => name === wanted).map(([, rest]) => rest);
  assert.deepEqual(of('sent'), [{ groups: ['room', '#a#b'], bytes: 7, type: -1, service: 'safe' }]);
  assert.deepEqual(of('received'), [
    { groups: ['room'], sender: '#peer#script', bytes: 4, type: 9, service: 'agreed' },
  ]);
  assert.deepEqual(
    of('refused').map(({ error }) => error.code),
    ['ERR_SPREAD_ILLEGAL_SERVICE', 'ERR_SPREAD_ILLEGAL_GROUP'],
  );
  assert.equal(of('lost')[0].error.code, 'ERR_SPREAD_CONNECTION_CLOSED');
  assert.deepEqual(of('connected')[0], { address: `127.0.0.1:${daemon.port}`, privateGroup: me });
  assert.deepEqual(of('closed'), [{ error: null }]);
});

test('what does not come about; and sessions of the constructor', async (t) => {
  const log = observe(t);
  await assert.rejects(connect(await refusing()));
  await log.find(([name]) => name === 'closed');
  assert.deepEqual(names(log), ['connecting', 'failed', 'closed']);
  assert.equal(log.entries[1][1].error.code, 'ERR_SPREAD_COULD_NOT_CONNECT');
  const { address } = await daemonFor(t, {});
  const { session, opened } = begin(address);
  await opened;
  await session.join('room');
  session.disconnect();
  await closed(session);
  assert.deepEqual(names(log).slice(3), ['connecting', 'connected', 'membership', 'closed']);
});

test('a slow consumer is published', async (t) => {
  const log = observe(t);
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: 1024 * 1024 });
  const heard = once(session, 'slowConsumer');
  session.pause();
  for (let count = 0; count < 600; count += 1) {
    connection.send(message(me, Buffer.alloc(1000)));
  }
  const [event] = await heard;
  const [, published] = await log.find(([name]) => name === 'slowConsumer');
  assert.deepEqual(published, event);
});

test('every channel that is documented is there, and no other', () => {
  const source = fs.readFileSync(path.join(__dirname, '..', 'lib', 'shared', 'diagnostics.js'), 'utf8');
  const [, list] = /const NAMES = \[([^\]]*)\]/.exec(source);
  const inCode = list.match(/\w+/g).map((name) => `cspread:${name}`);
  assert.deepEqual(CHANNELS.toSorted(), inCode.toSorted());
});

test('NODE_DEBUG=cspread says what happens', async (t) => {
  const { address } = await daemonFor(t, {});
  const { exit } = run(t, 'debugged.js', [address], { env: { NODE_DEBUG: 'cspread' } });
  const { code, errors } = await exit;
  assert.equal(code, 0);
  for (const line of [
    /CSPREAD \d+: dbg connecting addresses=/,
    /#dbg#localhost connected/,
    /membership group="room" cause="join" member="#dbg#localhost" view=\[#dbg#localhost\]/,
    /refused error=ERR_SPREAD_ILLEGAL_SERVICE/,
    /#dbg#localhost closed error=null/,
  ]) {
    assert.match(errors, line);
  }
});
