/**
 * Spread's limits, each just below, at and just above: what is above is refused and not sent, and the session lives.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { record } = require('./helpers/log.js');
const { begin, daemonFor, open, unique } = require('./helpers/sessions.js');

const MAX_MESSAGE = 140_000;
const GROUP_COST = 32;

/** Opens a session that logs, with a check that it lives: a message to itself arrives. */
async function alive(t) {
  const daemon = await daemonFor(t);
  const session = await open(daemon.address, { t });
  session.setEncoding(null);
  const log = record(session);
  let rounds = 0;
  const lives = async () => {
    rounds += 1;
    const text = `alive ${rounds}`;
    assert.equal(session.multicast(session.AGREED_MESS, session.privateGroup, text), true);
    await log.find(([what, , , data]) => what === 'data' && String(data) === text);
  };
  /** Checks that the call is refused once, with this code, and has no other effect. */
  const refused = async (act, code) => {
    const before = log.entries.length;
    assert.equal(await act(), undefined);
    await lives();
    const [[what, text, error], ...rest] = log.entries.slice(before);
    assert.equal(what, 'onError');
    assert.equal(text, error.message);
    assert.equal(error.code, code);
    assert.equal(error.name, 'SpreadError');
    assert.equal(rest.length, 1, 'the sign of life');
    return text;
  };
  return { daemon, session, log, lives, refused };
}

for (const length of [1, 9, 10]) {
  test(`a unique name of ${length}`, async (t) => {
    const daemon = await daemonFor(t, {});
    const session = await open(daemon.address, { t, name: 'n'.repeat(length) });
    assert.equal(session.privateGroup, `#${'n'.repeat(length)}#localhost`);
    assert.equal(session.name, 'n'.repeat(length));
  });
}

