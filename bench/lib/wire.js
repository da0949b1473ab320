/** The C programs in ../wire: compiled once, and started. */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const processes = require('./processes.js');

const source = path.join(__dirname, '..', 'wire');
const built = path.join(source, 'build');
const LIBRARIES = { spread: ['-ldl'] };

/** The path of one program; it is built if its source is newer. */
function program(name) {
  const to = path.join(built, name);
  const from = path.join(source, `${name}.c`);
  const newest = Math.max(...[from, path.join(source, 'wire.h')].map((file) => fs.statSync(file).mtimeMs));
  if ((fs.statSync(to, { throwIfNoEntry: false })?.mtimeMs ?? 0) < newest) {
    fs.mkdirSync(built, { recursive: true });
    execFileSync('cc', ['-O2', '-Wall', '-o', to, from, ...(LIBRARIES[name] ?? [])], { stdio: 'inherit' });
  }
  return to;
}

/** Steps of a conversation, as flood.c reads them. */
function script(steps) {
  const bytes = steps.flatMap((step) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(step.length);
    return [length, step];
  });
  return file('script', Buffer.concat(bytes));
}

function file(ending, bytes) {
  const name = processes.fresh(ending);
  fs.writeFileSync(name, bytes);
  return name;
}

const CHUNK = 65_536;
/** Of a flood with a rate, so many chunks a second. */
const CHUNKS_A_SECOND = 10_000;

/** How often these messages are to be in a chunk, in turn. */
function timesIn(messages, window, rate) {
  const length = messages.reduce((sum, message) => sum + message.length, 0);
  const most = rate > 0 ? rate / CHUNKS_A_SECOND : Math.min(CHUNK / length, window / 8 / messages.length);
  return Math.max(1, Math.floor(most));
}

/**
 * Repeats messages of one length (each with its payload at `offset`) at a server, or takes what comes if there are none;
 * `credit()` lets it go on.
 */
async function flood({ where, steps, messages = [], offset, size, window, rate = 0 }) {
  const times = messages.length === 0 ? 0 : timesIn(messages, window, rate);
  const chunk = Buffer.concat(Array(times).fill(messages).flat());
  const child = processes.start(program('flood'), [
    where,
    script(steps),
    file('chunk', chunk),
    messages[0]?.length ?? 0,
    offset ?? 0,
    size ?? 0,
    window,
    rate,
  ]);
  child.stdin.on('error', () => {});
  await processes.firstLine(child);
  return { pid: child.pid, credit: () => child.stdin.write('c'), stop: () => processes.stop(child) };
}

module.exports = { flood, program };
