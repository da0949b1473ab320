/**
 * Limits and defaults exist once: the protocol's in spread-proto, the daemon's in spread-daemon, those of connect() in
 * lib/session/options.js. Whoever else tells them tells the same.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { DEFAULT_SPREAD_PORT, SpreadDaemon } = require('..');
const { DEFAULTS } = require('../lib/session/options.js');
const { native } = require('../lib/native/pump.js');
const { read } = require('./helpers/documents.js');

const limits = native.limits();

/** The documentation of an interface's option. */
function documented(name, option) {
  const [, body] = new RegExp(`interface ${name}[^{]*\\{(.*?)\\n  \\}`, 's').exec(read('index.d.ts'));
  const found = new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\s+${option}\\?:`, 's').exec(body);
  assert.ok(found, `${name} in index.d.ts has ${option}`);
  return found[1].replace(/\s*\n\s*\*\s*/g, ' ');
}

/** A number as people write it. */
function said(number) {
  if (number === Number.POSITIVE_INFINITY) {
    return /\b(?:no bound|none)\b/;
  }
  for (const [unit, name] of [
    [1024 ** 3, 'GiB'],
    [1024 ** 2, 'MiB'],
  ]) {
    if (number % unit === 0) {
      return new RegExp(`(?<!\\d)${number / unit} ${name}`);
    }
  }
  return new RegExp(`(?<![\\d,])${number.toLocaleString('en').replaceAll(',', ',?')}(?!,?\\d)`);
}

for (const [option, number] of Object.entries(limits.daemon)) {
  test(`SpreadDaemon.start(): ${option} is told as it is`, () => {
    assert.match(documented('DaemonOptions', option), said(number));
    const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const line = new RegExp(`'${option}',[^\\]]*`).exec(read('cli/daemon.js'))?.[0];
    if (line !== undefined) {
      assert.match(line, said(number), 'cli/daemon.js');
      const row = read('docs/cli.md')
        .split('\n')
        .find((text) => text.startsWith('|') && text.includes(`\`--${flag}\``));
      const [, flags, numbers] = row.split('|');
      const at = flags.split(', ').findIndex((text) => text.includes(`\`--${flag}\``));
      assert.match(numbers.split('; ')[at], said(number), 'docs/cli.md');
    }
  });
}

for (const option of ['timeout', 'highWaterMark', 'maxQueuedBytes', 'maxReceiveQueueBytes', 'maxMessageBytes']) {
  test(`connect(): ${option} is told as it is`, () => {
    assert.match(documented('ConnectOptions', option), said(DEFAULTS[option]));
  });
}

test('the protocol’s limits are told as they are', () => {
  assert.equal(DEFAULTS.maxMessageBytes, limits.maxMessageBytes);
  assert.equal(DEFAULT_SPREAD_PORT, limits.port);
  assert.match(read('lib/shared/address.js'), new RegExp(`DEFAULT_PORT = ${limits.port};`));
  assert.match(documented('ConnectOptions', 'maxMessageBytes'), said(limits.mostMessageBytes));
  const [, most] = /const \[MOST_BYTES, GROUP_BYTES\] = \[([\d_]+), 32\];/.exec(read('cli/send.js'));
  assert.equal(Number(most.replaceAll('_', '')), limits.maxMessageBytes);
});

test('what is out of a limit is refused with the limit', async () => {
  const most = limits.daemon.maxMessageBytes;
  await assert.rejects(
    SpreadDaemon.start({ port: 0, maxMessageBytes: most + 1 }),
    (error) => error.code === 'ERR_OUT_OF_RANGE' && error.message.includes(`from 1 to ${most}`),
  );
});
