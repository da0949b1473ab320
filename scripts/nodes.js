/** Other versions of Node, from npm, to run the suite on. */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const MAJORS = [22, 24, 26];

/** Installs one of them into `folder`, if it is not there yet; returns the path of its program. */
function node(major, folder) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const place = path.join(folder, String(major));
  const program = path.join(place, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!fs.existsSync(program)) {
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${major}`], { cwd: place, stdio: 'ignore' });
  }
  return program;
}

module.exports = { MAJORS, node };
