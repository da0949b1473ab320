/** The blocks of cspread/replicated on real sessions, beyond what random lives show: replicated-seeds.test.js. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Election, LargeMessages, Locks, ReplicatedMap, Requests, Shards, replicate } = require('../lib/replicated');
const { runFile } = require('./helpers/child.js');
const { openModern } = require('./helpers/modern.js');
const { daemonFor, unique } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { uncaught } = require('./helpers/uncaught.js');
const { until } = require('./helpers/until.js');

const ALONE = { partition: 'primary', first: 1 };
const PAIR = { partition: 'primary', first: 2 };

async function bytesOf(chunks) {
  const parts = [];
  for await (const chunk of chunks) {
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

const counter = {
  initial: () => ({ value: 0 }),
  apply(state, number) {
    if (typeof number !== 'number') {
      throw new RangeError('not a number');
    }
    state.value += number;
    return state.value;
  },
  snapshot: (state) => Buffer.from(JSON.stringify(state)),
  restore: async (chunks) => JSON.parse(await bytesOf(chunks)),
};

/** Opens sessions and makes a block on each: [{ session, block }]. */
async function members(t, address, count, make) {
  const all = [];
  for (let member = 0; member < count; member += 1) {
    const session = await openModern(t, address);
    const block = make(session);
    all.push({ session, block });
  }
  await Promise.all(all.map(({ block }) => block.ready));
  return all;
}

async function world(t, count, make) {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const all = await members(t, daemon.address, count, (session) => make(session, group));
  return { daemon, group, all, blocks: all.map(({ block }) => block) };
}

test('a replicated counter: results in their places, a late joiner, reads after sync()', async (t) => {
  const make = (session, group) => replicate(session, group, counter, PAIR);
  const { daemon, group, blocks } = await world(t, 2, make);
  const [a, b] = blocks;
  assert.deepEqual(await Promise.all([a.do(1), a.do(2), a.do(3)]), [1, 3, 6]);
  const [{ block: c }] = await members(t, daemon.address, 1, (session) => make(session, group));
  assert.deepEqual([c.state.value, c.index, c.isPrimary], [6, 3, true]);
  assert.equal(await c.do(10), 16);
  await b.sync();
  assert.deepEqual([b.state.value, b.index], [16, 5]);
});

test('an operation that throws counts, and its error comes back', async (t) => {
  const { blocks } = await world(t, 1, (session, group) => replicate(session, group, counter, ALONE));
  const [replica] = blocks;
  const error = await replica.do('x').catch((it) => it);
  assert.deepEqual([error.name, error.outcome, replica.index], ['RangeError', 'not-applied', 1]);
  assert.equal(await replica.do(2), 2);
});

test('a listener that throws is an uncaught exception, and nothing is lost', async (t) => {
  const { blocks } = await world(t, 1, (session, group) => replicate(session, group, counter, ALONE));
  const [replica] = blocks;
  const errors = uncaught(t);
  replica.on('change', () => {
    throw new Error('of a listener');
  });
  assert.deepEqual(await Promise.all([replica.do(1), replica.do(1)]), [1, 2]);
  await until(() => errors.entries.length === 2);
});

test('signals: before it is sent an operation is not applied, after that nobody knows', async (t) => {
  const { blocks } = await world(t, 1, (session, group) => replicate(session, group, counter, ALONE));
  const [replica] = blocks;
  const reason = new Error('enough');
  const before = await replica.do(1, { signal: AbortSignal.abort(reason) }).catch((it) => it);
  assert.deepEqual([before, before.outcome], [reason, 'not-applied']);
  const controller = new AbortController();
  const promise = replica.do(1, { signal: controller.signal });
  controller.abort(new Error('late'));
  assert.equal((await promise.catch((it) => it)).outcome, 'unknown');
});

test('without the primary it says so at once, and forcePrimary() overrules that', async (t) => {
  const daemon = await daemonFor(t);
  const session = await openModern(t, daemon.address);
  const replica = replicate(session, unique('g'), counter, PAIR);
  const error = await replica.do(1).catch((it) => it);
  assert.deepEqual([error.code, error.outcome], ['ERR_SPREAD_NO_PRIMARY', 'not-applied']);
  replica.forcePrimary();
  await replica.ready;
  assert.equal(await replica.do(1), 1);
});

