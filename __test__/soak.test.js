/** The soak: what it takes for a gap or a leak, and that it runs. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { Order } = require('../scripts/soak/order.js');
const { slope, trend } = require('../scripts/soak/trend.js');
const { random } = require('./helpers/seeds.js');

/** Makes an order in which the witness has received these messages, and a receiver those. */
function orderOf(witnessed, got) {
  const order = new Order();
  const receiver = order.receiver('someone');
  for (const message of witnessed) {
    order.witnessed(message);
  }
  for (const message of got) {
    receiver.got(message);
  }
  order.check();
  return order;
}

test('a receiver that begins later, and one that is ahead of the witness', () => {
  const order = orderOf(['a', 'b', 'c'], ['b', 'c', 'd', 'e']);
  assert.equal(order.checked, 2);
  order.witnessed('d');
  order.witnessed('e');
  order.check();
  assert.equal(order.checked, 4);
});

for (const [what, got] of [
  ['a gap', ['a', 'c']],
  ['another order', ['b', 'a']],
  ['a message twice', ['a', 'a']],
]) {
  test(`${what} is found`, () => {
    assert.throws(() => orderOf(['a', 'b', 'c'], got), /someone got ., number \d, behind number \d/);
  });
}

test('a message that the witness never gets is found', () => {
  const order = orderOf(['a'], ['a', 'lost']);
  const receiver = order.receiver('another');
  for (let number = 0; number < 100_001; number += 1) {
    receiver.got(`${number}`);
  }
  assert.throws(() => order.check(), /another got 0, and the witness did not/);
});

test('what all are beyond is forgotten', () => {
  const order = new Order();
  const receiver = order.receiver('someone');
  for (let number = 0; number < 300_000; number += 1) {
    order.witnessed(`${number}`);
    receiver.got(`${number}`);
    if (number % 1000 === 0) {
      order.check();
    }
  }
  assert.equal(order.checked, 299_001);
  assert.ok(order.remembered < 110_000, `${order.remembered} are remembered`);
});

/** Makes an hour's figures, one every 2 s: a rise, random noise, and a warm-up. */
function hour({ rise, noise, warmUp = 0 }) {
  const below = random(1);
  return Array.from({ length: 1800 }, (_, index) => {
    const at = index / 1800;
    return [at, 100e6 + rise * at + below(noise + 1) + (at < 0.3 ? warmUp * at : warmUp * 0.3)];
  });
}

test('a slope is found behind the noise, and noise is no slope', () => {
  const { rise, error } = slope(hour({ rise: 7e6, noise: 0 }));
  assert.ok(Math.abs(rise - 7e6) < 1 && error < 1, `${rise} ± ${error}`);
  assert.equal(trend(hour({ rise: 7e6, noise: 3e6 }), 5e6).isRising, true);
  assert.equal(trend(hour({ rise: 0, noise: 30e6 }), 5e6).isRising, false);
  assert.equal(trend(hour({ rise: 1e6, noise: 1e6 }), 5e6).isRising, false);
  assert.equal(trend(hour({ rise: 0, noise: 1e6, warmUp: 100e6 }), 5e6).isRising, false);
  assert.equal(trend(hour({ rise: -50e6, noise: 1e6 }), 5e6).isRising, false);
});

const SOAK = path.join(__dirname, '..', 'scripts', 'soak.js');

test('it runs, and says what it has seen', () => {
  const env = { ...process.env, CSPREAD_LIBSPREAD: '' };
  const out = execFileSync(process.execPath, [SOAK, '--minutes', '0.05'], { env, encoding: 'utf8' });
  assert.match(out, /skipped: the libspread engine/);
  assert.match(out, /native engine: memory .*; descriptors .*; threads/);
  assert.match(out, /sent \d+, received \d+, views \d+, sessions \d+/);
  assert.match(out, / [1-9]\d* deliveries in one order, without a gap/);
  assert.match(out, /0\.05 minutes: passed/);
});

test('it fails when a process of its has a fault', () => {
  assert.throws(
    () => execFileSync(process.execPath, [SOAK, '--minutes', '1', '--libspread', '/nothing'], { stdio: 'pipe' }),
    ({ status, stderr }) => status === 1 && /libspread engine has ended with exit status 1/.test(stderr),
  );
});
