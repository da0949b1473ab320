/** SpreadDaemon: the embedded daemon, a single-node Spread daemon in a thread of this process. */

const { EventEmitter } = require('node:events');
const { text } = require('../shared/address.js');
const check = require('../shared/check.js');
const { Context } = require('../shared/context.js');
const { fromNative } = require('../shared/errors.js');
const { asyncDispose } = require('../shared/host.js');
const { named } = require('../shared/named.js');
const { shows } = require('../shared/shown.js');
const { Holder } = require('../native/holder.js');
const { daemons, native, settle } = require('../native/pump.js');
const { nobody, read } = require('./snapshot.js');

const MOST = Number.MAX_SAFE_INTEGER;

/** The defaults are the daemon's own. */
const { port: PORT, daemonMode: MODE, daemon: DEFAULTS } = native.limits();

/** Option → the most that is legal; the least is 1. */
const BOUNDS = {
  maxSessions: 1_000_000,
  maxHandshakes: 1_000_000,
  handshakeTimeout: 2 ** 31 - 1,
  maxGroups: MOST,
  maxSessionGroups: MOST,
  maxGroupMembers: MOST,
  maxSessionBytes: MOST,
  maxSessionMessages: MOST,
  maxTotalBytes: MOST,
  maxMessageBytes: DEFAULTS.maxMessageBytes,
};

/** Sessions, groups and memberships in a snapshot: by default, and at most. */
const [SNAPSHOT, MOST_SNAPSHOT] = [10_000, 1_000_000];

const NAMES = ['name', 'host', 'port', 'path', 'mode', 'strict', 'allowIp', ...Object.keys(BOUNDS)];

/** Events of clients. Native code reports them as long as they have a listener. */
const CLIENT_EVENTS = ['connect', 'disconnect'];

class SpreadDaemon extends EventEmitter {
  #id;
  #stopped;
  #onStopped;
  #holder = new Holder();
  #figures = {};
  /** Number → what to do with the snapshot that was asked for under it. */
  #asked = new Map();
  #number = 0;

  constructor(key, id, { name, host, path }) {
    if (key !== constructionKey) {
      throw new TypeError('SpreadDaemon.start() makes daemons');
    }
    super();
    this.#id = id;
    this.name = name;
    this.port = native.daemonPort(id);
    this.path = path;
    this.address = host?.includes(':')
      ? `${this.port}@[${host.replace(/[[\]]/g, '')}]`
      : `${this.port}@${host ?? '127.0.0.1'}`;
    this.#stopped = new Promise((resolve) => {
      this.#onStopped = resolve;
    });
    const context = new Context();
    daemons.set(id, (kind, text) => context.run(() => this.#heard[kind](text)));
    const ask = (event) => CLIENT_EVENTS.includes(event) && native.reportClients(id, true);
    const listens = () => CLIENT_EVENTS.some((event) => this.listenerCount(event) > 0);
    this.on('newListener', ask);
    this.on('removeListener', () => native.reportClients(id, listens()));
  }

  /** Starts a daemon. */
  static async start(options) {
    const given = check.known('options', options, NAMES);
    const { name = 'localhost', host, port = PORT, path, mode = MODE, strict = false, allowIp } = given;
    check.string('name', name);
    check.integer('port', port, 0, 65_535);
    check.integer('mode', mode, 0, 0o777);
    check.boolean('strict', strict);
    for (const [what, value] of Object.entries({ host, path })) {
      if (value !== undefined) {
        text(what, value);
      }
    }
    const rules = allowIp === undefined ? undefined : check.strings('allowIp', allowIp);
    const bound = ([what, most]) => {
      const value = given[what] ?? DEFAULTS[what];
      return [what, value === DEFAULTS[what] ? value : check.integer(what, value, 1, most)];
    };
    const bounds = Object.fromEntries(Object.entries(BOUNDS).map(bound));
    const asked = { __proto__: null, name, host, port, path, mode, strict, allowIp: rules, ...bounds };
    const id = native.startDaemon(asked);
    if (id === 0) {
      throw fromNative(native.lastFailure());
    }
    return new SpreadDaemon(constructionKey, id, { name, host, path });
  }

  /** Returns the daemon's figures so far. */
  stats() {
    const figures = native.daemonStats(this.#id);
    if (figures !== undefined) {
      this.#figures = figures;
    }
    return { ...this.#figures };
  }

  /** Resolves with who is there now. */
  snapshot(options) {
    return new Promise((resolve) => {
      const { limit = SNAPSHOT } = check.known('options', options, ['limit']);
      check.integer('limit', limit, 1, MOST_SNAPSHOT);
      if (!daemons.has(this.#id)) {
        resolve(nobody(this.name));
        return;
      }
      this.#number = (this.#number + 1) >>> 0;
      this.#asked.set(this.#number, resolve);
      native.askDaemon(this.#id, this.#number, limit);
    });
  }

  /** Ends every session, closes every socket. */
  stop() {
    native.stopDaemon(this.#id);
    return this.#stopped;
  }

  [asyncDispose]() {
    return this.stop();
  }

  ref() {
    this.#holder.ref();
    return this;
  }

  unref() {
    this.#holder.unref();
    return this;
  }

  /** What to do with a notice, by its kind. */
  #heard = {
    connect: (text) => this.#report('connect', text),
    disconnect: (text) => this.#report('disconnect', text),
    snapshot: (text) => this.#answer(text),
    stopped: () => this.#end(),
  };

  #answer(text) {
    const [number, snapshot] = read(text, this.name);
    this.#asked.get(number)(snapshot);
    this.#asked.delete(number);
    settle();
  }

  #report(kind, text) {
    const [missed, privateGroup, peer, cause, reason] = text.split('\t');
    const who = { privateGroup: privateGroup || null, peer };
    this.emit(kind, { ...who, ...(kind === 'disconnect' && { cause, reason }), missed: Number(missed) });
  }

  #end() {
    this.stats();
    daemons.delete(this.#id);
    native.forgetDaemon(this.#id);
    for (const resolve of this.#asked.values()) {
      resolve(nobody(this.name));
    }
    this.#asked.clear();
    this.#onStopped();
    this.#holder.end();
    settle();
  }
}

named('SpreadDaemon', SpreadDaemon);
shows(SpreadDaemon, ({ name, address, port, path }) => ({ name, address, port, path }));

const constructionKey = Symbol('SpreadDaemon.start');

module.exports = { SpreadDaemon };
