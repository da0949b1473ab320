/** OrderChecker: no right history is reported, and each rule reports what breaks it. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('..');
const { OrderChecker, OrderError } = require('../lib/testing/index.js');
const { History } = require('../lib/testing/history.js');
const counts = require('./helpers/counts.js');
const { Network } = require('./helpers/histories.js');
const { openModern, scriptedModern } = require('./helpers/modern.js');
const { replay } = require('./helpers/replay.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { random, seeds } = require('./helpers/seeds.js');
const { begin, daemonFor, unique } = require('./helpers/sessions.js');
const { story, take } = require('./helpers/story.js');
const wire = require('./helpers/wire.js');

const TRANSCRIPTS = path.join(__dirname, '..', 'spread-proto', 'testdata', 'transcripts');

/** What a receiver with small buffers got is not what was sent. */
const CUT_SHORT = 'short_buffers.json';

for (const seed of seeds()) {
  for (const isReal of [false, true]) {
    test(`right histories of a ${isReal ? 'looser' : 'strict'} network are accepted, seed ${seed}`, () => {
      const below = random(seed);
      let spans = 0;
      for (let run = 0; run < counts.evsRuns; run += 1) {
        const history = new History([1e6, 1e6, 400, 100, 20][below(5)]);
        const its = below(2 ** 32);
        new Network(history, { seed: its, daemons: 1 + below(5), isReal }).run(3000);
        try {
          spans += history.verify().spans;
        } catch (error) {
          assert.fail(`run ${run}, seed ${its}: ${error.stack}`);
        }
      }
      assert.ok(spans > counts.evsRuns, `compared ${spans} stretches`);
    });
  }
}

test('what real daemons were recorded to do is accepted', () => {
  let spans = 0;
  for (const file of fs.readdirSync(TRANSCRIPTS).filter((name) => name.endsWith('.json') && name !== CUT_SHORT)) {
    const history = new History(1e6);
    replay(history, JSON.parse(fs.readFileSync(path.join(TRANSCRIPTS, file), 'utf8')));
    spans += history.verify().spans;
  }
  assert.ok(spans > 0);
});

test('a recorded partition in which a member misses a message, or its signal, is reported', () => {
  const recorded = JSON.parse(fs.readFileSync(path.join(TRANSCRIPTS, 'network_partition_and_merge.json'), 'utf8'));
  const without = (conn, isIt) => (list) => {
    const rest = list.filter((event) => !(event[0] === conn && event[1] === 'delivered' && isIt(event[2])));
    assert.equal(rest.length, list.length - 1);
    return rest;
  };
  for (const [rule, change] of [
    ['set', without('c2', ({ data }) => String(data).startsWith('from side'))],
    ['transition', without('c3', ({ kind }) => kind === 'transition')],
  ]) {
    const history = new History(1e6);
    replay(history, recorded, change);
    assert.throws(() => history.verify(), { code: 'ERR_SPREAD_ORDER', rule });
  }
});

/** Returns the index of what somebody was delivered, as story() names it. */
function placeOf(list, who, name) {
  const place = list.findIndex(([one, what, , its]) => one === who && what === 'delivered' && its === name);
  assert.ok(place >= 0, `${who}: ${name}`);
  return place;
}

const without = (who, name) => (list) => list.toSpliced(placeOf(list, who, name), 1);

/** Puts what somebody was delivered before or after something else. */
function moved(who, name, before) {
  return (list) => {
    const event = list[placeOf(list, who, name)];
    const rest = list.toSpliced(placeOf(list, who, name), 1);
    return rest.toSpliced(placeOf(rest, who, before), 0, event);
  };
}

/** Changes a view that somebody was delivered. */
function viewed(who, name, change) {
  return (list) => {
    const place = placeOf(list, who, name);
    const [, what, delivery, its] = list[place];
    return list.toSpliced(place, 1, [who, what, { ...delivery, view: { ...delivery.view, ...change } }, its]);
  };
}

