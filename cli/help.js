/** Help: of everything, and of one command. */

const { bold, dim, width } = require('./terminal.js');
const { wrap } = require('./layout.js');

function helpForAll(commands) {
  const lines = commands.map(([name, summary]) => wrap(summary, `  ${bold(name.padEnd(8))} `, ' '.repeat(11)));
  return [
    wrap('talks to Spread daemons, and has one for development.', `${bold('cspread')} `, ''),
    '',
    'cspread COMMAND [arguments]',
    '',
    ...lines,
    '',
    wrap('cspread COMMAND --help shows more, with examples; cspread --version shows the version.', '', ''),
    wrap('The daemon is that of --address, else of SPREAD_DAEMON, else 4803@localhost.', '', ''),
    '',
    wrap(
      'It exits with 0 when it is done, 1 if it failed, 2 if it was called wrongly, 130 on Ctrl-C before that.',
      '',
      '',
    ),
  ].join('\n');
}

function helpFor(name, { summary, usage, options, examples, notes = [] }) {
  const flags = Object.entries(options).map(([flag, { short, argument, about }]) => {
    const left = `${short ? `-${short}, ` : '    '}--${flag}${argument ? ` ${argument}` : ''}`;
    // Where there is little room what a flag is about stands below it.
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
    // The lines stay whole, so that they can be copied.
    ...examples.map(([line, about]) => `  ${line}\n${dim(wrap(about, '      ', '      '))}`),
  ].join('\n');
}

module.exports = { helpFor, helpForAll };
