/** Bad and merely many clients of the embedded daemon: honest sessions notice nothing, and all that is held is counted. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { SpreadDaemon, connect } = require('..');
const { daemonFor } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');
const wire = require('./helpers/wire.js');

const posix = process.platform === 'win32' ? 'Windows has no such sockets' : false;

/** Opens connections that send `bytes` and nothing more. */
async function crowd(t, daemon, count, bytes = () => '') {
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = net.connect(daemon.port, '127.0.0.1').on('error', () => {});
    socket.write(bytes(index));
    return socket.resume();
  });
  t.after(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  return sockets;
}

/** Returns the bytes of a connect request. */
function request(name) {
  return Buffer.concat([Buffer.from([5, 0, 1, 1, name.length]), Buffer.from(name)]);
}

for (const [what, bytes] of Object.entries({
  'are silent': () => '',
  'stop half-way': (index) => request(`h${index}`),
})) {
  test(`connections that ${what} keep no session out`, async (t) => {
    const daemon = await daemonFor(t, { maxHandshakes: 20 });
    await crowd(t, daemon, 200, bytes);
    for (let count = 0; count < 20; count += 1) {
      const session = await connect(daemon.address);
      await session.disconnect();
    }
    await until(() => daemon.stats().refused >= 180);
    assert.equal(daemon.stats().cutFaulty, 0);
  });
}

test('connections in their handshake do not fill the sessions, and sessions are not refused for others', async (t) => {
  const daemon = await daemonFor(t, { maxSessions: 3 });
  await crowd(t, daemon, 10);
  const sessions = [];
  for (let count = 0; count < 3; count += 1) {
    sessions.push(await connect(daemon.address));
  }
  await assert.rejects(connect(daemon.address), { code: 'ERR_SPREAD_REJECT_QUOTA' });
  await Promise.all(sessions.map((session) => session.disconnect()));
});

/** A session on a socket of the test's own, without memberships, in so many groups. */
async function inGroups(t, daemon, name, groups) {
  const [socket] = await crowd(t, daemon, 1, () => {
    const head = request(name);
    head[3] = 0;
    return head;
  });
  const choice = Buffer.alloc(90);
  choice.latin1Write('NULL', 0);
  socket.write(choice);
  const sender = `#${name}#localhost`;
  const joins = Array.from({ length: groups }, (_, index) =>
    wire.frame({ type: 0x10000, sender, groups: [`g${index}`] }),
  );
  socket.write(Buffer.concat(joins));
  return socket;
}

test('heldBytes has groups and memberships', async (t) => {
  const daemon = await daemonFor(t, {});
  assert.equal(daemon.stats().heldBytes, 0);
  const first = await inGroups(t, daemon, 'anna', 500);
  await until(() => daemon.stats().groups === 500);
  const { heldBytes } = daemon.stats();
  assert.ok(heldBytes >= 500 * 64, `${heldBytes} bytes`);
  const second = await inGroups(t, daemon, 'ben', 500);
  await until(() => daemon.stats().heldBytes > heldBytes);
  first.destroy();
  second.destroy();
  await until(() => daemon.stats().groups === 0);
  await until(() => daemon.stats().heldBytes === 0);
});

test('maxTotalBytes bounds groups and memberships', async (t) => {
  const daemon = await daemonFor(t, { maxTotalBytes: 50_000 });
  const honest = await connect(daemon.address);
  await honest.join('room');
  const cut = once(daemon, 'disconnect');
  await inGroups(t, daemon, 'many', 1000);
  const [{ privateGroup, cause }] = await cut;
  assert.deepEqual([privateGroup, cause], ['#many#localhost', 'slow']);
  assert.equal(typeof (await honest.ping()), 'number');
  await honest.disconnect();
});

test('a session is in 1,000 groups by default', async (t) => {
  const daemon = await daemonFor(t, {});
  await inGroups(t, daemon, 'anna', 1000);
  await until(() => daemon.stats().groups === 1000);
  const cut = once(daemon, 'disconnect');
  await inGroups(t, daemon, 'ben', 1001);
  const [{ privateGroup, cause, reason }] = await cut;
  assert.deepEqual([privateGroup, cause], ['#ben#localhost', 'faulty']);
  assert.match(reason, /groups of one session/);
});

test('a name is free again for the client that comes back at once, however many groups it was in', async (t) => {
  const daemon = await daemonFor(t, { maxSessionGroups: 20_000 });
  for (let count = 0; count < 5; count += 1) {
    const socket = await inGroups(t, daemon, 'anna', 20_000);
    await until(() => daemon.stats().groups === 20_000);
    socket.destroy();
    const session = await connect({ address: daemon.address, name: 'anna' });
    assert.equal(session.privateGroup, '#anna#localhost');
    await session.disconnect();
    await until(() => daemon.stats().groups === 0);
  }
});

test('members hear of every end, in the order of the groups’ names', async (t) => {
  const daemon = await daemonFor(t, {});
  const sockets = [];
  for (const name of ['ben', 'cleo', 'dora']) {
    sockets.push(await inGroups(t, daemon, name, 300));
  }
  await until(() => daemon.stats().messagesOut === 0 && daemon.stats().groups === 300);
  const anna = await connect({ address: daemon.address, name: 'anna' });
  const names = Array.from({ length: 300 }, (_, index) => `g${index}`);
  await Promise.all(names.map((group) => anna.join(group)));
  const heard = new Map();
  anna.on('membership', ({ group, cause, member }) => {
    assert.equal(cause, 'disconnect');
    heard.set(member, [...(heard.get(member) ?? []), group]);
  });
  for (const socket of sockets) {
    socket.destroy();
  }
  await until(() => [...heard.values()].reduce((sum, groups) => sum + groups.length, 0) === 900);
  for (const groups of heard.values()) {
    assert.deepEqual(groups, [...names].sort());
  }
  await anna.disconnect();
});

test('the Unix socket has the mode asked for, and a living one is not taken away', { skip: posix }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-crowds-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const unix = path.join(folder, 'socket');
  for (const [options, mode] of [
    [{}, 0o600],
    [{ mode: 0o660 }, 0o660],
    [{ mode: 0 }, 0],
  ]) {
    const daemon = await SpreadDaemon.start({ port: 0, path: unix, ...options });
    assert.equal(fs.statSync(unix).mode & 0o777, mode);
    const tries = await Promise.allSettled([0, 0].map((port) => SpreadDaemon.start({ port, path: unix })));
    for (const { reason } of tries) {
      assert.equal(reason.code, 'ERR_SPREAD_DAEMON');
      assert.match(reason.message, /in use/);
    }
    await daemon.stop();
    assert.deepEqual(fs.readdirSync(folder), []);
  }
});

test('a strict daemon takes sessions of this library, and refuses a handshake in pieces', async (t) => {
  const daemon = await daemonFor(t, { strict: true });
  for (const options of [{}, { name: 'anna' }, { name: '0123456789' }]) {
    const session = await connect({ address: daemon.address, ...options });
    await session.join('room');
    await session.disconnect();
  }
  const socket = net.connect(daemon.port, '127.0.0.1');
  socket.write(request('ben'));
  const [list] = await once(socket, 'data');
  assert.equal(list.toString('latin1'), '\x05NULL ');
  socket.write('NULL');
  const [code] = await once(socket, 'data');
  assert.deepEqual([...code], [0xf7], '-9: REJECT_AUTH');
  socket.destroy();
});
