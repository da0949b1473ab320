/** Cargo, for the scripts. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Compiles a crate in release mode; the path of its dynamic library, wherever cargo puts it. */
function compile(crate) {
  const args = ['build', '--release', '--locked', '--package', crate, '--message-format', 'json-render-diagnostics'];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const said = execFileSync('cargo', args, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 2 ** 30 });
  const messages = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const made = messages.find(({ reason, target }) => reason === 'compiler-artifact' && target.kind.includes('cdylib'));
  return made.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
}

module.exports = { compile };
