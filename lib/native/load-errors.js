/** The errors when native code does not load: what was tried, and the cure. */

const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const { optionalDependencies, version } = require('../../package.json');
const { isOfOtherLibc } = require('./file.js');
const platform = require('./platform.js');

const REINSTALL = ['  rm -rf node_modules package-lock.json', '  npm install'];
const TRUST = 'Permissions do not govern what native code does: see SECURITY.md.';
const ELSEWHERE = `It has to be that of ${platform}: install where the program runs, and copy no node_modules from elsewhere.`;

/**
 * Reasons why a file does not load, in the words of Node, Deno, Bun and the systems' loaders, and their cures. The
 * first that matches applies.
 */
const REFUSALS = [
  {
    fits: ({ name }) => name === 'NotCapable',
    cure: `Deno has to allow it: --allow-ffi --allow-read --allow-env. ${TRUST}`,
  },
  {
    fits: ({ code }) => code === 'ERR_DLOPEN_DISABLED' && process.permission === undefined,
    cure: 'Node was started with --no-addons, perhaps by NODE_OPTIONS: start it without.',
  },
  {
    fits: ({ code }) => code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED',
    cure: `Node was started with --permission: add --allow-addons, and --allow-fs-read for the folders of cspread and
cspread-${platform}. ${TRUST}`,
  },
  {
    fits: ({ code }) => code === 'EACCES',
    cure: 'The user of this process may not read it: see to the modes of the file and of the folders that it is in.',
  },
  {
    fits: ({ code, message }) =>
      code === 'ERR_NATIVE_MACHINE' || /incompatible architecture|not a valid Win32/.test(message),
    cure: ELSEWHERE,
  },
  {
    fits: ({ code }) => code === 'ERR_NATIVE_DAMAGED',
    cure: 'The file is damaged, as by a copy or a download that broke off, or of another system: put it there again.',
  },
  {
    fits: ({ message }) => /self-register|register Node-API module|napi_register_module/.test(message),
    cure: 'It is no addon: it has to be the native code of cspread.',
  },
  {
    fits: (_, file) => isOfOtherLibc(file),
    cure: `It is made for another C library than that of this process.\n${ELSEWHERE}`,
  },
  {
    fits: ({ message }) => /GLIBC_[\d.]+' not found/.test(message),
    cure: `The glibc of this system is too old for it. In a clone of the project, npm run build makes native code of this
system, which CSPREAD_NATIVE_PATH can name.`,
  },
  {
    fits: ({ message }) => /failed to map segment|Operation not permitted|Permission denied/.test(message),
    cure: `The system runs no code from there: that file system is mounted noexec, or a policy forbids it.
CSPREAD_NATIVE_PATH can name a copy of the file elsewhere.`,
  },
  {
    fits: ({ message }) => /cannot open shared object|Error loading shared library|Library not loaded/.test(message),
    cure: 'It needs a library that this system lacks: install that one.',
  },
];

/**
 * Makes the error when nothing has loaded: `attempts` has each name tried, its error, and its file if it has one.
 * `chosen`: CSPREAD_NATIVE_PATH names it.
 */
function unloadable(attempts, chosen) {
  const refused = attempts.find(({ error }) => error.code !== 'MODULE_NOT_FOUND');
  const lines = [...tried(attempts, refused, chosen), ...(refused ? cure(refused) : absent(chosen))];
  return new Error(lines.join('\n'), { cause: (refused ?? attempts.at(-1))?.error });
}

function tried(attempts, refused, chosen) {
  const reasons = attempts.map(({ name, error }) => [name, error.message.split('\n')[0]]);
  if (chosen) {
    return reasons.map(([name, reason]) => `CSPREAD_NATIVE_PATH names ${name}, which cannot be loaded: ${reason}`);
  }
  const what = refused ? 'native code that does not load here' : 'no native code for this machine';
  const head = `cspread has ${what} (${here()})`;
  return reasons.length > 0 ? [`${head}. Tried:`, ...reasons.map((both) => `  ${both.join(': ')}`)] : [`${head}.`];
}

function cure({ error, file }) {
  const refusal = REFUSALS.find(({ fits }) => fits(error, file));
  return refusal ? [refusal.cure] : [];
}

function absent(chosen) {
  if (chosen) {
    return ['There is no such file.'];
  }
  if (isBundled()) {
    return [
      'A bundle holds no native code: mark cspread external, so that it is taken from node_modules, or have',
      'CSPREAD_NATIVE_PATH name the file. docs/bundling.md tells how.',
    ];
  }
  // The platforms that there are packages for are in the manifest of an installed package, and not in a clone's.
  const packages = Object.keys(optionalDependencies ?? {});
  if (packages.length > 0 && !packages.includes(`cspread-${platform}`)) {
    const names = packages.map((name) => name.slice('cspread-'.length));
    return [`There are packages for ${names.join(', ')}. From a clone of the project, npm run build makes others.`];
  }
  return [
    'In a clone of the project, npm run build makes it. In an installed package, npm may have left the optional',
    'package of this platform out, as it does when a lock file was made on another one (npm/cli issue 4828). These',
    'two commands cure that:',
    ...REINSTALL,
  ];
}

/** Returns whether a bundler has put this code into one file with other packages. */
function isBundled() {
  if (typeof __dirname === 'undefined' || globalThis.Bun?.isStandaloneExecutable) {
    return true;
  }
  try {
    return JSON.parse(fs.readFileSync(nearestManifest(__dirname), 'utf8')).name !== 'cspread';
  } catch {
    return true;
  }
}

/** Returns the package.json of the folder or of the nearest one above it: how far up, a packer changes. */
function nearestManifest(folder) {
  const file = path.join(folder, 'package.json');
  return fs.existsSync(file) || path.dirname(folder) === folder ? file : nearestManifest(path.dirname(folder));
}

/** Makes the error when the version of native code (`its`) is not that of this package. */
function ofAnotherVersion(its, file, chosen) {
  const lines = [`cspread is version ${version}, and its native code version ${its ?? 'unknown'}:`];
  if (chosen) {
    lines.push(`${file}, which CSPREAD_NATIVE_PATH names, is not the one that belongs to it.`);
  } else if (isBundled()) {
    lines.push(`${file} is not the one that belongs to it. Build the bundle again, or mark cspread external.`);
  } else {
    lines.push(
      `${file} is not the one that belongs to it. In a clone of the project, npm run build makes the right one. In an`,
      'installed package these two commands bring both alike:',
      ...REINSTALL,
    );
  }
  return new Error(lines.join('\n'));
}

/** Describes this machine and its runtime. */
function here() {
  const { bun, deno } = process.versions;
  const runtime = (deno && `Deno ${deno}`) || (bun && `Bun ${bun}`) || `Node ${process.version}`;
  return `${platform}, ${runtime}`;
}

module.exports = { ofAnotherVersion, unloadable };
