/**
 * The command line: `cspread COMMAND …`. A command is a module of this folder:
 *
 * { summary, usage, options, examples, positionals, notes, takesText, outlivesReader,
 *   run({ values, positionals }) → exit code or nothing }
 *
 * The exit codes are in exits.js.
 */

const { version } = require('../package.json');
const { Failed, Usage } = require('./failures.js');
const { helpFor, helpForAll } = require('./help.js');
const { nearest, parse } = require('./options.js');
const stderr = require('./stderr.js');
const { endAsAsked } = require('./terminal.js');

const COMMANDS = ['daemon', 'chat', 'send', 'listen', 'top', 'web', 'bench', 'ping', 'doctor', 'network', 'completion'];

const load = (name) => require(`./${name}.js`);

async function main(argv) {
  endWithTheReader();
  process.exitCode = await outcome(argv);
  if (!endAsAsked() && process.versions.deno) {
    // There a read of stdin that waits holds the process, also once stdin is destroyed.
    process.stdout.write('', () => process.exit());
  }
}

async function outcome(argv) {
  const [name, ...rest] = argv;
  try {
    if (name === '--version' || name === '-v') {
      console.log(version);
      return 0;
    }
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const about = name === 'help' && rest.length > 0 ? helpFor(rest[0], command(rest[0])) : all();
      console.log(about);
      return name === undefined ? 2 : 0;
    }
    const chosen = command(name);
    if (asksForHelp(rest)) {
      console.log(helpFor(name, chosen));
      return 0;
    }
    outlives = chosen.outlivesReader ?? false;
    return (await chosen.run(parse(chosen, rest))) ?? 0;
  } catch (error) {
    return complain(name, error);
  }
}

/** Returns whether --help is among the flags. Arguments after -- are no flags: `send room -- -h` sends -h. */
function asksForHelp(args) {
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}

function all() {
  return helpForAll(COMMANDS.map((name) => [name, load(name).summary]));
}

function command(name) {
  if (COMMANDS.includes(name)) {
    return load(name);
  }
  if (name.startsWith('-')) {
    throw new Usage(`missing command before ${name}: cspread COMMAND ${name}`);
  }
  const meant = nearest(name, COMMANDS);
  const hint = meant ? `did you mean ${meant}?` : `the commands are ${COMMANDS.join(', ')}`;
  throw new Usage(`unknown command '${name}': ${hint}`);
}

/** Prints what went wrong, in a line, and returns the exit code. */
function complain(name, error) {
  if (error instanceof Usage || isIllegal(error)) {
    const about = COMMANDS.includes(name) ? `cspread ${name} --help` : 'cspread --help';
    stderr.complain(`${error.message}\nSee ${about}.`);
    return 2;
  }
  if (error instanceof Failed || isExpected(error)) {
    stderr.complain(error.message);
    return error.exitCode ?? 1;
  }
  throw error;
}

/** Returns whether the library rejected an argument. */
function isIllegal(error) {
  return /^ERR_SPREAD_ILLEGAL_/.test(error?.code);
}

/** Returns whether Spread, the network or an argument caused the error, and not a fault of this program. */
function isExpected(error) {
  return /^ERR_SPREAD_/.test(error?.code);
}

/** The running command is a service. */
let outlives = false;

/**
 * Ends the process when stdout can no longer be written: successfully if its reader has stopped reading (`| head`), as
 * by SIGHUP if the terminal is closed, and with a failure otherwise (a full disk). A service goes on: its stdout is a log.
 * Errors of stderr are ignored.
 */
function endWithTheReader() {
  process.stdout.on('error', (error) => {
    // Deno says EPIPE of a terminal too.
    if (process.stdout.isTTY && process.emit('SIGHUP', 'SIGHUP')) {
      return;
    }
    if (outlives) {
      return;
    }
    if (error.code === 'EPIPE') {
      process.exit(0);
    }
    stderr.complain(`cannot write the output: ${error.message}`);
    process.exit(1);
  });
  process.stderr.on('error', () => {});
}

module.exports = { COMMANDS, load, main };
