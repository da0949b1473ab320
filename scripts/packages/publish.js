/**
 * Publishes the tarballs that pack.js has put into a folder: publish.js FOLDER [--dry-run]. The platforms' packages
 * come first, since the main one needs them to install. It skips what the registry has already, so that a publication
 * that broke off can be repeated.
 */

const fs = require('node:fs');
const path = require('node:path');
const { npm } = require('../npm.js');
const platforms = require('./platforms.js');
const { name, version } = require('../../package.json');

const DRY_RUN = '--dry-run';

/** Returns whether the registry has this version. */
function isPublished(run, of) {
  try {
    return run(['view', `${of}@${version}`, 'version', '--json'], { encoding: 'utf8', stdio: 'pipe' }).trim() !== '';
  } catch (error) {
    // The registry answers 404 if the whole package is new. Any other error is a failure, and no reason to publish.
    if (/\bE404\b/.test(`${error.stdout}${error.stderr}`)) {
      return false;
    }
    throw error;
  }
}

/** Publishes; `run` is npm. Returns the published packages, in order. */
function publish(folder, { dryRun = false, run = npm, log = console.log } = {}) {
  const names = [...Object.keys(platforms).map((platform) => `${name}-${platform}`), name];
  const file = (of) => path.join(folder, `${of}-${version}.tgz`);
  const missing = names.filter((of) => !fs.existsSync(file(of)));
  if (missing.length > 0) {
    throw new Error(`not in ${folder}: ${missing.join(', ')}. Nothing was published`);
  }
  const tag = version.includes('-') ? 'next' : 'latest';
  const how = dryRun ? [DRY_RUN] : ['--provenance'];
  return names.filter((of) => {
    if (isPublished(run, of)) {
      log(`${of}@${version} is there already`);
      return false;
    }
    run(['publish', file(of), '--access', 'public', '--tag', tag, ...how], { stdio: 'inherit' });
    return true;
  });
}

module.exports = { publish };

if (require.main === module) {
  const [folder] = process.argv.slice(2).filter((argument) => argument !== DRY_RUN);
  publish(path.resolve(folder ?? 'packed'), { dryRun: process.argv.includes(DRY_RUN) });
}
