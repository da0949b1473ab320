/** Packs, lists the contents of the tarballs, and runs use-packed.js on them. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pack } = require('./pack.js');
const { usePacked } = require('./use-packed.js');
const { files, version } = require('../../package.json');

/** A larger tarball is a mistake: it holds something that nobody needs. */
const MOST_BYTES = { main: 280_000, platform: 2_000_000 };

function list({ filename, size, unpackedSize, files }) {
  console.log(`\n${filename}: ${size} bytes, ${unpackedSize} unpacked`);
  for (const file of files) {
    console.log(`  ${String(file.size).padStart(8)}  ${file.path}`);
  }
}

/** Checks that every entry of `files` is in the tarball. */
function assertWhole({ filename, files, manifest }) {
  for (const entry of manifest.files) {
    const has = files.some((file) => file.path === entry || file.path.startsWith(`${entry}/`));
    assert.ok(has, `${entry} of "files" is not in ${filename}`);
  }
}

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-packed-'));
try {
  const packed = pack(work);
  for (const [which, account] of Object.entries(packed)) {
    list(account);
    assert.ok(account.size < MOST_BYTES[which], `${account.filename} has ${account.size} bytes`);
    assert.equal(account.version, version);
    assertWhole(account);
  }
  assert.deepEqual(packed.main.manifest.files, files);
  for (const folder of ['cli', 'lib/metrics', 'lib/web']) {
    const licences = packed.main.files.some((file) => file.path === `${folder}/LICENSES`);
    assert.ok(licences, `the licences of what is bundled into ${folder}`);
  }
  usePacked({ main: packed.main.file, native: packed.platform.file });
  console.log('the packages are fine');
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
