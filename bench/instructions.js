/**
 * Instructions that a message takes on each path of bench/paths, counted by callgrind: the same number on a quiet
 * machine and on a noisy one. node bench/instructions.js compares with bench/instructions.txt, and fails where a path
 * takes 3 % more; --write puts down what it counts. Needs valgrind.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const known = path.join(__dirname, 'instructions.txt');
const program = path.join(root, 'target', 'release', 'spread-paths');
/** The difference of two runs is free of what happens once. */
const RUNS = [4, 12];
const TOLERANCE = 1.03;

function count(name, runs) {
  const args = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program, name, String(runs)];
  const { stderr } = spawnSync('valgrind', args, { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(stderr);
  if (collected === null) {
    throw new Error(`callgrind of ${name}: ${stderr}`);
  }
  return Number(collected[1]);
}

/** Path → instructions a message. */
function measure() {
  execFileSync('cargo', ['build', '--release', '--locked', '-p', 'spread-paths'], { cwd: root, stdio: 'inherit' });
  const paths = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  return paths.map((line) => {
    const [name, messages] = line.split(' ');
    const [few, more] = RUNS.map((runs) => count(name, runs));
    return [name, (more - few) / (RUNS[1] - RUNS[0]) / Number(messages)];
  });
}

function table() {
  const lines = fs.existsSync(known) ? fs.readFileSync(known, 'utf8').trim().split('\n') : [];
  return new Map(lines.map((line) => line.split(/\s+/)).map(([name, number]) => [name, Number(number)]));
}

if (spawnSync('valgrind', ['--version']).error) {
  console.log('skipped: there is no valgrind');
} else {
  const before = table();
  const now = measure();
  for (const [name, instructions] of now) {
    const was = before.get(name);
    const change = was === undefined ? 'new' : `${((instructions / was - 1) * 100).toFixed(1)} %`;
    console.log(`${name.padEnd(24)}${instructions.toFixed(1).padStart(10)}  ${change}`);
    if (instructions > was * TOLERANCE && !process.argv.includes('--write')) {
      process.exitCode = 1;
    }
  }
  if (process.argv.includes('--write')) {
    fs.writeFileSync(known, now.map(([name, number]) => `${name} ${number.toFixed(1)}\n`).join(''));
  }
}
