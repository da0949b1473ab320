/** Cargo, for the scripts. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Compiles a crate in release mode; returns the path of its dynamic library, as cargo reports it. */
function compile(crate, { args = [], env = {} } = {}) {
  const all = ['build', '--release', '--locked', '--package', crate, ...args];
  const said = execFileSync('cargo', [...all, '--message-format', 'json-render-diagnostics'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const messages = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const isMade = ({ reason, target }) =>
    reason === 'compiler-artifact' &&
    target.kind.includes('cdylib') &&
    target.name === crate.replace(/^libspread-.*/, 'spread');
  return messages.find(isMade).filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
}

module.exports = { compile };
