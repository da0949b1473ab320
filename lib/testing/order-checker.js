/** OrderChecker: watches sessions, and checks whether what they were delivered is what Spread promises. */

const { SpreadSession, check, isFresh, named, observe, wrongType, wrongValue } = require('../index.js');
const { History } = require('./history.js');

const DEFAULT_LIMIT = 1_000_000;

class OrderChecker {
  #history;
  #watched = new Set();

  constructor(options) {
    const { limit = DEFAULT_LIMIT } = check.known('options', options, ['limit']);
    this.#history = new History(check.integer('limit', limit, 1, Number.MAX_SAFE_INTEGER));
  }

  /** Begins to note what a session sends and is delivered. */
  watch(session, label) {
    if (!(session instanceof SpreadSession)) {
      throw wrongType('session', 'a session', session);
    }
    if (label !== undefined) {
      check.string('label', label);
    }
    if (this.#watched.has(session)) {
      throw wrongValue('session', 'a session that this checker does not watch yet', session);
    }
    this.#watched.add(session);
    const watch = new Watch(this.#history, label);
    if (session.state === 'connected' || session.state === 'disconnecting') {
      watch.begin(session.privateGroup, isFresh(session));
    }
    const end = observe(session, (what, about) => {
      watch.take(what, about);
      if (what === 'closed') {
        this.#watched.delete(session);
      }
    });
    return {
      stop: () => {
        end();
        watch.take('closed');
        this.#watched.delete(session);
      },
    };
  }

  /** Throws an OrderError if anything is wrong in what was delivered so far; otherwise returns figures. */
  verify(options) {
    const { groups } = check.known('options', options, ['groups']);
    return this.#history.verify(groups === undefined ? undefined : check.strings('groups', groups));
  }
}
named('OrderChecker', OrderChecker);

/** One session: its connections, one after the other. */
class Watch {
  #history;
  #label;
  #life;

  constructor(history, label) {
    this.#history = history;
    this.#label = label;
  }

  /** Begins a connection: parameters as those of Life. */
  begin(privateGroup, isWhole) {
    this.#life = this.#history.begin(this.#label ?? privateGroup, privateGroup, isWhole);
  }

  /** Takes what lib/session/observe.js reports. */
  take(what, about) {
    this.#history.now += 1;
    switch (what) {
      case 'connected':
        this.begin(about.privateGroup, true);
        break;
      case 'lost':
      case 'closed':
        this.#life?.end();
        this.#life = undefined;
        break;
      case 'delivered':
        this.#delivered(about);
        break;
      default:
        this.#life?.[what](about);
    }
  }

  #delivered(delivery) {
    switch (delivery.kind) {
      case 'message':
        this.#life?.message(delivery);
        break;
      case 'view':
        this.#life?.view(delivery);
        break;
      case 'transition':
        this.#life?.signal(delivery);
        break;
      case 'selfLeave':
        this.#life?.left(delivery);
        break;
      default:
        this.#life?.rejected(delivery);
    }
  }
}

module.exports = { OrderChecker, Watch };
