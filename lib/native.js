/**
 * Loads the native addon for this machine. Looked for, in this order: the file that CSPREAD_NATIVE_PATH names; what a
 * build here has made (native/); the package of this platform. The working directory is never searched.
 */

const path = require('node:path');
const platform = require('./platform.js');

function load() {
  const chosen = process.env.CSPREAD_NATIVE_PATH;
  if (chosen) {
    return require(path.resolve(chosen));
  }
  const attempts = [];
  for (const name of [path.join(__dirname, '..', 'native', `cspread.${platform}.node`), `cspread-${platform}`]) {
    try {
      return require(name);
    } catch (error) {
      attempts.push(`  ${name}: ${error.message.split('\n')[0]}`);
    }
  }
  throw new Error(
    [
      `cspread has no native code for this machine (${platform}, Node ${process.version}). Tried:`,
      ...attempts,
      'In a clone of the project, npm run build makes it. In an installed package, npm may have left the optional',
      'package of this platform out, as it does when a lock file was made on another one (npm/cli issue 4828). These',
      'two commands cure that:',
      '  rm -rf node_modules package-lock.json',
      '  npm install',
    ].join('\n'),
  );
}

module.exports = load();
