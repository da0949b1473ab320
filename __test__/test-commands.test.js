/** What runs the long tests: jobs, several at a time, and a summary by which a run goes on where it was stopped. */

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { runJobs } = require('../scripts/testing/jobs.js');
const { Journal, commitOf } = require('../scripts/testing/journal.js');
const { until } = require('./helpers/until.js');

/** Makes a folder that is removed after the test. */
function folderFor(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-jobs-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** Makes a job that runs this JavaScript. */
const job = (name, code) => ({ job: name, command: process.execPath, args: ['-e', code] });

test('each result is recorded, and a failure’s output kept', async (t) => {
  const folder = folderFor(t);
  const file = path.join(folder, 'summary.jsonl');
  const journal = new Journal(file, 'abc');
  const said = [];
  await runJobs(
    [
      job('loop fine', ''),
      job('loop broken', "console.log('ℹ out\\n  ✖ the test (1.5ms)'); console.error('err'); process.exit(3)"),
      job('loop signal', "process.kill(process.pid, 'SIGKILL')"),
      { job: 'loop missing', command: path.join(folder, 'nothing') },
    ],
    { journal, load: 2, say: (text) => said.push(text) },
  );
  const read = new Journal(file, 'abc');
  const ends = ['fine', 'broken', 'signal', 'missing'].map((name) => read.of(`loop ${name}`)[0]);
  assert.deepEqual(
    ends.map(({ passed }) => passed),
    [true, false, false, false],
  );
  assert.equal(ends[0].output, undefined);
  const texts = ends.slice(1).map(({ output }) => fs.readFileSync(output, 'utf8'));
  assert.ok(texts[0].includes('out') && texts[0].includes('err'));
  assert.match(texts[0], /exit status 3/);
  assert.match(texts[1], /SIGKILL/);
  assert.match(texts[2], /ENOENT/);
  assert.ok(said.some((text) => /failed: loop broken\n {2}✖ the test\n {2}\S+\.txt$/.test(text)));
  assert.ok(said.includes('4 of 4 done, 3 failed'));
});

test('a job that hangs is killed with all that it has started, and has failed', async (t) => {
  const folder = folderFor(t);
  const journal = new Journal(path.join(folder, 'summary.jsonl'), 'abc');
  const pid = path.join(folder, 'pid');
  const hanging = `const child = require('node:child_process').spawn('sleep', ['1000']);
    require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(child.pid)); setInterval(() => {}, 1000)`;
  // A machine that is busy may not come to it within the first.
  for (let within = 1000; !fs.existsSync(pid); within *= 2) {
    await runJobs([job('hangs', hanging)], { journal, within, say() {} });
  }
  const end = journal.of('hangs').at(-1);
  assert.equal(end.passed, false);
  assert.match(fs.readFileSync(end.output, 'utf8'), /did not end within \d+ s/);
  const sleeping = Number(fs.readFileSync(pid, 'utf8'));
  await until(() => !isAlive(sleeping), 'what it has started is gone');
});

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    // Killed, it may wait for its new parent.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('as many jobs run at once as are to, and no more', async (t) => {
  const folder = folderFor(t);
  const journal = new Journal(path.join(folder, 'summary.jsonl'), 'abc');
  // Each waits for two to run, and says how many do.
  const code = `const fs = require('node:fs');
    const [running, most] = ['running', 'most'].map((name) => require('node:path').join(${JSON.stringify(folder)}, name));
    fs.appendFileSync(running, '+');
    const look = () => {
      const text = fs.readFileSync(running, 'utf8');
      const now = text.split('+').length - text.split('-').length;
      fs.appendFileSync(most, now + ' ');
      if (now < 2 && text.split('+').length <= 6) return setTimeout(look, 1);
      fs.appendFileSync(running, '-');
    };
    look();`;
  await runJobs(
    Array.from({ length: 6 }, (_, index) => job(`${index}`, code)),
    { journal, load: 2, say() {} },
  );
  const seen = fs.readFileSync(path.join(folder, 'most'), 'utf8').trim().split(' ').map(Number);
  assert.equal(Math.max(...seen), 2);
});

