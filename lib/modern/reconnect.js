/**
 * Reconnecting. In Spread a new connection is a new member: nothing of the old one continues. So the session joins its
 * groups again, in the order in which it had joined them, and gets new views; it sends nothing again.
 *
 * ```text
 * lost ─▶ 'disconnect' ─▶ wait ─▶ 'reconnecting' ─▶ connect ─▶ join all ─▶ all views are there ─▶ 'reconnect'
 *                          ▲                          │ failed
 *                          └──────────────────────────┘
 * ```
 *
 * The wait is random between nothing and a bound that doubles from `minDelay` to `maxDelay`, so that the sessions of a
 * daemon that has gone do not come back all at once. Each attempt tries all addresses, beginning after the one that
 * was lost or tried first before.
 */

const { publish } = require('../shared/diagnostics.js');
const { fromNative } = require('../shared/errors.js');
const { clearTimeout, setTimeout } = require('../shared/host.js');
const { answer, fail } = require('../native/awaiting.js');
const { native } = require('../native/pump.js');
const flow = require('../stream/flow.js');
const { connect, end, failUnsent, later } = require('../session/connection.js');
const { requestFrom, whenSent } = require('../session/requests.js');
const { report } = require('./reporter.js');

/** Errors that no attempt can change. A name in use is not among them: the daemon may not have noticed the loss yet. */
const FINAL = new Set([
  'ERR_SPREAD_ILLEGAL_ADDRESS',
  'ERR_SPREAD_ILLEGAL_NAME',
  'ERR_SPREAD_LIBSPREAD_NOT_FOUND',
  'ERR_SPREAD_REJECT_AUTH',
  'ERR_SPREAD_REJECT_ILLEGAL_NAME',
  'ERR_SPREAD_REJECT_VERSION',
  'ERR_SPREAD_UNSUPPORTED',
]);

class Reconnecting {
  #limits;
  #attempt = 0;
  #timer = undefined;
  #isTrying = false;
  /** The address with which the next attempt begins. */
  #first = 0;
  /** The private group before the loss, and the groups whose views are still to come; while that is so. */
  #previous = undefined;
  #missing = undefined;
  reconnects = 0;

  constructor(limits) {
    this.#limits = limits;
  }

  /** Handles the end of a connection or of an attempt. Returns whether there is another attempt. */
  takesOver(session, state, loss) {
    if (state.phase === 'disconnecting' || !state.isAnnounced) {
      return false;
    }
    const wasConnected = state.phase === 'connected';
    if (wasConnected && this.#missing === undefined) {
      this.#attempt = 0;
    }
    // An attempt whose connection is lost before all views are there has failed like any other.
    this.#missing = undefined;
    if (this.#attempt >= this.#limits.attempts || FINAL.has(loss.error.code)) {
      return false;
    }
    this.#wait(session, state);
    if (wasConnected) {
      this.#lost(session, state, loss);
    }
    return true;
  }

  #lost(session, state, loss) {
    const { joins, leaves } = state.memberships.lost();
    state.phase = 'reconnecting';
    fail(joins, loss.error);
    answer(leaves);
    failUnsent(state, loss.error);
    state.reporter.lost(session, state, { ...loss, willReconnect: true });
  }

  #wait(session, state) {
    const { minDelay, maxDelay } = this.#limits;
    const delay = Math.random() * Math.min(maxDelay, minDelay * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#isTrying = false;
    this.#timer = setTimeout(() => state.context.run(() => this.#try(session, state)), delay);
    // The session itself holds the process, or does not.
    this.#timer.unref();
  }

  #try(session, state) {
    if (!flow.hasRoom(state)) {
      // A new connection's deliveries would end it at once: iterators must take something first.
      state.onRoom = () => state.context.run(() => this.#tryNow(session, state));
      return;
    }
    this.#tryNow(session, state);
  }

  #tryNow(session, state) {
    const { addresses } = state.options;
    this.#first = (this.#first + 1) % addresses.length;
    this.#isTrying = true;
    connect(session, state, [...addresses.slice(this.#first), ...addresses.slice(0, this.#first)]);
    publish('reconnecting', session, { attempt: this.#attempt });
    session.emit('reconnecting', { attempt: this.#attempt });
  }

  /** Handles that the session is connected again. */
  connected(session, state, previous) {
    this.#isTrying = false;
    this.#previous = previous;
    this.#missing = new Set(state.memberships.wanted);
    if (![...this.#missing].every((group) => this.#rejoin(session, state, group))) {
      return;
    }
    if (!state.options.membership) {
      this.#missing.clear();
      // If the connection is lost before that, they wait for the next one.
      whenSent(state, (error) => error ?? answer(state.memberships.handedOver()));
    }
    this.#look(session, state);
  }

  /** Asks for a group. Returns whether there is still a connection: a loss is reported next. */
  #rejoin(session, state, group) {
    state.memberships.rejoin(group);
    if (requestFrom(state, state.id, true, group)) {
      return true;
    }
    const error = fromNative(native.lastFailure());
    if (error.code === 'ERR_SPREAD_NOT_CONNECTED') {
      return false;
    }
    this.#missing.delete(group);
    const waiters = state.memberships.refused(group);
    fail(waiters, error);
    if (waiters.length === 0) {
      report(session, error);
    }
    return true;
  }

  /** Takes a view, or the confirmation of a leave. */
  viewed(session, state, view) {
    if (this.#missing !== undefined && view.index >= 0) {
      this.left(session, state, view.group);
    }
  }

  left(session, state, group) {
    if (this.#missing?.delete(group)) {
      this.#look(session, state);
    }
  }

  /** Completes reconnecting once all views have arrived: the session is in its groups again, as another member. */
  #look(session, state) {
    if (this.#missing.size > 0) {
      return;
    }
    this.#missing = undefined;
    this.reconnects += 1;
    const reconnect = {
      attempts: this.#attempt,
      address: state.address,
      previous: this.#previous,
      privateGroup: state.privateGroup,
      views: [...state.memberships.views.values()],
    };
    publish('reconnected', session, reconnect);
    session.emit('reconnect', reconnect);
  }

  /** Returns whether views of rejoined groups are still to come. */
  get isRejoining() {
    return this.#missing !== undefined;
  }

  /** Handles disconnect() while there is no connection. */
  stop(session, state) {
    clearTimeout(this.#timer);
    state.onRoom = undefined;
    if (this.#isTrying) {
      native.disconnect(state.id, 0);
    } else {
      later(state, () => end(session, state, undefined));
    }
  }
}

module.exports = { Reconnecting };
