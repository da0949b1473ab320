/** Addresses of daemons: turns what a program gives into the form that native code reads. */

const check = require('./check.js');
const { wrongType, wrongValue } = require('./errors.js');

const NAMES = ['host', 'port', 'path'];
const DEFAULT_PORT = 4803;

/** Matches a text that native code takes for a socket's path. */
const PATH = /^[\t\n\f\r ]*(?:[/.]|unix:)/;

/** Matches an address's host beyond ASCII. */
const FOREIGN_HOST = /(?<=@|:\/\/)[^\t\n\f\r @:/[\]]*[^\0-\x7f][^\t\n\f\r @:/[\]]*/g;

/** Matches a host's name: one without the characters that no domain may have. */
const HOST = /^[^\0- #%/:<>?@[\\\]^|\x7f]+$/;

/**
 * Returns whether a host is an IPv6 address. node:net takes 2 ms to load: only what looks like one is asked for there.
 */
function isIPv6(host) {
  return host.includes(':') && require('node:net').isIPv6(host);
}

/** Returns whether this is one address or several, and not options. */
function isAddress(value) {
  return (
    typeof value === 'string' ||
    Array.isArray(value) ||
    (typeof value === 'object' && value !== null && NAMES.some((name) => Object.hasOwn(value, name)))
  );
}

/** Reads one address or several. */
function addresses(value) {
  if (!Array.isArray(value)) {
    return [address(value)];
  }
  if (value.length === 0) {
    throw wrongValue('address', 'at least one address', value);
  }
  return Array.from(value, address);
}

function address(value) {
  if (value === undefined) {
    return '';
  }
  if (typeof value === 'string') {
    return written(value);
  }
  if (typeof value !== 'object' || value === null) {
    throw wrongType('address', "a string, an object with 'host' and 'port' or with 'path', or an array of them", value);
  }
  const given = check.known('address', value, NAMES);
  const { host, port = DEFAULT_PORT, path } = given;
  if (path !== undefined) {
    if (host !== undefined || given.port !== undefined) {
      throw wrongValue('address', "either 'path' or 'host' and 'port'", value);
    }
    return `unix:${text('address.path', path)}`;
  }
  check.integer('address.port', port, 1, 65_535);
  const at = check.string('address.host', host ?? 'localhost');
  return written(`${port}@${isIPv6(at) ? `[${at}]` : at}`);
}

/**
 * Reads an address that is written as one text. A host's name becomes the name that Node looks up for it. An invalid
 * name stays as it is, and native code refuses it.
 */
function written(value) {
  const given = text('address', value);
  return PATH.test(given) ? given : given.replace(FOREIGN_HOST, ascii);
}

/** Returns what is looked up for a host beyond ASCII, or the host itself if that is no name. Deno does not judge the result. */
function ascii(host) {
  const { domainToASCII } = require('node:url');
  const name = domainToASCII(host);
  return HOST.test(name) ? name : host;
}

/** Returns the text, checked to lose nothing in UTF-8. */
function text(what, value) {
  if (!check.string(what, value).isWellFormed()) {
    throw wrongValue(what, 'a string without lone surrogates, which UTF-8 cannot carry', value);
  }
  return value;
}

module.exports = { addresses, isAddress, text, written };
