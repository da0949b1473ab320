/** A real Spread daemon that runs on this machine, if SPREAD_REAL says where: '4803@localhost'. */

const fs = require('node:fs');

const address = process.env.SPREAD_REAL;
const library = process.env.CSPREAD_LIBSPREAD;

/** The process that listens at a port; undefined if that is not to be found. */
function listener(port) {
  try {
    const wanted = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`;
    const lines = fs.readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1);
    const fields = lines.map((line) => line.trim().split(/\s+/));
    const inode = fields.find((line) => line[3] === '0A' && line[1].endsWith(wanted))?.[9];
    return fs.readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && holds(pid, `socket:[${inode}]`));
  } catch {
    return undefined;
  }
}

function holds(pid, link) {
  try {
    const folder = `/proc/${pid}/fd`;
    return fs.readdirSync(folder).some((fd) => fs.readlinkSync(`${folder}/${fd}`) === link);
  } catch {
    return false;
  }
}

const port = address?.split('@')[0];
const absent = () => (address ? undefined : 'no SPREAD_REAL, where a real daemon listens');
const noLibrary = () => absent() ?? (library ? undefined : 'no CSPREAD_LIBSPREAD, the path of a C library');

module.exports = { absent, address, library, listener, noLibrary, port };