const MUTATIONS = [
  ['order', 'two messages in another order', moved('bob', 'one', 'reliable')],
  ['order', 'messages to two groups in another order', moved('bob', 'cat to g', 'to both')],
  ['order', 'a message to several groups in another order', moved('bob', 'ann to h', 'same')],
  ['order', 'a view before another group’s message', moved('bob', 'h 1 1 2', 'g 1 1 4')],
  ['order', 'reliable messages in another order on one daemon', moved('dan', 'reliable', 'two')],
  ['set', 'a message that came before a view came after it', moved('bob', 'g 1 1 5', 'last in four')],
  ['set', 'a message is missing', without('dan', 'one')],
  ['set', 'one of two equal messages is missing', without('dan', 'same')],
  ['set', 'a reliable message is missing at another session of the daemon', without('dan', 'reliable')],
  ['set', 'a message after the signal is missing', without('dan', 'held')],
  ['safe', 'a SAFE message is missing at a session of the other side', without('bob', 'safe before')],
  ['own', 'an own message does not come back', without('bob', 'two')],
  ['own', 'own messages come back in another order', moved('ann', 'same', 'one')],
  ['own', 'an own message does not come back before the leave', without('cat', 'last of cat')],
  ['own', 'a message to oneself does not come back', without('ann', 'to ann')],
  ['transition', 'no signal before the network’s view', without('ann', 'signal 1 1 5')],
  ['view', 'equal ids, and a member less', viewed('bob', 'g 1 1 4', { members: ['#ann#d1', '#bob#d2'] })],
  ['view', 'equal ids, and another order', viewed('dan', 'g 1 1 4', { members: ['#bob#d2', '#dan#d1', '#ann#d1'] })],
  ['view', 'an id again', viewed('ann', 'g 1 1 5', { id: { ints: [1, 1, 4] } })],
];

test('the story itself is right', () => {
  const history = take(story());
  const { messages, views, pairs, spans } = history.verify();
  assert.deepEqual({ messages, views, pairs, spans }, { messages: 56, views: 22, pairs: 6, spans: 5 });
});

for (const [rule, what, change] of MUTATIONS) {
  test(`rule ${rule}: ${what}`, () => {
    const history = take(change(story()));
    assert.throws(
      () => history.verify(),
      (error) => {
        assert.equal(error.rule, rule, error.message);
        assert.equal(error.code, 'ERR_SPREAD_ORDER');
        assert.ok(error instanceof OrderError && error.sessions.length > 0 && Number.isInteger(error.index));
        return true;
      },
    );
  });
}

/** Changes of what a session is handed in a random history, once in so many deliveries. */
const DAMAGES = {
  'a delivery left out': () => () => undefined,
  'a payload that is another': () => (event) => ({
    ...event,
    about: { ...event.about, data: Buffer.from('another') },
  }),
};

for (const [what, make] of Object.entries(DAMAGES)) {
  test(`in random histories, ${what} is reported`, () => {
    let caught = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const below = random(seed);
      const damage = make();
      const change = (event) => {
        const hits = event.about?.kind === 'message' && event.about.service === 'agreed' && below(20) === 0;
        return hits ? damage(event) : event;
      };
      const history = new History(1e6);
      new Network(history, { seed, change }).run(4000);
      try {
        history.verify();
      } catch (error) {
        assert.equal(error.code, 'ERR_SPREAD_ORDER', error.stack);
        caught += 1;
      }
    }
    assert.ok(caught > 20, `${caught} of 40`);
  });
}

