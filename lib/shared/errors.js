/**
 * Every error of cspread: one table from its stable code to Spread's number and name, and the only place that
 * makes them. docs/errors.md has the cure for each; a test compares the two, and both with the native code.
 */

const { named } = require('./named.js');

/** Code → [Spread's number (0: none), Spread's name, meaning]. */
const TABLE = {
  ERR_SPREAD_ABORTED: [0, '', 'the session was given up before it was connected'],
  ERR_SPREAD_CONNECTION_CLOSED: [-8, 'CONNECTION_CLOSED', 'the connection to the daemon ended'],
  ERR_SPREAD_COULD_NOT_CONNECT: [-2, 'COULD_NOT_CONNECT', 'no daemon answers at the address'],
  ERR_SPREAD_DAEMON: [0, '', 'the embedded daemon could not start'],
  ERR_SPREAD_FORMAT: [0, '', 'a member speaks another format of replicated state'],
  ERR_SPREAD_HOST_NOT_FOUND: [-1, 'ILLEGAL_SPREAD', "the daemon's host has no address"],
  ERR_SPREAD_ILLEGAL_ADDRESS: [-1, 'ILLEGAL_SPREAD', "the daemon's address is not one"],
  ERR_SPREAD_ILLEGAL_GROUP: [-14, 'ILLEGAL_GROUP', 'the group name is illegal'],
  ERR_SPREAD_ILLEGAL_NAME: [-5, 'REJECT_ILLEGAL_NAME', 'the private name is illegal'],
  ERR_SPREAD_ILLEGAL_SERVICE: [-12, 'ILLEGAL_SERVICE', 'the service is not exactly one, alone or with SELF_DISCARD'],
  ERR_SPREAD_INTERNAL: [-19, 'SP_BUG', 'a fault in cspread itself'],
  ERR_SPREAD_LIBSPREAD_NOT_FOUND: [0, '', 'the C library was asked for and is not to be had'],
  ERR_SPREAD_LIMIT: [0, '', 'a bound that the program has set is reached'],
  ERR_SPREAD_LOCK_LOST: [0, '', 'the lock was lost'],
  ERR_SPREAD_MEMBER_LEFT: [0, '', 'the member has left before it answered'],
  ERR_SPREAD_MESSAGE_TOO_LONG: [-17, 'MESSAGE_TOO_LONG', 'the message is too long'],
  ERR_SPREAD_NOT_A_MEMBER: [0, '', 'the session is not in the group'],
  ERR_SPREAD_NOT_CONNECTED: [-11, 'ILLEGAL_SESSION', 'the session is not connected'],
  ERR_SPREAD_NO_PRIMARY: [0, '', 'this part of the group is not the primary one'],
  ERR_SPREAD_PING_TIMEOUT: [-8, 'CONNECTION_CLOSED', 'the daemon did not answer a ping'],
  ERR_SPREAD_PROTOCOL: [-13, 'ILLEGAL_MESSAGE', 'the daemon sent what is no Spread message'],
  ERR_SPREAD_QUEUE_FULL: [0, '', 'the send queue is full'],
  ERR_SPREAD_REJECT_AUTH: [-9, 'REJECT_AUTH', 'the daemon refuses the authentication'],
  ERR_SPREAD_REJECT_ILLEGAL_NAME: [-5, 'REJECT_ILLEGAL_NAME', 'the daemon refuses the private name as illegal'],
  ERR_SPREAD_REJECT_NO_NAME: [-4, 'REJECT_NO_NAME', 'the daemon wants a name'],
  ERR_SPREAD_REJECT_NOT_UNIQUE: [-6, 'REJECT_NOT_UNIQUE', 'the private name is in use on the daemon'],
  ERR_SPREAD_REJECT_QUOTA: [-3, 'REJECT_QUOTA', 'the daemon has as many sessions as it takes'],
  ERR_SPREAD_REJECT_VERSION: [-7, 'REJECT_VERSION', 'the daemon and cspread are too far apart in version'],
  ERR_SPREAD_RESOURCES: [0, '', 'the system has no more descriptors, threads or memory'],
  ERR_SPREAD_SLOW_CONSUMER: [-8, 'CONNECTION_CLOSED', 'messages came faster than the program took them'],
  ERR_SPREAD_TIMEOUT: [-8, 'CONNECTION_CLOSED', 'the deadline passed'],
  ERR_SPREAD_TOO_MANY_GROUPS: [-13, 'ILLEGAL_MESSAGE', 'the message goes to more than 43 groups'],
  ERR_SPREAD_UNSUPPORTED: [0, '', 'the engine chosen cannot do that'],
  ERR_SPREAD_VERSION: [0, '', 'the key has another version'],
};

