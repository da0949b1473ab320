/** Completions for fish. */

/** Quotes a text for fish, within single quotes. */
const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;

const of = (name) => `complete -c cspread -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;

function flagOf(command, { name, short, takes, choices, about }) {
  const spelling = `-l ${name}${short ? ` -s ${short}` : ''}`;
  const value =
    choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takes ? (takes === 'PATH' ? ' -r -F' : ' -x') : '';
  return `${of(command)} ${spelling}${value} -d ${quoted(about)}`;
}

function fish(commands) {
  const first = commands.map(
    ({ name, summary }) => `complete -c cspread -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
  );
  const rest = commands.flatMap(({ name, flags, words }) => [
    ...(words.length > 0 ? [`${of(name)} -a ${quoted(words.join(' '))}`] : []),
    ...flags.map((flag) => flagOf(name, flag)),
  ]);
  const names = quoted(commands.map(({ name }) => name).join(' '));
  return `# Completions of cspread for fish.
complete -c cspread -f
${first.join('\n')}
complete -c cspread -n __fish_use_subcommand -l help -d 'shows the commands'
complete -c cspread -n __fish_use_subcommand -l version -d 'shows the version'
${of('help')} -a ${names}
${rest.join('\n')}
`;
}

module.exports = { fish };
