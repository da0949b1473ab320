/**
 * Loads the native addon for this machine. Looked for, in this order: the file that CSPREAD_NATIVE_PATH names, and then
 * nothing else; what a build here has made (native/); the package of this platform. The working directory is never
 * searched. What is found has to be of this package's version.
 */

const path = require('node:path');
const process = require('node:process');
const { optionalDependencies, version } = require('../package.json');
const platform = require('./platform.js');

const CURE = ['  rm -rf node_modules package-lock.json', '  npm install'];

function load() {
  const chosen = process.env.CSPREAD_NATIVE_PATH;
  if (chosen) {
    return ofThisVersion(fromChosen(path.resolve(chosen)), `${chosen}, which CSPREAD_NATIVE_PATH names,`);
  }
  const attempts = [];
  for (const name of [path.join(__dirname, '..', 'native', `cspread.${platform}.node`), `cspread-${platform}`]) {
    let addon;
    try {
      addon = require(name);
    } catch (error) {
      attempts.push(`  ${name}: ${firstLine(error)}`);
      continue;
    }
    return ofThisVersion(addon, require.resolve(name));
  }
  throw new Error(
    [
      `cspread has no native code for this machine (${platform}, Node ${process.version}). Tried:`,
      ...attempts,
      ...advice(),
    ].join('\n'),
  );
}

function fromChosen(file) {
  try {
    return require(file);
  } catch (error) {
    throw new Error(`CSPREAD_NATIVE_PATH names ${file}, which cannot be loaded: ${firstLine(error)}`, { cause: error });
  }
}

/** The platforms that there are packages for are in the manifest of an installed package, and not in a clone's. */
function advice() {
  const packages = Object.keys(optionalDependencies ?? {});
  if (packages.length > 0 && !packages.includes(`cspread-${platform}`)) {
    const names = packages.map((name) => name.slice('cspread-'.length));
    return [`There are packages for ${names.join(', ')}. From a clone of the project, npm run build makes others.`];
  }
  return [
    'In a clone of the project, npm run build makes it. In an installed package, npm may have left the optional',
    'package of this platform out, as it does when a lock file was made on another one (npm/cli issue 4828). These',
    'two commands cure that:',
    ...CURE,
  ];
}

function ofThisVersion(addon, file) {
  const its = addon?.version?.();
  if (its !== version) {
    throw new Error(
      [
        `cspread is version ${version}, and its native code version ${its ?? 'unknown'}: ${file} is not the one`,
        'that belongs to it. In a clone of the project, npm run build makes the right one. In an installed package these',
        'two commands bring both alike:',
        ...CURE,
      ].join('\n'),
    );
  }
  return addon;
}

const firstLine = (error) => error.message.split('\n')[0];

module.exports = load();
