/** What this machine is called in the names of native files and packages: `linux-x64-gnu`. */

/** musl or gnu, on Linux; the report's header names glibc only where Node was built for it. */
function libc() {
  if (process.platform !== 'linux') {
    return '';
  }
  const { header } = process.report.getReport();
  return header.glibcVersionRuntime ? '-gnu' : '-musl';
}

const abi = process.platform === 'win32' ? '-msvc' : libc();

module.exports = `${process.platform}-${process.arch}${abi}`;
