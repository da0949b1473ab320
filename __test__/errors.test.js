/**
 * The table of errors: the native code, lib/shared/errors.js and docs/errors.md have the same codes, and each code is
 * provoked by some test here or listed with the reason why it cannot be.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { SpreadError, TABLE, fromNative } = require('../lib/shared/errors.js');

/** Not provoked, and why. */
const OUT_OF_REACH = {
  ERR_SPREAD_INTERNAL: 'a fault of our own; there is none known to provoke',
};

const CODE = /\bERR_SPREAD_[A-Z_]+\b/g;

function codesIn(...files) {
  const texts = files.map((file) => fs.readFileSync(path.join(__dirname, '..', file), 'utf8'));
  return new Set(texts.flatMap((text) => text.match(CODE) ?? []));
}

function inFolder(folder, ending) {
  return fs
    .readdirSync(path.join(__dirname, '..', folder), { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name));
}

test('the native code reports no code that the table has not', () => {
  for (const code of codesIn(...inFolder('src', '.rs'))) {
    assert.ok(TABLE[code], `${code} is missing in lib/shared/errors.js`);
  }
});

test('the table has no code that nobody reports', () => {
  const lib = inFolder('lib', '.js').filter((file) => !file.endsWith('errors.js'));
  const reported = codesIn(...inFolder('src', '.rs'), ...lib);
  for (const code of Object.keys(TABLE)) {
    assert.ok(reported.has(code), `${code} is reported nowhere`);
  }
});

test('docs/errors.md tells of every code, and of no other, with Spread’s number and name', () => {
  const text = fs.readFileSync(path.join(__dirname, '..', 'docs', 'errors.md'), 'utf8');
  assert.deepEqual([...codesIn('docs/errors.md')].sort(), Object.keys(TABLE).sort());
  for (const [code, [number, name]] of Object.entries(TABLE)) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${code}\``));
    assert.ok(row, `${code} has a row`);
    assert.equal(row.split('|')[2].trim(), number === 0 ? '' : `${number} ${name}`, code);
  }
});

test('each code is provoked by a test, or cannot be', () => {
  const here = path.basename(__filename);
  const tests = inFolder('__test__', '.test.js').filter((file) => path.basename(file) !== here);
  const provoked = codesIn(...tests);
  for (const code of Object.keys(TABLE)) {
    assert.notEqual(provoked.has(code), code in OUT_OF_REACH, `${code} is provoked: ${provoked.has(code)}`);
  }
});

test('an error has its code, its number and its name', () => {
  for (const [code, [number, name, meaning]] of Object.entries(TABLE)) {
    const error = new SpreadError(code);
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'SpreadError');
    assert.equal(error.code, code);
    assert.equal(error.message, meaning);
    assert.equal(error.spreadCode, number === 0 ? undefined : number);
    assert.equal(error.spreadName, number === 0 ? undefined : name);
    assert.match(error.stack, /^SpreadError/);
  }
  const cause = new Error('why');
  assert.equal(new SpreadError('ERR_SPREAD_TIMEOUT', 'text', { cause }).cause, cause);
});

test('what the native code reports becomes such an error', () => {
  const reported = { code: 'ERR_SPREAD_TIMEOUT', number: -8, text: 'the text', errno: 0, syscall: '' };
  const error = fromNative(reported);
  assert.ok(error instanceof SpreadError);
  assert.deepEqual([error.code, error.spreadCode, error.message], ['ERR_SPREAD_TIMEOUT', -8, 'the text']);
  assert.deepEqual(Object.keys(error), ['code', 'spreadCode', 'spreadName']);
  const { errno, syscall } = fromNative({
    ...reported,
    code: 'ERR_SPREAD_RESOURCES',
    number: 0,
    errno: 24,
    syscall: 'connect',
  });
  assert.deepEqual([errno, syscall], [-24, 'connect']);
});