test('the error shows both transcripts, and the first difference', () => {
  assert.throws(() => take(moved('bob', 'one', 'reliable')(story())).verify(), {
    name: 'OrderError',
    sessions: ['ann', 'bob'],
    group: 'g',
    index: 6,
    message: `ann and bob were delivered the same in different orders (rule order)

          ann                                              bob
       4  view of g 1 1 4, join: #ann#d1 #dan#d1 #bob#d…   view of g 1 1 4, join: #ann#d1 #dan#d1 #bob#d…
>      6  agreed to g from #ann#d1: "one", 3 bytes, typ… | safe to g from #bob#d2: "two", 3 bytes, type 0
       7  safe to g from #bob#d2: "two", 3 bytes, type 0   agreed to g from #ann#d1: "one", 3 bytes, typ…
       8  reliable to g from #ann#d1: "reliable", 8 byt…   reliable to g from #ann#d1: "reliable", 8 byt…
       9  agreed to g from #cat#d2: "cat to g", 8 bytes…   agreed to g from #cat#d2: "cat to g", 8 bytes…
      11  agreed to g,h from #bob#d2: "to both", 7 byte…   agreed to g,h from #bob#d2: "to both", 7 byte…
      12  fifo to g from #ann#d1: "same", 4 bytes, type…   fifo to g from #ann#d1: "same", 4 bytes, type…
      13  fifo to g from #ann#d1: "same", 4 bytes, type…   fifo to g from #ann#d1: "same", 4 bytes, type…`,
  });
});

test('groups: what is wrong in others is not reported', () => {
  const history = take(moved('bob', 'one', 'reliable')(story()));
  assert.ok(history.verify(['h']).messages > 0);
  assert.throws(() => history.verify(['g']), { rule: 'order' });
  const between = take(moved('bob', 'cat to g', 'to both')(story()));
  assert.ok(between.verify(['h']).messages > 0);
  assert.ok(between.verify(['g']).messages > 0);
  assert.throws(() => between.verify(['g', 'h']), { rule: 'order' });
});

test('beyond the limit the oldest are forgotten, and what was wrong in them is not', () => {
  const history = new History(1000);
  const changed = moved('bob', 'one', 'reliable')(story());
  assert.throws(() => take(changed, history).verify(), { rule: 'order' });
  assert.throws(() => history.verify(), { rule: 'order' });
  const long = new History(1000);
  new Network(long, { seed: 3 }).run(40_000);
  const { messages, views } = long.verify();
  assert.ok(messages + views <= 1000 && messages > 100, `${messages} messages, ${views} views`);
});

