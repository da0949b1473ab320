/** Other versions of Node, from npm, to run the suite on. */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const MAJORS = [22, 24, 26];

/** Installs them into `folder`: [{ version, file }]. */
function nodes(folder) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  return MAJORS.map((major) => {
    const place = path.join(folder, String(major));
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${major}`], { cwd: place, stdio: 'ignore' });
    const { version } = require(path.join(place, 'node_modules', name, 'package.json'));
    const file = process.platform === 'win32' ? 'node.exe' : 'node';
    return { version, file: path.join(place, 'node_modules', name, 'bin', file) };
  });
}

module.exports = { nodes };
