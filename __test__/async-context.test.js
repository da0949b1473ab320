/** AsyncLocalStorage: whose stores listeners, callbacks and iterators find, and that none of them leaks. */

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { once } = require('node:events');
const { test } = require('node:test');
const SpreadSession = require('..');
const { run } = require('./helpers/child.js');
const { onLibspread } = require('./helpers/engine.js');
const { Log } = require('./helpers/log.js');
const { openModern, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { daemonFor, unique } = require('./helpers/sessions.js');

const { SpreadDaemon, connect } = SpreadSession;

const storage = new AsyncLocalStorage();
const store = () => storage.getStore();

/** Returns a log of [event, store] for everything that a session emits. */
function recordStores(session) {
  const log = new Log();
  recordEvents(session, { push: ([event]) => log.push([event, store()]) });
  return log;
}

/** Returns each recorded event, with the one store in which it was emitted. */
function storesOf({ entries }) {
  const found = Object.fromEntries(entries);
  assert.deepEqual(
    entries.filter(([event, its]) => its !== found[event]),
    [],
  );
  return found;
}

/** Makes a callback that logs its name and store. */
const logging = (log, name) => () => log.push([name, store()]);

test('events run in the context of connect(), of each of the sessions that share a loop', async (t) => {
  const { address } = await daemonFor(t);
  const names = ['one', 'two', undefined];
  const sessions = await Promise.all(names.map((name) => storage.run(name, () => openModern(t, address))));
  const logs = sessions.map(recordStores);
  const room = unique('r');
  await storage.run('a caller', async () => {
    for (const session of sessions) {
      await session.join(room);
      assert.equal(store(), 'a caller');
    }
    for (let index = 0; index < 60; index += 1) {
      sessions[index % 3].send(room, `${index}`);
    }
  });
  await Promise.all(logs.map((log) => log.count(60, ([event]) => event === 'message')));
  await storage.run('another caller', () => Promise.all(sessions.map((session) => session.disconnect())));
  for (const [index, log] of logs.entries()) {
    const its = names[index];
    assert.deepEqual(storesOf(log), { membership: its, message: its, close: its });
  }
});

test('what a listener enters ends with its call: not for the next message, nor for another session', async (t) => {
  const entering = await scriptedModern(t);
  const other = await storage.run('other', () => scriptedModern(t));
  const heard = new Set();
  entering.session.on('message', ({ data }) => {
    heard.add(store());
    storage.enterWith(String(data));
  });
  const log = recordStores(other.session);
  // In one write each, so that a batch has several: fewer and more than have scopes of their own in any case.
  for (const count of [1, 3, 100]) {
    entering.connection.send(...Array.from({ length: count }, (_, index) => message(entering.me, `${index}`)));
    await settled(entering);
    other.connection.send(...Array.from({ length: count }, () => message(other.me, 'x')));
    await settled(other);
  }
  assert.deepEqual([heard, storesOf(log)], [new Set([undefined]), { message: 'other' }]);
  assert.equal(store(), undefined);
});

test('neither does the context stay in which the package is loaded, nor the first that a process enters', async (t) => {
  const { lines, exit } = run(t, 'first-storage.js', []);
  const { errors } = await exit;
  assert.deepEqual([lines.entries[0], errors], ['undefined', '']);
});

test('what was held back by pause() runs in the context of connect(), wherever it is resumed', async (t) => {
  const both = await storage.run('opened', () => scriptedModern(t, { groups: ['room'] }));
  const { session, connection, me } = both;
  const log = recordStores(session);
  connection.send(...Array.from({ length: 40 }, () => message(me, 'x')), joined('room', [me], me));
  await log.find(([event]) => event === 'message');
  await storage.run('resumed', async () => {
    session.pause();
    connection.send(message(me, 'y'));
    await new Promise(setImmediate);
    session.resume();
  });
  await settled(both);
  assert.deepEqual(storesOf(log), { message: 'opened', membership: 'opened' });
});

test('a pause in the middle of a batch', async (t) => {
  const both = await storage.run('opened', () => scriptedModern(t));
  const { session, connection, me } = both;
  const log = recordStores(session);
  session.once('message', () => session.pause());
  connection.send(...Array.from({ length: 40 }, () => message(me, 'x')));
  await log.find(([event]) => event === 'message');
  storage.run('resumed', () => session.resume());
  await log.count(40);
  assert.deepEqual(storesOf(log), { message: 'opened' });
});

test('a loss, the attempts after it, and the end of a session that is coming back', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const reconnect = { minDelay: 1, maxDelay: 1 };
  const opening = storage.run('opened', () => connect({ address: daemon.address, name: 'me', reconnect }));
  const first = await daemon.connection();
  await first.accept();
  const session = await opening;
  const log = recordStores(session);
  for (const event of ['disconnect', 'reconnecting']) {
    session.on(event, () => storage.enterWith('entered'));
  }
  first.socket.destroy();
  const second = await daemon.connection();
  await second.accept();
  await log.find(([event]) => event === 'reconnect');
  // There is no connection then: the end is the next turn's.
  session.on('disconnect', () => storage.run('ended', () => session.disconnect()));
  second.socket.destroy();
  await log.find(([event]) => event === 'close');
  assert.deepEqual(storesOf(log), {
    disconnect: 'opened',
    reconnecting: 'opened',
    reconnect: 'opened',
    close: 'opened',
  });
});

