/** Runs the jobs of a long test run, several at a time, and records how each ended. */

const { spawn } = require('node:child_process');
const fs = require('node:fs');

/** A job that takes longer hangs. */
const WITHIN_MS = 20 * 60_000;
/** The interval of progress reports. */
const PROGRESS_MS = 60_000;

const running = new Set();

/** Ends a job and all processes that it has started. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

// Jobs have process groups of their own, which a terminal's Ctrl-C does not reach.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) {
      kill(child);
    }
    process.exit(130);
  });
}

/** Runs one job; resolves with { passed, seconds, text }. */
function run({ command, args, env, cwd }, within) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const given = { ...process.env, ...env };
    // A test that runs this sets it; the suite started here would take itself for a part of that test.
    delete given.NODE_TEST_CONTEXT;
    const child = spawn(command, args, { cwd, env: given, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const deadline = setTimeout(() => {
      chunks.push(Buffer.from(`\nit did not end within ${within / 1000} s, and was killed\n`));
      kill(child);
    }, within);
    const ended = (how) => {
      clearTimeout(deadline);
      running.delete(child);
      // Processes that it has left running must not disturb the next job.
      kill(child);
      const text = `${Buffer.concat(chunks)}\n${how}\n`;
      resolve({ passed: how === 'exit status 0', seconds: (performance.now() - begun) / 1000, text });
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (status, signal) => {
      // The output is complete by then, unless a process that it left running holds the pipe.
      const over = () => ended(signal ?? `exit status ${status}`);
      const late = setTimeout(over, 1000);
      child.once('close', () => {
        clearTimeout(late);
        over();
      });
    });
  });
}

/** Returns the lines of a suite's output that report failures. */
function failuresIn(text) {
  const lines = text.split('\n').filter((line) => /^\s*✖ (?!failing tests)/.test(line));
  return [...new Set(lines.map((line) => line.trim().replace(/ \([\d.]+ms\)$/, '')))];
}

/**
 * Runs the jobs, `load` at a time: [{ job, command, args, env, cwd }]. Each result goes into the journal; the output of
 * one that fails is kept beside it.
 */
async function runJobs(jobs, { journal, load = 1, within = WITHIN_MS, say = console.log }) {
  const waiting = [...jobs];
  let [done, failed, said] = [0, 0, performance.now()];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { passed, seconds, text } = await run(job, within);
      const output = passed ? undefined : journal.outputOf(job.job);
      if (!passed) {
        fs.writeFileSync(output, text);
        say(
          `failed: ${job.job}\n${failuresIn(text)
            .map((line) => `  ${line}\n`)
            .join('')}  ${output}`,
        );
      }
      journal.record(job.job, { passed, seconds: Math.round(seconds * 10) / 10, output });
      done += 1;
      failed += passed ? 0 : 1;
      if (performance.now() - said > PROGRESS_MS || done === jobs.length) {
        said = performance.now();
        say(`${done} of ${jobs.length} done, ${failed} failed`);
      }
    }
  };
  await Promise.all(Array.from({ length: load }, work));
}

module.exports = { runJobs };
