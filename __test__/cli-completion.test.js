/** `cspread completion`: what bash, zsh and fish complete, in the shells themselves. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { cspread } = require('./helpers/command.js');

/** A line to complete, what has to be among its completions, and what must not. */
const LINES = [
  ['cspread ', ['daemon', 'listen', 'completion'], ['--rate']],
  ['cspread li', ['listen'], ['daemon']],
  ['cspread send --co', ['--count', '--confirm', '--connect-timeout'], ['--rate']],
  ['cspread send --service a', ['agreed'], ['fifo', 'a']],
  ['cspread daemon --log j', ['json'], ['text']],
  ['cspread completion ', ['bash', 'zsh', 'fish'], ['daemon']],
];

const here = (shell) => (spawnSync(shell, ['--version']).status === 0 ? false : `${shell} is not installed`);

/** Writes the completions of a shell into a folder of their own; returns the file. */
async function written(t, shell) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-completion-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const { code, out } = await cspread(t, ['completion', shell]);
  assert.equal(code, 0);
  const file = path.join(folder, shell === 'zsh' ? '_cspread' : 'cspread');
  fs.writeFileSync(file, `${out}\n`);
  return file;
}

function run(shell, args, env = {}) {
  const { status, stdout, stderr } = spawnSync(shell, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

/** Shell → the completions of a line, as the shell finds them. */
const COMPLETE = {
  bash: (file, line) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = `source '${file}'; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
      _cspread; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', script]).split('\n');
  },
  // In a terminal of its own, since zsh completes in its line editor alone; each match is printed in its place.
  zsh: (file, line) => {
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "PROMPT=; fpath=(${path.dirname(file)} \\$fpath); autoload -Uz compinit; compinit -u -D"
      zpty -w shell "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' menu no; LISTMAX=0; unsetopt beep"
      zpty -w shell "compadd() { local -a found; builtin compadd -O found \\"\\$@\\"; print -rl -- MATCH:\\$^found; builtin compadd \\"\\$@\\" }"
      zpty -w shell "function done-now() { print END }; zle -N done-now; bindkey '^X' done-now; print READY"
      zpty -r -m shell junk '*READY*READY*'
      zpty -n -w shell "${line}"$'\\t'$'\\x18'
      zpty -r -m shell out '*END*'
      print -r -- "$out"`;
    const out = run('zsh', ['-f', '-c', script], { TERM: 'dumb' });
    return Array.from(out.matchAll(/MATCH:([^\r\n]*)/g), ([, match]) => match);
  },
  fish: (file, line) => {
    const script = `source '${file}'; complete -C '${line}'`;
    return run('fish', ['--no-config', '-c', script])
      .split('\n')
      .map((match) => match.split('\t')[0]);
  },
};

for (const [shell, complete] of Object.entries(COMPLETE)) {
  test(`${shell} completes commands, flags and their values`, { skip: here(shell) }, async (t) => {
    const file = await written(t, shell);
    for (const [line, wanted, others] of LINES) {
      const found = complete(file, line);
      for (const word of wanted) {
        assert.ok(found.includes(word), `${line}: ${word} is not among ${found}`);
      }
      for (const word of others) {
        assert.ok(!found.includes(word), `${line}: ${word} is among ${found}`);
      }
    }
  });
}

test('a shell that it does not know', async (t) => {
  const { code, errors } = await cspread(t, ['completion', 'tcsh']);
  assert.equal(code, 2);
  assert.match(errors, /there are completions for bash, zsh, fish, not for tcsh/);
});
