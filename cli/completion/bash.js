/** Completions for bash, 3.2 or newer. */

/** Returns a flag's spellings. */
const spellings = ({ name, short }) => [`--${name}`, ...(short ? [`-${short}`] : [])];

/** Returns the cases of the flags that take a value: their choices, or files. */
function valuesOf(flags) {
  return flags
    .filter(({ takes }) => takes)
    .map((flag) => {
      const reply =
        flag.choices.length > 0
          ? `COMPREPLY=($(compgen -W '${flag.choices.join(' ')}' -- "$word"))`
          : flag.takes === 'PATH'
            ? 'COMPREPLY=($(compgen -f -- "$word"))'
            : 'COMPREPLY=()';
      return `        ${spellings(flag).join('|')}) ${reply}; return;;`;
    });
}

function caseOf({ name, flags, words }) {
  const values = valuesOf(flags);
  return [
    `    ${name})`,
    ...(values.length > 0 ? ['      case "$before" in', ...values, '      esac'] : []),
    `      words='${[...words, ...flags.map((flag) => `--${flag.name}`)].join(' ')}';;`,
  ].join('\n');
}

function bash(commands) {
  return `# Completions of cspread for bash.
_cspread() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')} --help --version'
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(caseOf).join('\n')}
    help) words='${commands.map(({ name }) => name).join(' ')}';;
    *) words='';;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _cspread cspread
`;
}

module.exports = { bash };
