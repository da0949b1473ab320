/** Help: for all commands, and for one. */

const { bold, dim, width } = require('./terminal.js');
const { wrap } = require('./layout.js');

function helpForAll(commands) {
  const lines = commands.map(([name, summary]) => wrap(summary, `  ${bold(name.padEnd(8))} `, ' '.repeat(11)));
  return [
    wrap('connects to Spread daemons, and runs one for development.', `${bold('cspread')} `, ''),
    '',
    'cspread COMMAND [arguments]',
    '',
    ...lines,
    '',
    wrap('cspread COMMAND --help shows flags and examples; cspread --version shows the version.', '', ''),
    wrap('The daemon is taken from --address, else from SPREAD_DAEMON, else it is 4803@localhost.', '', ''),
    '',
    wrap('Exit status: 0 done, 1 failed, 2 called wrongly, 130 interrupted by Ctrl-C.', '', ''),
  ].join('\n');
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
    // The lines are not wrapped, so that they can be copied.
    ...examples.map(([line, about]) => `  ${line}\n${dim(wrap(about, '      ', '      '))}`),
  ].join('\n');
}

module.exports = { helpFor, helpForAll };
