/**
 * Authentication methods: the exchange between the connect request and the daemon's verdict.
 *
 * NULL (the daemon asks nothing) and IP (the daemon checks the address) exchange no bytes. Any other method is a
 * function that gets a stream to the daemon. Bytes that it leaves unread go back: the daemon's verdict may follow its
 * last byte.
 */

const { Buffer } = require('node:buffer');
const check = require('../shared/check.js');
const { SpreadError, wrongType, wrongValue } = require('../shared/errors.js');
const { methods, native } = require('../native/pump.js');

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

/** Authenticates one connection. */
class Authenticator {
  #id;
  #list;
  #turn = 0;
  #exchange = undefined;
  /** The error of the first method that failed. */
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
    // Loaded when it is needed: streams take a good part of this package's loading time.
    const Exchange = require('./exchange.js');
    const exchange = new Exchange(this.#id, this.#turn);
    // Without a listener, the error of a method that was given up would be uncaught.
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

  /** Ends the exchange: the handshake is over. */
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

/** Ends the session's authentication: the handshake is over. A method's error becomes the cause of its failure. */
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

/** Returns the methods in native.connect()'s form. */
function forNative(list) {
  return list?.map(({ name, authenticate }) => ({ __proto__: null, name, interactive: authenticate !== undefined }));
}

module.exports = { begin, end, forNative, parse };