test('who closes hands its vote over: the last one goes on', async (t) => {
  const { blocks } = await world(t, 3, (session, group) => replicate(session, group, counter, PAIR));
  for (const block of blocks.slice(0, 2)) {
    await block.do(1);
    await block.close();
  }
  assert.equal(await blocks[2].do(1), 3);
  const error = await blocks[0].do(1).catch((it) => it);
  assert.deepEqual([error.code, error.outcome], ['ERR_SPREAD_NOT_CONNECTED', 'not-applied']);
});

/** A state of so many bytes, in chunks that are no pieces. */
function heap(bytes) {
  return {
    initial: () => ({ blob: Buffer.alloc(0), count: 0 }),
    apply(state, add) {
      state.count += add;
      if (add === 0) {
        state.blob = Buffer.alloc(bytes, 'x');
      }
      return state.count;
    },
    *snapshot({ blob, count }) {
      yield Buffer.from(`${count}\n`);
      for (let at = 0; at < blob.length; at += 300_001) {
        yield blob.subarray(at, at + 300_001);
      }
    },
    async restore(chunks) {
      const all = await bytesOf(chunks);
      const end = all.indexOf(10);
      return { count: Number(all.subarray(0, end)), blob: all.subarray(end + 1) };
    },
  };
}

test('a snapshot in pieces, while operations go on, with its progress', async (t) => {
  const size = 8_000_000;
  const make = (session, group) => replicate(session, group, heap(size), ALONE);
  const { daemon, group, blocks } = await world(t, 1, make);
  const [a] = blocks;
  await a.do(0);
  const session = await openModern(t, daemon.address);
  const b = make(session, group);
  const progress = [];
  b.on('progress', (it) => progress.push(it.bytes));
  const synced = once(b, 'sync');
  let isReady = false;
  b.ready.then(() => {
    isReady = true;
  });
  while (!isReady) {
    await a.do(1);
  }
  const [{ from, bytes }] = await synced;
  assert.equal(
    from,
    session.groups.get(group).members.find((name) => name !== session.privateGroup),
  );
  assert.ok(bytes > size && bytes < size + 10, `${bytes} bytes`);
  assert.ok(progress.length > 50 && progress.every((it, at) => at === 0 || it >= progress[at - 1]));
  await Promise.all([a.sync(), b.sync()]);
  // One of the two comes last, and need not be applied at the other yet.
  await until(() => a.index === b.index);
  assert.deepEqual([b.state.count, b.state.blob.length, b.index], [a.state.count, size, a.index]);
});

const member = (t, address, group, how) => {
  const { lines, child, exit } = runFile(t, path.join(__dirname, 'fixtures', 'replicated-member.js'), [
    address,
    group,
    how,
  ]);
  return { lines, child, exit };
};

test('the giver is killed in the middle of a snapshot: another one gives it', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const first = member(t, daemon.address, group, 'slow-giver');
  await first.lines.find((line) => line === 'ready');
  const machine = { ...heap(4_000_000) };
  // With these two there is a majority without the child.
  for (const make of [0, 1].map(() => (session) => replicate(session, group, machine, PAIR))) {
    const [{ block }] = await members(t, daemon.address, 1, make);
    assert.equal(block.state.blob.length, 4_000_000);
    await block.do(1);
  }
  // The child gives, since its name comes first, and stops in the middle of its third snapshot.
  const session = await openModern(t, daemon.address);
  const third = replicate(session, group, machine, PAIR);
  await first.lines.find((line) => line === 'stopped giving');
  first.child.kill('SIGKILL');
  await third.ready;
  assert.equal(third.state.blob.length, 4_000_000);
});

test('a process that hangs delays nothing but its own answer, and goes on when it wakes', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const child = member(t, daemon.address, group, 'counter');
  const all = await members(t, daemon.address, 2, (session) =>
    replicate(session, group, counter, { ...ALONE, first: 3 }),
  );
  await child.lines.find((line) => line === 'ready');
  sendSignal(child.child, 'SIGSTOP');
  // A view without its answer: operations go on meanwhile, and a newcomer gets the state.
  const [{ block: late }] = await members(t, daemon.address, 1, (session) =>
    replicate(session, group, counter, { ...ALONE, first: 3 }),
  );
  assert.equal(await late.do(5), 5);
  sendSignal(child.child, 'SIGCONT');
  await child.lines.find((line) => line === 'value 5');
  assert.equal(await all[0].block.do(1), 6);
  await child.lines.find((line) => line === 'value 6');
});

