/** Completions for zsh: a function for its fpath, which may be sourced as well. */

/** Quotes a text for zsh, within single quotes. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Escapes what _arguments reads in a description. */
const described = (text) => text.replace(/[[\]:\\]/g, '\\$&');

/** Returns the specifications of a flag for _arguments: one for each spelling. */
function flagOf({ name, short, takes, choices, about }) {
  const action = choices.length > 0 ? `(${choices.join(' ')})` : takes === 'PATH' ? '_files' : '';
  const value = takes ? `:${described(takes)}:${action}` : '';
  const all = [`--${name}`, ...(short ? [`-${short}`] : [])];
  return all.map((spelling) => quoted(`${spelling}[${described(about)}]${value}`));
}

function caseOf({ name, flags, words }) {
  const rest = words.length > 0 ? [quoted(`1:word:(${words.join(' ')})`)] : [];
  return `    ${name})\n      _arguments ${[...flags.flatMap(flagOf), ...rest].join(' \\\n        ')};;`;
}

function zsh(commands) {
  const listed = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  return `#compdef cspread
# Completions of cspread for zsh.
_cspread() {
  local -a commands=(
${listed.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(caseOf).join('\n')}
    help)
      _describe 'command' commands;;
  esac
}
if [ "$funcstack[1]" = _cspread ]; then
  _cspread "$@"
else
  compdef _cspread cspread
fi
`;
}

module.exports = { zsh };