class SpreadError extends Error {
  /**
   * @param {string} code one of the table
   * @param {string} [message] what happened; the table's own words if nothing more is known
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    const [number, name, meaning] = TABLE[code];
    super(message ?? meaning, options);
    this.code = code;
    if (number !== 0) {
      this.spreadCode = number;
      this.spreadName = name;
    }
  }
}
Object.defineProperty(SpreadError.prototype, 'name', {
  __proto__: null,
  value: 'SpreadError',
  configurable: true,
  writable: true,
});
named('SpreadError', SpreadError);

/**
 * Makes an error from native code's report. If the system refused something, the error has Node's properties
 * for that: its number, negative as Node has it, and the call.
 */
function fromNative({ code, number, text, errno, syscall }) {
  if (TABLE[code] === undefined) {
    return withCode(new TypeError(text), code);
  }
  const error = new SpreadError(code, text);
  if (number !== 0) {
    error.spreadCode = number;
  }
  if (syscall !== '') {
    error.errno = -errno;
    error.syscall = syscall;
  }
  return error;
}

/**
 * The place where the program begins something, for the stack of a later error. Making one takes a few µs: too long for
 * a call whose promise suffices.
 */
class CallSite {
  constructor(fn) {
    Error.captureStackTrace(this, fn);
  }
}

/**
 * Returns one caller's own copy of a SpreadError, since others may get the same one. Its stack is that of the site;
 * without a site that of this moment, which in an async function leads to the code that awaits it. It returns any other
 * error unchanged.
 */
function ownError(error, site) {
  if (!(error instanceof SpreadError)) {
    return error;
  }
  const options = 'cause' in error ? { __proto__: null, cause: error.cause } : undefined;
  const own = Object.assign(new SpreadError(error.code, error.message, options), error);
  if (site !== undefined) {
    own.stack = beginning(`${own.name}: ${own.message}`, site.stack);
  }
  return own;
}

/** Returns a stack with this first line. It leaves stacks that the program has formatted itself unchanged. */
function beginning(line, stack) {
  if (typeof stack !== 'string') {
    return stack;
  }
  const frames = stack.indexOf('\n    at ');
  return frames < 0 ? line : line + stack.slice(frames);
}

function withCode(error, code) {
  error.code = code;
  return error;
}

/** Makes the error of an argument of a wrong type, with Node's own code. */
function wrongType(what, wanted, given) {
  return withCode(new TypeError(`${what} must be ${wanted}, not ${show(given)}`), 'ERR_INVALID_ARG_TYPE');
}

/** Makes the error of an argument of the right type with an invalid value. */
function wrongValue(what, wanted, given) {
  return withCode(new TypeError(`${what} must be ${wanted}, not ${show(given)}`), 'ERR_INVALID_ARG_VALUE');
}

/** Makes the error of a view that has lost its memory. */
function memoryGone(what) {
  const text = `${what} is a view without memory: that was transferred, or its buffer has shrunk`;
  return withCode(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
}

/** Makes the error of an unknown option. */
function unknownOption(what, name, names) {
  return withCode(
    new TypeError(`${what} has no ${name.slice(0, 40).toWellFormed()}: it takes ${names.join(', ')}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** Makes the error of a number out of its range. */
function outOfRange(what, wanted, given) {
  return withCode(new RangeError(`${what} must be ${wanted}, not ${show(given)}`), 'ERR_OUT_OF_RANGE');
}

/** Formats a value for an error text, and never calls the value's own code. */
function show(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  switch (typeof value) {
    case 'string': {
      const short = value.length > 40 ? `${value.slice(0, 40)}…` : value;
      return `the string '${short.toWellFormed()}'`;
    }
    case 'number':
    case 'boolean':
    case 'bigint':
      return `the ${typeof value} ${Object.is(value, -0) ? '-0' : value}`;
    case 'symbol':
    case 'function':
      return `a ${typeof value}`;
    default:
      return Array.isArray(value) ? 'an array' : 'an object';
  }
}

module.exports = {
  CallSite,
  SpreadError,
  TABLE,
  fromNative,
  memoryGone,
  ownError,
  outOfRange,
  unknownOption,
  wrongType,
  wrongValue,
};
