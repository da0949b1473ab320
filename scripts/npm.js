/** npm, for the scripts. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

/** Runs npm; returns its output. On Windows npm is a batch file, which cannot be spawned: this runs its program. */
function npm(args, options) {
  if (process.platform !== 'win32') {
    return execFileSync('npm', args, options);
  }
  const program = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return execFileSync(process.execPath, [program, ...args], options);
}

module.exports = { npm };
