import type { EventEmitter } from 'node:events';

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

/** Several embedded daemons in one process, each with a port of its own, over a simulated layer that can be parted. */
export class SpreadNetwork extends EventEmitter {
  private constructor();

  /** Calls the listener at each view that a daemon installs. */
  on(event: 'view', listener: (view: SpreadNetworkView) => void): this;
  /** Calls the listener at the next such view only. */
  once(event: 'view', listener: (view: SpreadNetworkView) => void): this;
  /** Removes the listener. */
  off(event: 'view', listener: (view: SpreadNetworkView) => void): this;

  /** Starts daemons, and resolves when all of them have one view. */
  static start(options: SpreadNetworkOptions): Promise<SpreadNetwork>;

  /** The daemons' names, in order. */
  readonly daemons: string[];
  /** The seed of the layer's choices. */
  readonly seed: number;

  /** Returns where clients reach a daemon: `port@127.0.0.1`. */
  address(daemon: string): string;
  /** Returns the view that a daemon has installed last; null while it has none. */
  view(daemon: string): SpreadSession.DaemonView | null;
  /** Returns a daemon's figures so far. */
  stats(daemon: string): SpreadSession.DaemonStats;
  /** Parts the network, and resolves when every part has its view. A daemon that is not named is a part of its own. */
  partition(...parts: string[][]): Promise<void>;
  /** Lets all daemons reach each other, and resolves when they have one view. */
  heal(): Promise<void>;
  /** Kills a daemon: its clients lose their connections. Resolves when the others have their view. */
  kill(daemon: string): Promise<void>;
  /** Starts a daemon that was killed, as another life on the same port. Resolves when it has its view. */
  start(daemon: string): Promise<void>;
  /**
   * Makes a daemon stand still for a time; it does when this returns, and the promise resolves when it goes on. Unless it
   * is noticed, the other daemons cannot know, and wait 5 seconds for it where they have to.
   */
  hang(daemon: string, ms: number, options?: { noticed?: boolean }): Promise<void>;
  /** Sets the delay of what daemons send each other, between two of them or all, in milliseconds. */
  latency(options: SpreadNetworkLatency): void;
  /** Sets after how many milliseconds a loss is noticed: 50 by default. A real network takes 2,500. */
  detectAfter(ms: number): void;
  /** Resolves when nothing is under way anywhere, but at daemons that stand still. */
  settled(): Promise<void>;
  /** Stops all daemons. */
  stop(): Promise<void>;
  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Holds the process while the network runs. */
  ref(): this;
  /** Lets the process end while the network runs. */
  unref(): this;
}

/** What a network is started with. */
export interface SpreadNetworkOptions {
  /** The daemons' names, or how many there are. */
  daemons: string[] | number;
  /** The seed of the layer's choices: 1 by default. It does not fix the timing of clients. */
  seed?: number;
  /** After how many milliseconds a loss is noticed: 50 by default. */
  detectAfter?: number;
  /** The delay of what daemons send each other: none by default. */
  latency?: SpreadNetworkLatency;
  /** Options of each daemon. */
  daemonOptions?: Omit<SpreadSession.DaemonOptions, 'name' | 'port' | 'path'>;
}

/** A delay, in milliseconds. */
export interface SpreadNetworkLatency {
  /** The least delay. */
  ms: number;
  /** The most that chance adds: 0 by default. */
  jitter?: number;
  /** The daemon that sends; with `to`. */
  from?: string;
  /** The daemon that receives. */
  to?: string;
}

/** A view that a daemon of a network has installed. */
export interface SpreadNetworkView extends SpreadSession.DaemonView {
  /** The daemon. */
  daemon: string;
}