test('callbacks of the constructor and handlers run in its context, onError in that of the call', async (t) => {
  const { address } = await daemonFor(t);
  const log = new Log();
  const room = unique('r');
  const session = storage.run('opened', () => new SpreadSession(address, unique(), logging(log, 'success')));
  const handlers = ['dataHandler', 'memberJoinedGroup', 'memberLeftGroup', 'onError'];
  for (const handler of handlers) {
    session[handler] = logging(log, handler);
  }
  await log.count(1);
  await storage.run('a call', async () => {
    await session.join(room);
    session.send(room, 'x');
    await session.leave(room);
    await session.join('a bad group');
    session.send('a bad group', 'x');
  });
  await session.disconnect();
  assert.deepEqual(storesOf(log), {
    success: 'opened',
    memberJoinedGroup: 'opened',
    dataHandler: 'opened',
    memberLeftGroup: 'opened',
    onError: 'a call',
  });
});

test('so do those of a session that does not come about', async () => {
  const daemon = await ScriptedDaemon.listen();
  const port = daemon.port;
  await daemon.close();
  for (const address of [`${port}@127.0.0.1`, 'no address']) {
    const log = new Log();
    const session = storage.run('opened', () => new SpreadSession(address, '', undefined, logging(log, 'failure')));
    session.onFailedToConnect = logging(log, 'onFailedToConnect');
    session.on('close', logging(log, 'close'));
    await log.count(3);
    assert.deepEqual(storesOf(log), { failure: 'opened', onFailedToConnect: 'opened', close: 'opened' }, address);
  }
});

test('who takes from an iterator stays in his own context', async (t) => {
  const { address } = await daemonFor(t);
  const session = await storage.run('opened', () => openModern(t, address));
  const found = [];
  const send = () => session.send(session.privateGroup, 'x');
  const consumed = storage.run('consumer', () => session.consume(() => found.push(store())));
  const iterator = session.messages();
  await storage.run('first', async () => {
    const next = iterator.next();
    send();
    await next;
    found.push(store());
  });
  await storage.run('second', async () => {
    send();
    for await (const _ of iterator) {
      found.push(store());
      break;
    }
    // More than are taken in one turn of the loop.
    const many = session.messages();
    for (let index = 0; index < 10_000; index += 1) {
      send();
    }
    for (let index = 0; index < 10_000; index += 1) {
      await many.next();
      assert.equal(store(), 'second');
    }
    await many.return();
  });
  await session.disconnect();
  await consumed;
  assert.deepEqual(new Set(found), new Set(['consumer', 'first', 'second']));
  assert.equal(found.filter((its) => its === 'consumer').length, 10_002);
});

test('a promise goes on where it is awaited, in whatever context it settles', async (t) => {
  const { address } = await daemonFor(t);
  await storage.run('caller', async () => {
    const session = await openModern(t, address);
    assert.equal(store(), 'caller');
    const calls = [session.join(unique()), session.ping(), session.drained(), once(session, 'message')];
    session.send(session.privateGroup, 'x');
    for (const call of calls) {
      await storage.run('inner', async () => {
        await call;
        assert.equal(store(), 'inner');
      });
    }
    await session.disconnect();
    assert.equal(store(), 'caller');
  });
});

test("a daemon's events run in the context of its start()", async (t) => {
  const daemon = await storage.run('started', () => SpreadDaemon.start({ port: 0 }));
  t.after(() => daemon.stop());
  const log = new Log();
  await storage.run('listening', async () => {
    for (const event of ['connect', 'disconnect']) {
      daemon.on(event, logging(log, event));
      daemon.on(event, () => storage.enterWith('entered'));
    }
    const sessions = await Promise.all([connect(daemon.address), connect(daemon.address)]);
    await Promise.all(sessions.map((session) => session.disconnect()));
  });
  await log.count(4);
  assert.deepEqual(storesOf(log), { connect: 'started', disconnect: 'started' });
});

test('a method of authentication runs in the context of connect()', {
  skip: onLibspread && 'it has none',
}, async (t) => {
  const { address } = await daemonFor(t, { allowIp: ['local'] });
  const found = [];
  const auth = [{ name: 'IP', authenticate: () => found.push(store()) }];
  await storage.run('opened', () => openModern(t, address, { auth }));
  assert.deepEqual(found, ['opened']);
});

test('what a listener throws is uncaught in the context of its session', async (t) => {
  const both = await storage.run('opened', () => scriptedModern(t));
  const log = new Log();
  process.setUncaughtExceptionCaptureCallback((error) => log.push([error.message, store()]));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  both.session.on('message', ({ data }) => {
    if (String(data) === 'thrown') {
      throw new Error('thrown');
    }
  });
  both.connection.send(message(both.me, 'thrown'));
  await log.count(1);
  assert.deepEqual(log.entries, [['thrown', 'opened']]);
});
