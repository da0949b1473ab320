/** What the documents have to be typed in and run, is; with ports of its own in the place of theirs. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { runFile } = require('./helpers/child.js');
const { DOCUMENTS, ROOT, blocksOf, read } = require('./helpers/documents.js');
const { daemonFor } = require('./helpers/sessions.js');

/** Runs code as its reader does: in a folder where `cspread` is installed. */
function typed(t, code) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-docs-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, path.join(folder, 'node_modules', 'cspread'), 'junction');
  const file = path.join(folder, 'typed.js');
  fs.writeFileSync(file, code);
  return runFile(t, file);
}

/** Returns the one block of a document that has this text. */
function block(document, word) {
  const found = blocksOf(document, 'js').filter(({ code }) => code.includes(word));
  assert.equal(found.length, 1, `one block of ${document} has ${word}`);
  return found[0].code;
}

/** The text after a block, as in: it prints, and then what. */
const PRINTS = /^```js\n((?:(?!```).*\n)*)```\n+It prints\n+```text\n((?:(?!```).*\n)*)```$/gm;

test('what a document says that its code prints, it prints', async (t) => {
  let count = 0;
  for (const document of DOCUMENTS) {
    for (const [, code, said] of read(document).matchAll(PRINTS)) {
      const { lines, exit } = typed(t, code);
      const { code: status, errors } = await exit;
      assert.deepEqual({ status, errors }, { status: 0, errors: '' }, document);
      assert.equal(`${lines.entries.slice(0, -1).join('\n')}\n`, said, document);
      count += 1;
    }
  }
  assert.ok(count >= 1, 'the README has one');
});

test('the README’s example is of about 20 lines', () => {
  const [{ code }] = blocksOf('README.md', 'js');
  assert.ok(code.trim().split('\n').length <= 22);
});

test('the guide’s daemon listens', async (t) => {
  const { lines } = typed(t, block('docs/guide.md', 'SpreadDaemon.start({ port: 4803 })').replace('4803', '0'));
  assert.match((await lines.count(1))[0], /^listening at \d+@127\.0\.0\.1$/);
});

test('the guide’s session, started twice: both see the same in the same order', async (t) => {
  const { address } = await daemonFor(t, {});
  const code = block('docs/guide.md', "name: 'alice'").replace('4803@localhost', address);
  const alice = typed(t, code);
  // Runtimes put strings into quotes of their own.
  const said = async (program, count) => (await program.lines.count(count)).map((line) => line.replaceAll('"', "'"));
  assert.deepEqual(await said(alice, 2), [
    "join of #alice#localhost: [ '#alice#localhost' ]",
    '#alice#localhost to room: hello, everybody',
  ]);
  const bob = typed(t, code.replace('alice', 'bob'));
  const same = [
    "join of #bob#localhost: [ '#alice#localhost', '#bob#localhost' ]",
    '#bob#localhost to room: hello, everybody',
  ];
  assert.deepEqual(await said(bob, 2), same);
  assert.deepEqual((await said(alice, 4)).slice(2), same);
});

test('the guide’s counter counts', async (t) => {
  const { address } = await daemonFor(t, {});
  const code = block('docs/guide.md', 'let value = 0').replace('4803@localhost', address);
  const first = typed(t, code);
  await first.lines.count(1);
  typed(t, code);
  assert.deepEqual(await first.lines.count(2), ['1', '2']);
});

test('the migration guide’s test starts a daemon, and connects to it', async (t) => {
  const code = block('docs/migration.md', 'SpreadDaemon.start({ port: 0 })');
  const whole = `const { SpreadDaemon, connect } = require('cspread');
    (async () => { ${code} console.log(session.state); await session.disconnect(); await daemon.stop(); })();`;
  const { lines, exit } = typed(t, whole);
  assert.deepEqual(await exit, { code: 0, signal: null, errors: '' });
  assert.equal(lines.entries[0], 'connected');
});

test('what watches sessions tells of a loss', async (t) => {
  for (const document of ['docs/diagnostics.md', 'docs/operations.md']) {
    const code = block(document, "subscribe('cspread:lost'");
    const whole = `const { SpreadDaemon, connect } = require('cspread');
      (async () => {
        const daemon = await SpreadDaemon.start({ port: 0 });
        const session = await connect({ address: daemon.address, name: 'watched' });
        session.on('disconnect', () => {});
        ${code}
        await daemon.stop();
      })();`;
    const { exit } = typed(t, whole);
    const { code: status, errors } = await exit;
    assert.equal(status, 0, document);
    assert.match(errors, /^#watched#localhost:? ERR_SPREAD_CONNECTION_CLOSED,? daemon/, document);
  }
});