test('wrong arguments', async (t) => {
  const invalid = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const [options, expected] of [
    [null, invalid],
    [7, invalid],
    [[], invalid],
    [{ limit: '5' }, invalid],
    [{ limit: 0 }, { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
    [{ limit: 1.5 }, { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }],
    [{ limits: 5 }, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }],
  ]) {
    assert.throws(() => new OrderChecker(options), expected);
  }
  const checker = new OrderChecker();
  for (const session of [undefined, null, {}, 'session', 7]) {
    assert.throws(() => checker.watch(session), invalid);
  }
  for (const options of [null, { groups: 'g' }, { groups: [7] }]) {
    assert.throws(() => checker.verify(options), invalid);
  }
  assert.throws(() => checker.verify({ group: ['g'] }), { code: 'ERR_INVALID_ARG_VALUE' });
  const daemon = await daemonFor(t);
  const session = await openModern(t, daemon.address);
  assert.throws(() => checker.watch(session, 7), invalid);
  const watch = checker.watch(session);
  assert.throws(() => checker.watch(session), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  watch.stop();
  watch.stop();
  checker.watch(session).stop();
  assert.deepEqual(checker.verify(), { messages: 0, views: 0, pairs: 0, spans: 0 });
});

test('sessions of both kinds, from one join to the end', async (t) => {
  const daemon = await daemonFor(t);
  const checker = new OrderChecker();
  const modern = await openModern(t, daemon.address);
  const { session: classic, opened } = begin(daemon.address);
  // Before it is connected, too.
  checker.watch(classic, 'the classic one');
  checker.watch(modern);
  await opened;
  const group = unique('g');
  await modern.join(group);
  await classic.join(group);
  for (let number = 0; number < 200; number += 1) {
    modern.send([group, modern.privateGroup], [String(number), Buffer.from('x')], { type: number });
    classic.multicast(classic.SAFE_MESS, group, `again ${number % 3}`);
    classic.multicast(classic.FIFO_MESS, true, group, `again ${number % 3}`);
  }
  await modern.ping();
  await classic.ping();
  await modern.ping();
  assert.deepEqual(checker.verify(), { messages: 1000, views: 3, pairs: 1, spans: 0 });
  await classic.leave(group);
  await classic.join(group);
  await classic.disconnect();
  await modern.leave(group);
  const { pairs, views } = checker.verify({ groups: [group] });
  assert.deepEqual({ pairs, views }, { pairs: 1, views: 7 });
  assert.deepEqual(checker.verify({ groups: ['none'] }), { messages: 0, views: 0, pairs: 0, spans: 0 });
});

test('a session that reconnects is another member, and one that stops is not judged', async (t) => {
  const { session, connection, me, daemon } = await scriptedModern(t, { reconnect: { minDelay: 1, maxDelay: 2 } });
  const checker = new OrderChecker();
  const watch = checker.watch(session);
  const join = session.join('room');
  connection.send(joined('room', [me], me));
  await join;
  session.send('room', 'lost with the connection');
  const back = new Promise((resolve) => session.once('reconnect', resolve));
  connection.socket.end();
  const next = await daemon.connection();
  await next.accept();
  // The id again: of another daemon, for all that this session knows.
  next.send(joined('room', [me], me));
  await back;
  session.send('room', 'one');
  session.send('room', 'two');
  const seen = new Promise((resolve) => session.once('message', resolve));
  next.send(message('room', 'one', { sender: me }));
  await seen;
  assert.deepEqual(checker.verify(), { messages: 1, views: 2, pairs: 0, spans: 0 });
  session.send('room', 'three');
  next.send(message('room', 'three', { sender: me }));
  await new Promise((resolve) => session.once('message', resolve));
  assert.throws(() => checker.verify(), { rule: 'own', sessions: [me], group: 'room' });
  watch.stop();
  const later = new OrderChecker();
  later.watch(session);
  next.send(message('room', 'from before', { sender: me }), wire.transition('room'));
  await new Promise((resolve) => session.once('transition', resolve));
  assert.equal(later.verify().messages, 1);
});

test('sessions that come, go and share names on a daemon, under load', async (t) => {
  const daemon = await daemonFor(t, {});
  const checker = new OrderChecker({ limit: 20_000 });
  const [seed] = seeds();
  const below = random(seed);
  const groups = [unique('g'), unique('g'), unique('g')];
  const one = (list) => list[below(list.length)];
  const member = async (name) => {
    for (let life = 0; life < counts.churnLives; life += 1) {
      const session = await connect({ name, address: daemon.address });
      const watch = checker.watch(session);
      for (let step = 0; step < 60; step += 1) {
        const chance = below(10);
        if (chance === 0) {
          session.join(one(groups)).catch(() => {});
        } else if (chance === 1) {
          session.leave(one(groups)).catch(() => {});
        } else if (chance === 2) {
          await session.ping();
        } else {
          const options = { service: one(['reliable', 'fifo', 'agreed', 'safe']), selfDiscard: below(6) === 0 };
          session.send(below(4) === 0 ? [groups[0], groups[1]] : one(groups), `again ${below(3)}`, options);
        }
      }
      if (below(5) === 0) {
        watch.stop();
      }
      await session.disconnect();
      checker.verify();
    }
  };
  await Promise.all(['ann', 'bob', 'cat', 'dan', 'eve'].map(member));
  const { spans, pairs } = checker.verify();
  assert.ok(spans > 0 && pairs > 0, `seed ${seed}: ${spans} stretches of ${pairs} pairs`);
});

test('the entry point has its name, and nothing else loads it', () => {
  const script = `require('cspread');
    const loaded = () => Object.keys(require.cache).filter((file) => /lib.testing/.test(file)).length;
    const before = loaded();
    const { OrderChecker } = require('cspread/testing');
    console.log(before, typeof OrderChecker, loaded() > 0);`;
  const root = path.join(__dirname, '..');
  assert.equal(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }), '0 function true\n');
});
