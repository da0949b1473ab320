import SpreadSession = require('../../index.js');

/** Options of an {@link OrderChecker}. An unknown name is an error. */
export interface OrderCheckerOptions {
  /**
   * Most deliveries that are kept, 1,000,000 by default. Beyond it the checker verifies all, within a delivery, keeps what
   * it found, and forgets the oldest quarter. One takes about 200 bytes where three sessions are watched, less where more are.
   */
  limit?: number | undefined;
}

/** Options of {@link OrderChecker.verify}. An unknown name is an error. */
export interface VerifyOptions {
  /** The groups to check; all by default. */
  groups?: readonly string[] | undefined;
}

/** What {@link OrderChecker.verify} compared: as much as is kept. */
export interface OrderFigures {
  /** Deliveries of messages: a message that three sessions were delivered counts three times. */
  messages: number;
  /** Deliveries of views. */
  views: number;
  /** Pairs of connections that were delivered a view in common. */
  pairs: number;
  /** Stretches from one view to the next that several sessions went through together. */
  spans: number;
}

/** The watch of one session. */
export interface OrderWatch {
  /** Ends the watch. What it has noted stays; nothing that is missing afterwards is an error. Idempotent. */
  stop(): void;
}

/**
 * Which promise was broken.
 *
 * - `'order'`: two sessions were delivered the same two messages or views in different orders. Unreliable and reliable messages
 *   have an order among the sessions of one daemon only.
 * - `'set'`: two sessions went from one view to the next in one virtual-synchrony set, and only one of them was delivered a
 *   message in between. Unreliable messages are left out, and reliable ones between daemons.
 * - `'own'`: a session was not delivered a message of its own, FIFO or stronger, that it sent as a member, before a later one
 *   of its own, or before its leave.
 * - `'safe'`: a SAFE message was delivered before a transitional signal, and another session of that view went on without it.
 * - `'transition'`: a view with cause `'network'` lost members, without a transitional signal before.
 * - `'view'`: two sessions that were members all the time were delivered views with the same id and other members, or one was
 *   delivered an id twice.
 */
export type OrderRule = 'order' | 'set' | 'own' | 'safe' | 'transition' | 'view';

/** What was delivered is not what Spread promises. Its text has the transcripts of the sessions, and the first difference. */
export class OrderError extends Error {
  private constructor();
  /** Always the same. */
  readonly name: 'OrderError';
  /** Always the same. */
  readonly code: 'ERR_SPREAD_ORDER';
  /** The promise that was broken. */
  readonly rule: OrderRule;
  /** The labels of the sessions concerned, one or two. */
  readonly sessions: readonly string[];
  /** The group concerned. */
  readonly group: string;
  /** The number of the delivery at the first of the sessions, from 0 on, since its connection began or its watch did. */
  readonly index: number;
}

/**
 * Checks that sessions are delivered what Spread promises, by comparing them: extended virtual synchrony, as far as it shows
 * from the outside. It demands nothing that a right daemon may not give, whether embedded or real, so that it may watch in
 * production too. One checker is for the sessions of one network of daemons.
 */
export class OrderChecker {
  /** @throws {TypeError | RangeError} wrong options. */
  constructor(options?: OrderCheckerOptions);
  /**
   * Notes from now on what a session sends and is delivered. It may be a session of {@link SpreadSession.connect} or of the
   * constructor, connected or not, and reconnect. Watch it before it sends anything: of a later watch, its own messages are
   * not compared.
   *
   * @param label the session's name in errors; its private group by default.
   * @throws {TypeError} not a session, or one that this checker watches already.
   */
  watch(session: SpreadSession, label?: string): OrderWatch;
  /**
   * Checks what was delivered so far. What is still under way is no error. Takes about a second for a million deliveries.
   *
   * @throws {OrderError} a promise was broken; then each later call throws it too.
   * @throws {TypeError} wrong options.
   */
  verify(options?: VerifyOptions): OrderFigures;
}