test('several blocks on one session and group; the last one to close leaves', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const session = await openModern(t, daemon.address);
  const map = new ReplicatedMap(session, group, ALONE);
  const other = new ReplicatedMap(session, group, { ...ALONE, name: 'other' });
  const election = new Election(session, group, ALONE);
  await Promise.all([map.ready, other.ready, election.ready]);
  await Promise.all([map.set('a', 1), other.set('a', 2)]);
  assert.deepEqual([map.get('a'), other.get('a')], [1, 2]);
  assert.throws(() => new ReplicatedMap(session, group, ALONE), /a block 'map'/);
  await map.close();
  await other.close();
  assert.ok(session.groups.has(group));
  await election.close();
  assert.ok(!session.groups.has(group));
});

test('foreign and malformed messages are ignored and counted; another version is an error', async (t) => {
  const { daemon, group, blocks } = await world(t, 1, (session, name) => new ReplicatedMap(session, name, ALONE));
  const [map] = blocks;
  const foreign = await openModern(t, daemon.address);
  const errors = once(map, 'error');
  const head = (version, kind) => Buffer.concat([Buffer.from([0xc5, 0x52, version, kind, 3]), Buffer.from('map')]);
  foreign.send(group, 'what others say');
  for (const kind of [0, 1, 2, 3, 4, 5, 6, 7, 10, 99]) {
    foreign.send(group, [head(1, kind), '{"v":1,"r":[],"life":-1}'], { type: 0x5243 });
    foreign.send(group, [head(1, kind), Buffer.alloc(kind)], { type: 0x5243 });
  }
  foreign.send(group, [head(2, 1), '{}'], { type: 0x5243 });
  assert.equal((await errors)[0].code, 'ERR_SPREAD_FORMAT');
  assert.equal(map.stats().ignored, 21);
  assert.deepEqual(await map.set('a', 1), { version: 1 });
});

test('a member with another policy under the same name takes no part, and is an error', async (t) => {
  const { daemon, group, blocks } = await world(t, 1, (session, name) => new ReplicatedMap(session, name, ALONE));
  const errors = once(blocks[0], 'error');
  const session = await openModern(t, daemon.address);
  const other = new ReplicatedMap(session, group, { partition: 'largest' });
  other.on('error', () => {});
  const [{ code, message }] = await errors;
  assert.equal(code, 'ERR_SPREAD_FORMAT');
  assert.match(message, /another kind or policy/);
  assert.deepEqual(await blocks[0].set('a', 1), { version: 1 });
});

test('a replicated map reads like a Map, and changes by operations', async (t) => {
  const { blocks } = await world(t, 2, (session, group) => new ReplicatedMap(session, group, PAIR));
  const [a, b] = blocks;
  const changes = [];
  b.on('change', (it) => changes.push(it));
  assert.deepEqual(await a.set('x', { n: 1 }), { version: 1 });
  assert.deepEqual(await b.set('y', [2]), { version: 2 });
  assert.equal(await a.delete('x'), true);
  assert.equal(await a.delete('x'), false);
  await b.sync();
  assert.deepEqual(
    [b.get('x'), b.has('x'), b.version('x'), b.size, [...b], [...b.keys()], [...b.values()]],
    [undefined, false, 0, 1, [['y', [2]]], ['y'], [[2]]],
  );
  const [first, , third] = changes;
  const { by } = first;
  assert.deepEqual(first, { key: 'x', value: { n: 1 }, previous: undefined, by, version: 1, index: 1 });
  assert.deepEqual(third, { key: 'x', value: undefined, previous: { n: 1 }, by, version: 0, index: 3 });
  const refused = await a.compareAndSet('y', 1, 'no').catch((it) => it);
  assert.deepEqual([refused.code, refused.current, refused.outcome], ['ERR_SPREAD_VERSION', 2, 'not-applied']);
  await a.compareAndSet('z', 0, 1);
  await Promise.all([a, b].map((map) => map.update('z', (value) => value + 1)));
  await a.sync();
  assert.equal(a.get('z'), 3);
});