for (const length of [11, 36, 40, 100_000]) {
  test(`a unique name of ${length}: a stable digest of 10 characters stands for it`, async (t) => {
    const [one, other] = [await daemonFor(t, {}), await daemonFor(t, {})];
    const name = 'n'.repeat(length);
    const session = await open(one.address, { t, name });
    assert.match(session.privateGroup, /^#[\w-]{10}#localhost$/);
    assert.equal(session.name, name);
    const again = await open(other.address, { t, name });
    assert.equal(again.privateGroup, session.privateGroup);
    const near = await open(one.address, { t, name: `${name}.` });
    assert.notEqual(near.privateGroup, session.privateGroup);
    await assert.rejects(begin(one.address, name).opened, { code: 'ERR_SPREAD_REJECT_NOT_UNIQUE' });
  });
}

test('group names of 1 to 31 characters', async (t) => {
  const { session, log } = await alive(t);
  for (const length of [1, 30, 31]) {
    const group = 'g'.repeat(length);
    assert.equal((await session.join(group)).group, group);
    session.multicast(session.AGREED_MESS, group, 'hello');
    await log.find(([what, to]) => what === 'data' && to === group);
    await session.leave(group);
  }
});

test('every character from 36 to 126 may stand in a group name', async (t) => {
  const { session, log } = await alive(t);
  const all = Array.from({ length: 126 - 36 + 1 }, (_, index) => String.fromCharCode(36 + index));
  for (let at = 0; at < all.length; at += 31) {
    const group = all.slice(at, at + 31).join('');
    await session.join(group);
    session.multicast(session.AGREED_MESS, group, group);
    const [, to, , data] = await log.find(([what, name]) => what === 'data' && name === group);
    assert.equal(to, String(data));
  }
});

const ILLEGAL_GROUPS = {
  'no character': '',
  '32 characters': 'g'.repeat(32),
  '33 characters': 'g'.repeat(33),
  'a million characters': 'g'.repeat(1e6),
  '31 bytes and a character of two': `${'g'.repeat(31)}é`,
  '30 bytes and a character of three': `${'g'.repeat(30)}€`,
  '29 bytes and a character of four': `${'g'.repeat(29)}\u{1f600}`,
  '31 bytes and a character of four': `${'g'.repeat(31)}\u{1f600}`,
  'a blank': 'a b',
  'character 35, which begins private groups': '#g',
  'character 127': 'a\x7f',
  'a NUL within': 'a\0b',
  'a NUL after 31': `${'g'.repeat(31)}\0`,
  'an umlaut': 'ä',
  'a lone surrogate': 'a\ud800',
};

test('group names that are illegal are refused by every call', async (t) => {
  const { session, refused } = await alive(t);
  for (const [what, group] of Object.entries(ILLEGAL_GROUPS)) {
    for (const [how, act] of Object.entries({
      multicast: () => session.multicast(session.AGREED_MESS, group, 'x'),
      'multicast to many': () => session.multicast(session.AGREED_MESS, ['fine', group], 'x'),
      join: () => session.join(group),
      leave: () => session.leave(group),
    })) {
      await t.test(`${what}: ${how}`, async () => {
        const text = await refused(act, 'ERR_SPREAD_ILLEGAL_GROUP');
        assert.match(text, /group/);
      });
    }
  }
});

test('private groups: what can be one is sent to, what cannot is refused', async (t) => {
  const { session, refused, lives } = await alive(t);
  for (const group of ['#a#b', '#0123456789#0123456789012345678']) {
    assert.equal(session.multicast(session.AGREED_MESS, group, 'to nobody'), true);
  }
  await lives();
  for (const group of ['#', '##', '#a', '#a#', '##b', '#01234567890#b', `#a#${'b'.repeat(20)}`, '#a#b#c', '#a b#c']) {
    await refused(() => session.multicast(session.AGREED_MESS, group, 'x'), 'ERR_SPREAD_ILLEGAL_GROUP');
  }
  await refused(() => session.join(session.privateGroup), 'ERR_SPREAD_ILLEGAL_GROUP');
});

test('a message goes to 1 to 43 groups', async (t) => {
  const { session, log, refused } = await alive(t);
  const groups = Array.from({ length: 44 }, (_, index) => `${unique('g')}.${index}`);
  await session.join(groups[42]);
  for (const count of [42, 43]) {
    const to = groups.slice(-1 - count, -1);
    assert.equal(session.multicast(session.AGREED_MESS, to, `${count} groups`), true);
    const [, first] = await log.find(([what, , , data]) => what === 'data' && String(data) === `${count} groups`);
    assert.equal(first, to[0], 'group is the first of them');
  }
  await refused(() => session.multicast(session.AGREED_MESS, groups, 'x'), 'ERR_SPREAD_TOO_MANY_GROUPS');
  await refused(() => session.multicast(session.AGREED_MESS, Array(1e5).fill('g'), 'x'), 'ERR_SPREAD_TOO_MANY_GROUPS');
  await refused(() => session.multicast(session.AGREED_MESS, [], 'x'), 'ERR_SPREAD_ILLEGAL_GROUP');
});

for (const groups of [1, 2, 43]) {
  test(`payload and 32 bytes a group are at most 140,000 bytes: ${groups} group(s)`, async (t) => {
    const { session, log, refused } = await alive(t);
    const to = [session.privateGroup, ...Array.from({ length: groups - 1 }, (_, index) => `g${index}`)];
    const most = MAX_MESSAGE - GROUP_COST * groups;
    for (const length of [most - 1, most]) {
      for (const payload of [Buffer.alloc(length, 7), 'x'.repeat(length)]) {
        assert.equal(session.multicast(session.AGREED_MESS, to, payload), true);
        const expected = Buffer.from(payload);
        await log.find(([what, , , data]) => what === 'data' && expected.equals(data));
      }
    }
    for (const payload of [Buffer.alloc(most + 1), 'x'.repeat(most + 1), 'é'.repeat((most + 2) / 2)]) {
      await refused(() => session.multicast(session.AGREED_MESS, to, payload), 'ERR_SPREAD_MESSAGE_TOO_LONG');
    }
  });
}

test('payloads of every length around what is kept together, in one stream', async (t) => {
  const { session, log } = await alive(t);
  const lengths = [];
  for (const middle of [0, 1, 2, 3, 4095, 4096, 4097, 16_383, 16_384, 32_768, 65_487, 65_488, 65_536, 131_072]) {
    lengths.push(middle, middle + 1);
  }
  const bytes = Buffer.from(Array.from({ length: 140_000 }, (_, index) => (index * 7919) & 0xff));
  for (const length of lengths) {
    session.multicast(session.AGREED_MESS, session.privateGroup, bytes.subarray(0, length));
  }
  const found = await log.count(lengths.length, ([what]) => what === 'data');
  assert.deepEqual(
    found.map(([, , , data]) => data.length),
    lengths,
  );
  for (const [, , , data] of found) {
    assert.ok(data.equals(bytes.subarray(0, data.length)), `the bytes of the one of ${data.length}`);
  }
});

test('services: exactly one bit, alone or with SELF_DISCARD; every other combination is refused', async (t) => {
  const { session, log, refused } = await alive(t);
  const services = [1, 2, 4, 8, 16, 32];
  for (const service of services) {
    session.multicast(service, session.privateGroup, `service ${service}`);
    session.multicast(service | session.SELF_DISCARD, session.privateGroup, 'not for me');
    session.multicast(service, true, session.privateGroup, 'not for me');
    session.multicast(service | session.SELF_DISCARD, true, session.privateGroup, 'not for me');
    session.multicast(service | session.SELF_DISCARD, false, session.privateGroup, 'not for me');
    session.multicast(service, false, session.privateGroup, `service ${service}, no discard`);
  }
  await log.count(12);
  assert.deepEqual(
    log.entries.map(([, , , data]) => String(data)),
    services.flatMap((service) => [`service ${service}`, `service ${service}, no discard`]),
  );
  for (let bits = 0; bits < 128; bits += 1) {
    const one = bits & 63;
    if (one === 0 || (one & (one - 1)) !== 0) {
      assert.equal(session.multicast(bits, session.privateGroup, 'x'), undefined);
    }
  }
  for (let bit = 7; bit < 32; bit += 1) {
    for (const bits of [2 ** bit, 2 ** bit + 16]) {
      assert.equal(session.multicast(bits, session.privateGroup, 'x'), undefined);
    }
  }
  const illegal = (64 - 6) * 2 + 25 * 2;
  const errors = await log.count(illegal, ([what]) => what === 'onError');
  for (const [, , error] of errors) {
    assert.equal(error.code, 'ERR_SPREAD_ILLEGAL_SERVICE');
    assert.equal(error.spreadCode, -12);
  }
  const text = await refused(
    () => session.multicast(session.REGULAR_MESS, session.privateGroup, 'x'),
    'ERR_SPREAD_ILLEGAL_SERVICE',
  );
  assert.match(text, /exactly one/);
});
