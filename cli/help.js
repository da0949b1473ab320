/** Help: for all commands, and for one. */

const { EXITS } = require('./exits.js');
const { bold, dim, width } = require('./terminal.js');
const { flow, wrap } = require('./layout.js');

function helpForAll(commands) {
  const lines = commands.map(([name, summary]) => wrap(summary, `  ${bold(name.padEnd(10))} `, ' '.repeat(13)));
  return [
    wrap('connects to Spread daemons, and runs one for development.', `${bold('cspread')} `, ''),
    '',
    'cspread COMMAND [arguments]',
    '',
    ...lines,
    '',
    wrap('cspread COMMAND --help shows flags and examples; cspread --version shows the version.', '', ''),
    wrap(
      'The daemon is taken from --address, else from CSPREAD_DAEMON or SPREAD_DAEMON, else it is 4803@localhost.',
      '',
      '',
    ),
    '',
    ...exits(),
  ].join('\n');
}

/** Lists every exit code. */
function exits() {
  const lines = Object.entries(EXITS).map(([code, about]) => wrap(about, `  ${code.padEnd(5)}`, ' '.repeat(7)));
  return ['Exit status:', ...lines];
}

/**
 * Formats an example's command, to be copied: on a narrow terminal it goes on in further lines, each but the last with
 * the shell's sign for that.
 */
function copyable(command) {
  const most = width() - 2;
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g);
  const whole = flow(words, '  ', '    ', ' ', most);
  return whole.split('\n').join(' \\\n');
}

function helpFor(name, { summary, usage, options, examples, notes = [] }) {
  const flags = Object.entries(options).map(([flag, { short, argument, about }]) => {
    const left = `${short ? `-${short}, ` : '    '}--${flag}${argument ? ` ${argument}` : ''}`;
    // On a narrow terminal a flag's description goes below it.
    const indent = ' '.repeat(width() < 70 ? 8 : 32);
    const isBelow = left.length + 2 >= indent.length;
    return wrap(about, isBelow ? `  ${left}\n${indent}` : `  ${left}`.padEnd(indent.length), indent);
  });
  return [
    `${bold(`cspread ${name}`)} ${usage}`.trimEnd(),
    '',
    wrap(`${summary[0].toUpperCase()}${summary.slice(1)}.`, '', ''),
    ...notes.map((note) => `\n${wrap(note, '', '')}`),
    ...(flags.length > 0 ? ['', ...flags] : []),
    '',
    'Examples:',
    ...examples.map(([line, about]) => `${copyable(line)}\n${dim(wrap(about, '      ', '      '))}`),
    '',
    ...exits(),
  ].join('\n');
}

module.exports = { helpFor, helpForAll };
