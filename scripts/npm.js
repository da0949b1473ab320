/** npm, for the scripts. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

/** Runs it; what it printed. On Windows it is a batch file, which cannot be run as others are: its program is. */
function npm(args, options) {
  if (process.platform !== 'win32') {
    return execFileSync('npm', args, options);
  }
  const program = path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return execFileSync(process.execPath, [program, ...args], options);
}

module.exports = { npm };