test('a summary holds several commits apart, and stands what was cut off', (t) => {
  const file = path.join(folderFor(t), 'summary.jsonl');
  new Journal(file, 'one').record('a', { passed: true, seconds: 1 });
  new Journal(file, 'two').record('a', { passed: false, seconds: 2 });
  fs.appendFileSync(file, '{"commit":"one","job":"b","pas');
  const one = new Journal(file, 'one');
  one.record('a', { passed: false, seconds: 3 });
  one.record('c', { passed: true, seconds: 4 });
  const again = new Journal(file, 'one');
  assert.deepEqual(
    again.of('a').map(({ passed }) => passed),
    [true, false],
  );
  assert.deepEqual(again.of('b'), []);
  assert.equal(again.of('c')[0].seconds, 4);
  assert.deepEqual(new Journal(file, 'three').of('a'), []);
});

test('a commit’s name changes with what is changed since', (t) => {
  const folder = folderFor(t);
  const git = (...args) => execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...args], { cwd: folder });
  git('init', '--quiet');
  fs.writeFileSync(path.join(folder, 'file'), '1');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  const names = [commitOf(folder)];
  fs.writeFileSync(path.join(folder, 'file'), '2');
  names.push(commitOf(folder));
  fs.writeFileSync(path.join(folder, 'added'), '3');
  names.push(commitOf(folder));
  assert.match(names[0], /^[0-9a-f]{12}$/);
  assert.match(names[1], new RegExp(`^${names[0]}\\+[0-9a-f]{8}$`));
  assert.equal(new Set(names).size, 3);
  fs.rmSync(path.join(folder, 'added'));
  git('checkout', '--quiet', 'file');
  assert.equal(commitOf(folder), names[0]);
});

const [REPEAT, FULL] = ['test-repeat.js', 'test-full.js'].map((name) => path.join(__dirname, '..', 'scripts', name));

test('test:repeat runs each file in each column, and goes on where it was stopped', async (t) => {
  const summary = path.join(folderFor(t), 'summary.jsonl');
  const run = async (...args) => {
    const child = spawn(process.execPath, [REPEAT, '--summary', summary, ...args], {
      env: { ...process.env, CSPREAD_LIBSPREAD: 'none' },
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, out };
  };
  const first = await run('--files', 'errors', '--columns', 'loop,guard', '--times', '1', '--load', '2');
  assert.equal(first.code, 0, first.out);
  assert.match(first.out, /errors\.test\.js: loop 1 runs, 0 failed; guard 1 runs, 0 failed/);
  const second = await run('--files', 'errors', '--columns', 'loop,guard', '--times', '2');
  assert.match(second.out, /4 runs at \S+, 2 of them done/);
  assert.match(second.out, /none of 4 runs failed/);
  const jobs = fs
    .readFileSync(summary, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).job);
  assert.deepEqual(
    jobs.sort(),
    ['guard', 'loop'].flatMap((column) => [1, 2].map((n) => `${column} errors.test.js ${n}`)),
  );
});

test('CSPREAD_SEEDS says which seeds a test has', () => {
  const seedsOf = (given) => {
    const code = "console.log(require('./__test__/helpers/seeds.js').seeds().join(' '))";
    const env = { ...process.env, CSPREAD_SEEDS: given };
    const out = execFileSync(process.execPath, ['-e', code], {
      cwd: path.join(__dirname, '..'),
      env,
      encoding: 'utf8',
    });
    return out.trim();
  };
  assert.equal(seedsOf('7'), '7');
  assert.equal(seedsOf('9..12'), '9 10 11 12');
  assert.match(seedsOf(''), /^\d+$/);
});

for (const [script, args, text] of [
  [REPEAT, ['--files', 'nothing'], /unknown test file 'nothing.test.js'/],
  [REPEAT, ['--columns', 'other'], /unknown column 'other': loop guard libspread/],
  [REPEAT, ['--times', '0'], /--times takes a whole number of at least 1/],
  [REPEAT, ['--load', 'x'], /--load takes a whole number of at least 1/],
  [REPEAT, ['--flag'], /--flag/],
  [FULL, ['--part', 'gard'], /unknown part 'gard': rust loop guard/],
  [FULL, ['--seeds', '5..3'], /--seeds takes A\.\.B/],
  [FULL, ['--seeds', '5'], /--seeds takes A\.\.B/],
]) {
  test(`${path.basename(script)} ${args.join(' ')}: a clear error`, () => {
    assert.throws(
      () => execFileSync(process.execPath, [script, ...args], { stdio: 'pipe' }),
      ({ status, stderr }) => status === 1 && text.test(stderr) && stderr.toString().split('\n').length === 2,
    );
  });
}
