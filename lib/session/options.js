/** The options of connect(): each checked, and given its default. */

const { addresses, isAddress } = require('../shared/address.js');
const check = require('../shared/check.js');
const { SpreadError, outOfRange, wrongValue } = require('../shared/errors.js');
const signals = require('../shared/signals.js');
const engines = require('../native/engine.js');
const { native } = require('../native/pump.js');
const auth = require('./auth.js');

const MB = 1024 * 1024;
const MOST_MS = 2 ** 31 - 1;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;

const { maxMessageBytes, mostMessageBytes } = native.limits();

/** Option → [default, least, most]. */
const NUMBERS = {
  priority: [0, 0, 2],
  timeout: [5000, 1, MOST_MS],
  highWaterMark: [MB, 1, MOST_BYTES],
  maxQueuedBytes: [16 * MB, 1, MOST_BYTES],
  // As much as one read may bring before JavaScript has its turn.
  maxReceiveQueueBytes: [64 * MB, MB, MOST_BYTES],
  // With its groups.
  maxMessageBytes: [maxMessageBytes, 32, mostMessageBytes],
  sendWindow: [undefined, 1, MOST_BYTES],
  pingInterval: [undefined, 1, MOST_MS],
  pingTimeout: [undefined, 1, MOST_MS],
};

/**
 * With pingInterval alone. Messages stand still for about 3 s whenever the daemons change among themselves (measured on
 * 5.0.1).
 */
const PING_TIMEOUT = 10_000;

const RECONNECT = {
  attempts: [Number.POSITIVE_INFINITY, 1, Number.MAX_SAFE_INTEGER],
  minDelay: [100, 1, MOST_MS],
  maxDelay: [10_000, 1, MOST_MS],
};

const NAMES = [
  'address',
  'name',
  'membership',
  'signal',
  'engine',
  'libspread',
  'auth',
  'reconnect',
  'overflow',
  'keepAlive',
  ...Object.keys(NUMBERS),
];

function number(what, value, [standard, least, most]) {
  return value === undefined || value === standard ? standard : check.integer(what, value, least, most);
}

function numbers(given, table) {
  return Object.fromEntries(Object.entries(table).map(([what, range]) => [what, number(what, given[what], range)]));
}

/** The default options. */
const DEFAULTS = Object.freeze({
  addresses: [''],
  name: undefined,
  privateName: '',
  membership: true,
  keepAlive: true,
  overflow: 'disconnect',
  reconnect: undefined,
  auth: undefined,
  libspread: undefined,
  ...numbers({ __proto__: null }, NUMBERS),
});

/** Reads the argument of connect(): an address, several, or options. */
function parse(argument) {
  const given = isAddress(argument) ? { __proto__: null, address: argument } : check.known('options', argument, NAMES);
  const { name, membership = true, signal, engine, libspread, reconnect, overflow, keepAlive = true } = given;
  const options = {
    ...DEFAULTS,
    ...numbers(given, NUMBERS),
    addresses: addresses(given.address),
    name: privateName(name),
    privateName: name ?? '',
    membership: check.boolean('membership', membership),
    keepAlive: check.boolean('keepAlive', keepAlive),
    overflow: oneOf('overflow', overflow ?? 'disconnect', ['disconnect', 'pause']),
    signal: signals.checked(signal),
    engine: engines.chosen(engine),
    libspread: libspread === undefined ? undefined : check.string('libspread', libspread),
    reconnect: reconnection(reconnect),
  };
  options.auth = auth.parse(given.auth, options.engine);
  return fitting(options);
}

/** Refuses options that do not go together. */
function fitting(options) {
  const { highWaterMark, maxQueuedBytes, pingInterval, pingTimeout } = options;
  if (highWaterMark > maxQueuedBytes) {
    throw outOfRange('highWaterMark', `at most maxQueuedBytes (${maxQueuedBytes})`, highWaterMark);
  }
  if (pingInterval === undefined && pingTimeout !== undefined) {
    throw wrongValue('pingTimeout', 'given together with pingInterval', pingTimeout);
  }
  return { ...options, pingTimeout: pingInterval === undefined ? 0 : (pingTimeout ?? PING_TIMEOUT) };
}

/** Checks a private name: spread-proto judges it, but an empty one would leave the choice to the daemon. */
function privateName(name) {
  if (name !== undefined && check.string('name', name) === '') {
    throw new SpreadError('ERR_SPREAD_ILLEGAL_NAME', 'the name is empty: leave it out to have the daemon choose one');
  }
  return name;
}

function oneOf(what, value, values) {
  if (!values.includes(value)) {
    throw wrongValue(what, values.map((name) => `'${name}'`).join(' or '), value);
  }
  return value;
}

/** Reads `reconnect`: false, true (the defaults), or limits. */
function reconnection(value) {
  if (value === undefined || value === false) {
    return undefined;
  }
  const given = value === true ? { __proto__: null } : check.known('reconnect', value, Object.keys(RECONNECT));
  const limits = numbers(given, RECONNECT);
  if (limits.minDelay > limits.maxDelay) {
    throw outOfRange('reconnect.minDelay', `at most reconnect.maxDelay (${limits.maxDelay})`, limits.minDelay);
  }
  return limits;
}

module.exports = { DEFAULTS, parse };
