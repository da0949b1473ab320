/**
 * Authentication methods: what a session says between the connect request and the daemon's verdict.
 *
 * NULL (nothing is asked) and IP (the daemon looks at the address) exchange no bytes. Any other method is a function
 * that is given a stream to the daemon. What it leaves unread goes back: the daemon's verdict may stand behind its
 * last byte.
 */

const { Buffer } = require('node:buffer');
const check = require('./check.js');
const { SpreadError, wrongType, wrongValue } = require('./errors.js');
const { methods, native } = require('./pump.js');

/** Clients choose one method or two. */
const MOST = 2;
const { mostAuthName: MOST_NAME } = native.limits();
const BUILT_IN = ['NULL', 'IP'];

/** The option `auth`: a list of methods. */
function parse(value, engine) {
  if (value === undefined) {
    return undefined;
  }
  if (!Array.isArray(value)) {
    throw wrongType('auth', 'an array of methods', value);
  }
  if (value.length === 0 || value.length > MOST) {
    throw wrongValue('auth', `an array of 1 or ${MOST} methods`, value);
  }
  const list = Array.from(value, method);
  // The C library keeps its methods for the whole process.
  const foreign = list.find(({ name }) => name !== 'NULL');
  if (engine === 'libspread' && foreign !== undefined) {
    throw new SpreadError('ERR_SPREAD_UNSUPPORTED', `the libspread engine does not authenticate by ${foreign.name}`);
  }
  return list;
}

function method(value) {
  const given =
    typeof value === 'string' ? { __proto__: null, name: value } : check.known('auth', value, ['name', 'authenticate']);
  const name = check.string('auth.name', given.name);
  if (!/^[!-~]+$/.test(name) || name.length > MOST_NAME) {
    throw wrongValue('auth.name', `1 to ${MOST_NAME} printable ASCII characters without blanks`, name);
  }
  const authenticate = check.callback('auth.authenticate', given.authenticate);
  if (authenticate === undefined && !BUILT_IN.includes(name)) {
    throw wrongType('auth.authenticate', `a function, for any method but ${BUILT_IN.join(' and ')}`, authenticate);
  }
  return { name, authenticate };
}

/** Whoever authenticates one connection. */
class Authenticator {
  #id;
  #list;
  #turn = 0;
  #exchange = undefined;
  /** What the first method that failed has thrown. */
  cause = undefined;

  constructor(id, context, list) {
    this.#id = id;
    this.#list = list;
    methods.set(id, (kind, text) => context.run(() => (kind === 'auth' ? this.#begin(text) : this.#give(text))));
  }

  #begin(text) {
    const [, turn, index, address] = /^(\d+) (\d+) (.*)$/s.exec(text);
    this.#drop();
    this.#turn = Number(turn);
    // Loaded for those who need it: streams take a good part of the time that this package takes to load.
    const Exchange = require('./exchange.js');
    const exchange = new Exchange(this.#id, this.#turn);
    // A method that is given up does not hear of it otherwise, and need not.
    exchange.on('error', () => {});
    this.#exchange = exchange;
    this.#run(exchange, this.#turn, this.#list[index], address);
  }

  async #run(exchange, turn, { authenticate }, address) {
    try {
      await authenticate(exchange, { address });
      native.authDone(this.#id, turn, exchange.used);
    } catch (error) {
      this.cause ??= error;
      native.authDone(this.#id, turn, 0, String(error?.message ?? error));
    }
  }

  #give(text) {
    const [turn, hex] = text.split(' ');
    if (Number(turn) === this.#turn) {
      this.#exchange.give(Buffer.from(hex, 'hex'));
    }
  }

  #drop() {
    this.#exchange?.destroy(new SpreadError('ERR_SPREAD_ABORTED', 'this attempt to connect is over'));
  }

  /** The handshake is over. */
  end() {
    methods.delete(this.#id);
    this.#drop();
  }
}

/** Begins to authenticate the session's attempt to connect. */
function begin(state) {
  if (state.options.auth?.some(({ authenticate }) => authenticate)) {
    state.authenticator = new Authenticator(state.id, state.context, state.options.auth);
  }
}

/** The handshake is over; what a method has thrown is why it failed. */
function end(state, error) {
  const { authenticator } = state;
  if (authenticator !== undefined) {
    state.authenticator = undefined;
    authenticator.end();
    if (error?.code === 'ERR_SPREAD_REJECT_AUTH' && authenticator.cause !== undefined) {
      error.cause = authenticator.cause;
    }
  }
}

/** As native.connect() takes them. */
function forNative(list) {
  return list?.map(({ name, authenticate }) => ({ __proto__: null, name, interactive: authenticate !== undefined }));
}

module.exports = { begin, end, forNative, parse };
