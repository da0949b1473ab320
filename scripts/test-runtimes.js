/**
 * Runs the JavaScript tests on other runtimes, side by side: the examples, how processes and workers end, and all else. What
 * left-out.js lists is run by itself: a test that passes is to be left out no more.
 */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const platform = require('../lib/native/platform.js');
const { compile } = require('./compile.js');
const { LEFT_OUT, SOMETIMES } = require('./left-out.js');
const { HANG_MS, runtimes } = require('./runtimes.js');

const root = path.join(__dirname, '..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-runtimes-'));
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs tests of a file, `chosen` as __test__/helpers/runner.js takes it: names, and how the runner ended. */
async function run({ runtime, command, test }, file, chosen, env) {
  const report = path.join(work, `${runtime}.xml`);
  fs.rmSync(report, { force: true });
  const child = spawn(command, test(`./__test__/${file}`, report), {
    cwd: root,
    env: { ...process.env, ...env, CSPREAD_TESTS: JSON.stringify(chosen) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 2 * HANG_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  return { ...read(report), reasons: output.match(/^skipped: .*$/gm) ?? [], ended, output };
}

/** The names of the tests that passed and of those that failed. */
function read(report) {
  const text = fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : '';
  const result = { passed: [], failed: [] };
  for (const [, name, body = ''] of text.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)) {
    if (!body.includes('<skipped')) {
      result[body.includes('<failure') ? 'failed' : 'passed'].push(plain(name));
    }
  }
  return result;
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const plain = (text) =>
  text.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(code) : ENTITIES[name]));

/** All of a file but what is left out. */
async function runFile(runtime, file, env) {
  const begun = performance.now();
  const without = Object.keys(LEFT_OUT[runtime.runtime][file] ?? {});
  const { passed, failed, reasons, ended, output } = await run(runtime, file, { without }, env);
  const ms = Math.round(performance.now() - begun);
  console.log(`${runtime.runtime} ${file}: ${passed.length} passed, ${failed.length} failed (${ms} ms)`);
  for (const reason of reasons) {
    console.log(`  ${reason}`);
  }
  counts.passed += passed.length;
  counts.skipped += reasons.length;
  counts.failed += failed.length;
  const isBroken = failed.length === 0 && ended !== 0;
  if (isBroken) {
    counts.failed += 1;
  }
  if (failed.length > 0 || isBroken) {
    console.log(`${output}\n${runtime.runtime} ${file}: it ended with ${ended}; failed: ${failed.join('; ')}`);
  }
}

/** What is left out of a file, to see whether that is still so. */
async function runLeftOut(runtime, file, env) {
  const reasons = LEFT_OUT[runtime.runtime][file];
  const names = Object.keys(reasons);
  const only = names.filter((name) => !SOMETIMES.has(reasons[name]));
  const { passed, failed } = await run(runtime, file, { only }, env);
  for (const name of names) {
    console.log(`${runtime.runtime} ${file}: left out: ${name}: ${reasons[name]}`);
    counts.skipped += 1;
    if (passed.includes(name)) {
      counts.failed += 1;
      console.log('  but it passes: take it from scripts/left-out.js');
    } else if (only.includes(name) && !failed.includes(name)) {
      counts.failed += 1;
      console.log('  but there is no such test');
    }
  }
}

async function main() {
  if (platform !== 'linux-x64-gnu') {
    console.log(
      `skipped: the runtimes that are pinned in tools/runtimes are of linux-x64-gnu, and this is ${platform}`,
    );
    return;
  }
  const env = { CSPREAD_COUNTS: 'quick', CSPREAD_LIBSPREAD: compile('libspread-stand-in'), DENO_NO_UPDATE_CHECK: '1' };
  const files = fs.readdirSync(path.join(root, '__test__')).filter((name) => name.endsWith('.test.js'));
  await Promise.all(runtimes().map((runtime) => runAll(runtime, files, env)));
}

async function runAll(runtime, files, env) {
  console.log(`${runtime.runtime} ${runtime.version}`);
  for (const file of files) {
    await runFile(runtime, file, env);
  }
  for (const file of Object.keys(LEFT_OUT[runtime.runtime])) {
    await runLeftOut(runtime, file, env);
  }
}

main().finally(() => {
  fs.rmSync(work, { recursive: true });
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode ||= counts.failed > 0 ? 1 : 0;
});
