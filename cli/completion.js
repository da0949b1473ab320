/** `cspread completion`: prints the completions of a shell, made of the commands' own flags. */

const { bash } = require('./completion/bash.js');
const { fish } = require('./completion/fish.js');
const { zsh } = require('./completion/zsh.js');
const { Usage } = require('./failures.js');

const SHELLS = { bash, zsh, fish };

const examples = [
  ['source <(cspread completion bash)', 'for this shell; in ~/.bashrc for each one'],
  ['cspread completion zsh > ~/.zfunc/_cspread', 'where ~/.zfunc is in fpath, before compinit'],
  ['cspread completion fish > ~/.config/fish/completions/cspread.fish', 'for each shell from now on'],
];

/** Returns what there is to complete: [{ name, summary, flags: [{ name, short, takes, choices, about }], words }]. */
function commandsOf(modules) {
  return Object.entries(modules).map(([name, { summary, options, words = [] }]) => ({
    name,
    summary,
    words,
    flags: [
      ...Object.entries(options).map(([flag, { short, argument, choices = [], about }]) => ({
        name: flag,
        short,
        takes: argument,
        choices,
        about,
      })),
      { name: 'help', short: 'h', takes: undefined, choices: [], about: 'shows flags and examples' },
    ],
  }));
}

async function run({ positionals: [shell] }) {
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (make === undefined) {
    throw new Usage(`there are completions for ${Object.keys(SHELLS).join(', ')}, not for ${shell}`);
  }
  const { COMMANDS, load } = require('./main.js');
  console.log(make(commandsOf(Object.fromEntries(COMMANDS.map((name) => [name, load(name)])))).trimEnd());
}

module.exports = {
  summary: 'prints completions for bash, zsh or fish',
  usage: 'bash|zsh|fish',
  positionals: { least: 1, most: 1 },
  words: Object.keys(SHELLS),
  options: {},
  examples,
  run,
};