test('iterating gives a picture, whatever changes meanwhile', async (t) => {
  const { blocks } = await world(t, 1, (session, group) => new ReplicatedMap(session, group, ALONE));
  const [map] = blocks;
  await Promise.all(['a', 'b', 'c'].map((key) => map.set(key, 1)));
  const seen = [];
  for (const [key, value] of map) {
    seen.push([key, value]);
    await map.set('b', 2);
    await map.delete('c');
    await map.set(`${key}${key}`, 3);
  }
  assert.deepEqual(seen, [
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
  assert.deepEqual([...map.keys()].sort(), ['a', 'aa', 'b', 'bb', 'cc']);
});

test('codecs, and a bound that only refuses what makes the map larger', async (t) => {
  const make = (codec) => (session, group) => new ReplicatedMap(session, group, { ...ALONE, codec, maxBytes: 40 });
  for (const [codec, value] of [
    ['json', { a: [1] }],
    ['buffer', Buffer.from([1, 2, 3])],
    ['structured', new Map([[1, new Date(0)]])],
    [{ encode: (text) => Buffer.from(text), decode: (bytes) => bytes.toString() }, 'own'],
  ]) {
    const { daemon, group, blocks } = await world(t, 1, make(codec));
    await blocks[0].set('k', value);
    const [{ block: late }] = await members(t, daemon.address, 1, (session) => make(codec)(session, group));
    assert.deepEqual(late.get('k'), value);
  }
  const { blocks } = await world(t, 1, make('json'));
  const [map] = blocks;
  await map.set('key', 'x'.repeat(30));
  const error = await map.set('other', 'y').catch((it) => it);
  assert.deepEqual([error.code, error.outcome], ['ERR_SPREAD_LIMIT', 'not-applied']);
  await map.set('key', 'x');
  assert.equal(await map.delete('key'), true);
  assert.equal(map.stats().bytes, 0);
});

test('members whose states differ are named', async (t) => {
  const { blocks } = await world(t, 3, (session, group) =>
    replicate(session, group, { ...counter }, { ...PAIR, verify: 2 }),
  );
  const found = Promise.all(blocks.map((block) => once(block, 'diverged')));
  blocks[1].state.value = 100;
  await blocks[0].do(1);
  await blocks[0].do(1);
  const [[{ index, members: named }], ...others] = await found;
  assert.equal(index, 2);
  assert.equal(named.length, 1);
  assert.deepEqual(others, [[{ index, members: named }], [{ index, members: named }]]);
});

test('the leader stays until it goes, and each next token is greater', async (t) => {
  const { all, blocks } = await world(
    t,
    3,
    (session, group) => new Election(session, group, { ...PAIR, firstToken: 7 }),
  );
  // An operation waits until its member has a vote: now any two of the three are a majority.
  await Promise.all(blocks.map((block) => block.sync()));
  await until(() => blocks.every(({ token }) => token === 7));
  const leads = () => blocks.findIndex(({ isLeader }) => isLeader);
  const first = leads();
  const told = blocks.filter((_, at) => at !== first).map((block) => once(block, 'leader'));
  await all[first].session.disconnect();
  for (const [{ token }] of await Promise.all(told)) {
    assert.equal(token, 8);
  }
  await until(() => leads() >= 0 && leads() !== first);
  const second = leads();
  await blocks[second].resign();
  assert.equal(blocks[second].isLeader, false);
  await until(() => leads() >= 0);
  assert.equal(blocks[leads()].token, 9);
});

test('a leader whose process hangs loses the office, and learns so when it wakes', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const child = member(t, daemon.address, group, 'leader');
  await child.lines.find((line) => line === 'leads 1');
  const options = { ...PAIR, alive: { interval: 50, timeout: 500 } };
  const [{ block }] = await members(t, daemon.address, 1, (session) => new Election(session, group, options));
  await block.sync();
  sendSignal(child.child, 'SIGSTOP');
  await until(() => block.isLeader);
  assert.equal(block.token, 2);
  sendSignal(child.child, 'SIGCONT');
  await child.lines.find((line) => line === 'follows 2');
});

test('locks: first come, first served; freed when their holder leaves; lost ones say so', async (t) => {
  const { all, blocks } = await world(t, 3, (session, group) => new Locks(session, group, { ...PAIR, first: 2 }));
  const [a, b, c] = blocks;
  const first = await a.acquire('door');
  assert.deepEqual([first.name, first.token, first.held], ['door', 1, true]);
  const second = b.acquire('door');
  // Its place in the order is before that of whoever asks after this.
  await b.sync();
  const third = c.acquire('door');
  assert.equal(await c.tryAcquire('door'), undefined);
  const late = await c.acquire('door', { timeout: 20 }).catch((it) => it);
  assert.equal(late.code, 'ERR_SPREAD_TIMEOUT');
  await first.release();
  assert.equal((await second).token, 2);
  await all[1].session.disconnect();
  assert.equal((await second).signal.aborted, true);
  await assert.rejects((await second).release(), { code: 'ERR_SPREAD_LOCK_LOST' });
  const lock = await third;
  assert.equal(lock.token, 3);
  await a.sync();
  assert.equal(a.holder('door'), all[2].session.privateGroup);
  await lock.release();
  const again = await c.tryAcquire('door');
  assert.equal(again.token, 4);
  await again.release();
});

test('requests: replies and errors of each member, in the view in which they arrive', async (t) => {
  const { group, all, blocks } = await world(t, 3, (session, name) => new Requests(session, name));
  const [a, b, c] = blocks;
  const names = all.map(({ session }) => session.privateGroup);
  b.handle(({ data, sender }) => `${sender} said ${data}`);
  c.handle(async () => {
    throw Object.assign(new RangeError('too much'), { code: 'E_MUCH' });
  });
  const replies = await a.ask(group, 'hello', { replies: 'all' });
  assert.deepEqual([...replies.keys()].sort(), [names[1], names[2]].sort());
  assert.equal(String(replies.get(names[1]).data), `${names[0]} said hello`);
  const { name, message, code } = replies.get(names[2]).error;
  assert.deepEqual([name, message, code], ['RangeError', 'too much', 'E_MUCH']);
  assert.equal((await a.ask(names[1], Buffer.from('x'))).size, 1);
  assert.match((await b.ask(names[0], 'x')).get(names[0]).error.message, /handles no requests/);
  const gone = await a.ask('#nobody#here', 'x');
  assert.equal(gone.get('#nobody#here').error.code, 'ERR_SPREAD_MEMBER_LEFT');
});

test('requests: a member that leaves fails at once, one that is slow after its time; late replies are counted', async (t) => {
  const { group, all, blocks } = await world(t, 3, (session, name) => new Requests(session, name));
  const [a, b, c] = blocks;
  const [, second, third] = all.map(({ session }) => session.privateGroup);
  let answer;
  const asked = new Promise((resolve) => {
    b.handle(({ signal }) => {
      resolve(signal);
      return new Promise((done) => {
        answer = done;
      });
    });
  });
  c.handle(() => new Promise(() => {}));
  const promise = a.ask(group, 'x', { replies: 'majority', timeout: 50 });
  const signal = await asked;
  const slow = await promise;
  assert.deepEqual(
    [second, third].map((name) => slow.get(name).error.code),
    ['ERR_SPREAD_TIMEOUT', 'ERR_SPREAD_TIMEOUT'],
  );
  answer('late');
  await until(() => a.stats().late === 1);
  const left = a.ask(third, 'x');
  await all[2].session.disconnect();
  assert.equal((await left).get(third).error.code, 'ERR_SPREAD_MEMBER_LEFT');
  assert.equal(signal.aborted, false);
  const controller = new AbortController();
  const aborted = a.ask(second, 'x', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(aborted, /enough/);
  const rejected = assert.rejects(a.ask(second, 'x'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
  await a.close();
  await rejected;
  await assert.rejects(a.ask(second, 'x'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
});

test('large messages: whole, in one place of the order, from bytes and from streams', async (t) => {
  const { group, all, blocks } = await world(
    t,
    2,
    (session, name) => new LargeMessages(session, name, { maxBytes: 3_000_000 }),
  );
  const [a, b] = blocks;
  const heard = [];
  b.on('large', ({ size, sender, data }) =>
    heard.push([size, sender === all[0].session.privateGroup, data[data.length - 1]]),
  );
  all[1].session.on(
    'message',
    ({ data, groups }) => groups[0] === group && data.length < 10 && heard.push(String(data)),
  );
  const first = a.sendLarge(Buffer.alloc(1_000_000, 1));
  await first;
  all[0].session.send(group, 'between');
  async function* stream() {
    for (let part = 0; part < 10; part += 1) {
      yield Buffer.alloc(70_001, 2);
    }
  }
  assert.deepEqual(await a.sendLarge(stream(), { service: 'safe' }), { size: 700_010 });
  assert.deepEqual(await a.sendLarge(''), { size: 0 });
  await b.sendLarge('end');
  assert.deepEqual(heard, [[1_000_000, true, 1], 'between', [700_010, true, 2], [0, true, undefined], [3, false, 100]]);
  const error = await a.sendLarge(Buffer.alloc(3_000_001)).catch((it) => it);
  assert.equal(error.code, 'ERR_SPREAD_LIMIT');
  await until(() => b.stats().aborted === 1 && b.stats().bytes === 0);
});

test('a large message whose sender leaves, stops or fails is forgotten; streams are Readables', async (t) => {
  const { all, blocks } = await world(t, 3, (session, name) => new LargeMessages(session, name, { stream: true }));
  const [a, b, c] = blocks;
  let go;
  async function* slow() {
    yield Buffer.alloc(200_000);
    await new Promise((resolve) => {
      go = resolve;
    });
    throw new Error('of the stream');
  }
  const failing = a.sendLarge(slow());
  await until(() => b.stats().bytes > 100_000 && go !== undefined);
  go();
  await assert.rejects(failing, /of the stream/);
  await until(() => b.stats().bytes === 0);
  const gone = c.sendLarge(slow()).catch((it) => it);
  await until(() => b.stats().bytes > 100_000);
  await all[2].session.disconnect();
  go();
  assert.ok((await gone).code);
  await until(() => b.stats().bytes === 0);
  assert.equal(b.stats().aborted, 2);
  const controller = new AbortController();
  const aborted = a.sendLarge(slow(), { signal: controller.signal });
  await until(() => b.stats().bytes > 100_000);
  controller.abort(new Error('enough'));
  await assert.rejects(aborted, /enough/);
  go();
  const large = once(b, 'large');
  await a.sendLarge([Buffer.from('one '), Buffer.from('two')]);
  const [{ data }] = await large;
  assert.equal(String(await bytesOf(data)), 'one two');
  await assert.rejects(a.sendLarge(5), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(a.sendLarge('x', { service: 'reliable' }), { code: 'ERR_INVALID_ARG_VALUE' });
  await a.close();
  await assert.rejects(a.sendLarge('x'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
});

test('shards: few move, each after its owner has released it', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const owners = new Map();
  const faults = [];
  let lost = 0;
  const make = (session) => {
    const name = session.privateGroup;
    return new Shards(session, group, {
      onGained(shard) {
        if (owners.has(shard)) {
          faults.push(`${name} gains ${shard} of ${owners.get(shard)}`);
        }
        owners.set(shard, name);
      },
      async onLost(shard) {
        lost += 1;
        await new Promise((resolve) => setImmediate(resolve));
        owners.delete(shard);
      },
    });
  };
  const all = [];
  const isDivided = () => all.reduce((sum, { block }) => sum + block.mine.size, 0) === 256 && owners.size === 256;
  for (let count = 1; count <= 4; count += 1) {
    lost = 0;
    all.push(...(await members(t, daemon.address, 1, make)));
    await until(() => all.at(-1).block.mine.size > 0 && isDivided());
    assert.ok(count === 1 || lost <= 1.2 * Math.max(256 / count, all.at(-1).block.mine.size), `${lost} moves`);
    assert.equal(lost, count === 1 ? 0 : all.at(-1).block.mine.size);
  }
  await all.shift().block.close();
  await until(isDivided);
  assert.deepEqual(faults, []);
  const [{ block }] = all;
  assert.equal(block.owner('key'), owners.get(block.shardOf('key')));
  assert.throws(() => new Shards(all[0].session, group, { name: 'x', count: 0 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => new Shards(all[0].session, group, { name: 'x', onLost: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => block.owner(1), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('arguments of a wrong type or range', async (t) => {
  const daemon = await daemonFor(t);
  const session = await openModern(t, daemon.address);
  const group = unique('g');
  const TYPE = { code: 'ERR_INVALID_ARG_TYPE' };
  const VALUE = { code: 'ERR_INVALID_ARG_VALUE' };
  const RANGE = { code: 'ERR_OUT_OF_RANGE' };
  for (const Block of [ReplicatedMap, Election, Locks]) {
    for (const [args, error] of [
      [[undefined, group, ALONE], TYPE],
      [[{}, group, ALONE], TYPE],
      [[session, 1, ALONE], TYPE],
      [[session, group], VALUE],
      [[session, group, 'x'], TYPE],
      [[session, group, []], TYPE],
      [[session, group, { partition: 'none' }], VALUE],
      [[session, group, { partition: 'primary' }], TYPE],
      [[session, group, { partition: 'primary', first: 0 }], RANGE],
      [[session, group, { partition: 'largest', first: 1 }], VALUE],
      [[session, group, { ...ALONE, name: '' }], VALUE],
      [[session, group, { ...ALONE, name: 5 }], TYPE],
      [[session, group, { ...ALONE, clock: {} }], TYPE],
      [[session, group, { ...ALONE, other: 1 }], VALUE],
    ]) {
      assert.throws(() => new Block(...args), error, `${Block.name} ${JSON.stringify(args.slice(1))}`);
    }
  }
  assert.throws(() => new ReplicatedMap(session, group, { partition: 'merge' }), TYPE);
  assert.throws(() => new ReplicatedMap(session, group, { ...ALONE, codec: 'xml' }), VALUE);
  assert.throws(() => new ReplicatedMap(session, group, { ...ALONE, codec: {} }), TYPE);
  assert.throws(() => new ReplicatedMap(session, group, { ...ALONE, maxBytes: 0.5 }), RANGE);
  assert.throws(() => new ReplicatedMap(session, group, { ...ALONE, verify: '1' }), TYPE);
  assert.throws(() => new Election(session, group, { ...ALONE, firstToken: -1 }), RANGE);
  assert.throws(() => new Election(session, group, { ...ALONE, alive: { interval: 5, timeout: 5 } }), RANGE);
  assert.throws(() => replicate(session, group, {}, ALONE), TYPE);
  assert.throws(() => replicate(session, group, counter, { partition: 'merge' }), TYPE);
  assert.throws(() => new Requests(session, group, { partition: 'primary' }), VALUE);
  const map = await new ReplicatedMap(session, group, ALONE).ready;
  const locks = await new Locks(session, group, ALONE).ready;
  const requests = await new Requests(session, group).ready;
  for (const [promise, error] of [
    [map.set(1, 1), TYPE],
    [map.set('a', undefined), VALUE],
    [map.delete(), TYPE],
    [map.compareAndSet('a', -1, 1), RANGE],
    [map.update('a'), TYPE],
    [map.sync({ signal: 1 }), TYPE],
    [locks.acquire(1), TYPE],
    [locks.acquire('a', { timeout: 0 }), RANGE],
    [locks.acquire('a', { tiemout: 1 }), VALUE],
    [locks.tryAcquire(), TYPE],
    [requests.ask('other', 'x'), VALUE],
    [requests.ask(group, 5), TYPE],
    [requests.ask(group, 'x', { replies: 0 }), RANGE],
    [requests.ask(group, 'x', { replies: 'two' }), VALUE],
  ]) {
    await assert.rejects(promise, error);
  }
  const tooLong = await map.set('a', 'x'.repeat(200_000)).catch((it) => it);
  assert.deepEqual([tooLong.code, tooLong.outcome], ['ERR_SPREAD_MESSAGE_TOO_LONG', 'not-applied']);
  assert.throws(() => requests.handle(1), TYPE);
});
