/// <reference types="node" />
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

/**
 * One connection to a Spread daemon, which is one member of the groups it joins.
 *
 * The module itself is this class: `const SpreadSession = require('cspread')`. {@link SpreadSession.connect} opens a
 * session by promise: calls throw errors, and promises reject with them. The constructor, which may be called without
 * `new`, opens one by callbacks: errors from Spread or the network go to `onError`, so that `multicast()` and `send()`
 * do not throw them, and the promises of `join()`, `leave()` and `disconnect()` do not reject with them. Below, "a
 * session from `connect()`" and "a session opened by the constructor" refer to this difference.
 *
 * Arguments of a wrong type or range cause TypeErrors and RangeErrors on both, with Node's codes
 * (`ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`): calls throw them, and promises reject with
 * them. The constructor, and `multicast()`, `join()` and `leave()` on sessions that it opened, accept what node-cspread
 * accepted: a number as a name, a service in digits, and any payload.
 *
 * Methods work detached from their session too, as in `process.once('SIGTERM', session.disconnect)`: they are
 * properties of the session, bound to it, unless a subclass has methods of these names.
 */
declare class SpreadSession extends Emitter<SpreadSession.Events> {
  /**
   * Begins to connect, and returns at once. Success or failure is reported within 5,000 ms, never before the
   * constructor has returned.
   *
   * @param address where the daemon is: `'4803'` (the Unix socket `/tmp/4803`; on Windows `4803@localhost`),
   *   `'4803@host'`, `'4803@[::1]'`, `'spread://host:4803'`, or the path of a Unix socket:
   *   see {@link SpreadSession.Address}.
   * @param uniqueName the private name, unique on its daemon: 1 to 10 characters with codes 36 to 126. A longer one
   *   becomes a digest of itself, 10 characters, always the same; `name` keeps the long one. `''`, `null` or
   *   `undefined` leave the name to the daemon. A number stands for its digits, here and in `address`.
   * @param success called with the session, also as `this`, once it is connected.
   * @param failure called with a text and the error if connecting fails: `ERR_SPREAD_…` codes of
   *   {@link SpreadSession.SpreadError}. `onFailedToConnect` is called too.
   * @throws {TypeError} an argument has a wrong type; `CSPREAD_ENGINE` names no engine. With `CSPREAD_ENGINE=libspread`
   *   the C library carries the session.
   */
  constructor(
    address: SpreadSession.ClassicName | null | undefined,
    uniqueName: SpreadSession.ClassicName | null | undefined,
    success: SpreadSession.SuccessCallback | null | undefined,
    failure?: SpreadSession.ErrorCallback | null,
  );
  /**
   * The same, with a flag: the third argument, unless it is a function, or `null` or `undefined` among four.
   *
   * @param receiveMembership whether to receive membership messages, by its truthiness (`1` or `true`); without the
   *   flag the session receives them. Without them the handlers for members are never called, and `groups` stays empty.
   */
  constructor(
    address: SpreadSession.ClassicName | null | undefined,
    uniqueName: SpreadSession.ClassicName | null | undefined,
    receiveMembership: SpreadSession.Flag,
    success?: SpreadSession.SuccessCallback | null,
    failure?: SpreadSession.ErrorCallback | null,
  );
  /** The same, without callbacks. */
  constructor(address: SpreadSession.ClassicName | null | undefined, uniqueName?: SpreadSession.ClassicName | null);

  /** The name asked for, in full; the daemon's choice once connected if none was asked for. */
  readonly name: string | undefined;
  /** `#name#daemon`, once connected; another one after each reconnect, if the daemon is another one. */
  readonly privateGroup: string | undefined;
  /** The address that answered, once connected: `host:port`, or the path of a Unix socket. */
  readonly address: string | undefined;
  /** The engine: the option `engine`, else `CSPREAD_ENGINE` as of the session's opening, else `'native'`. */
  readonly engine: SpreadSession.Engine;
  /** The daemon's version, such as `'5.0.1'`, once connected; the C library does not report it. */
  readonly daemonVersion: string | undefined;
  /**
   * `'connecting'` from the start, `'connected'`, `'disconnecting'` from `disconnect()` on, `'closed'` after the end;
   * `'reconnecting'` from a loss until the session is connected again, if it reconnects.
   */
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'disconnecting' | 'closed';
  /**
   * The groups that this session is in, each with the view delivered last. Read-only: each delivered view changes it,
   * before its event. Empty once the connection has ended, and always without membership.
   */
  readonly groups: ReadonlyMap<string, SpreadSession.View>;
  /**
   * node-cspread's number of the connection: from 1 on, another one for each, while `state` is `'connected'`; else -1.
   */
  readonly mbox: number;

  /**
   * Sends a message to all members of a group, or of several at once (at most 43). The bytes are copied when the call
   * returns. All messages of one turn leave together, in the order of the calls.
   *
   * @param service exactly one of the six services (`SAFE_MESS`, …), alone or with `SELF_DISCARD`. On a session opened
   *   by the constructor it may be a string of digits.
   * @param group a group, a private group (`#name#daemon`), or an array of them. On a session opened by the constructor
   *   each may be a number.
   * @param data a string is sent as UTF-8. Payload and 32 bytes a group are at most 140,000 bytes. On a session opened
   *   by the constructor a value that is neither a string nor a view is sent as its text, `String(data)`; a symbol has
   *   none.
   * @returns `true`; `false` if it was accepted and more than 1 MiB waits to be sent: wait for `'drain'`; `undefined`
   *   if it was refused, and `onError` reports why.
   * @throws {TypeError | RangeError} an argument has a wrong type or range (`ERR_INVALID_ARG_TYPE`,
   *   `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`).
   */
  multicast(
    service: SpreadSession.ClassicService,
    group: SpreadSession.ClassicName | readonly SpreadSession.ClassicName[],
    data: SpreadSession.ClassicData,
  ): boolean | undefined;
  /**
   * The same, with a flag.
   *
   * @param selfDiscard whether to exclude this session from the receivers; as `SELF_DISCARD`. On a session opened by
   *   the constructor any value is accepted, by its truthiness: for example `SELF_DISCARD` itself.
   */
  multicast(
    service: SpreadSession.ClassicService,
    selfDiscard: unknown,
    group: SpreadSession.ClassicName | readonly SpreadSession.ClassicName[],
    data: SpreadSession.ClassicData,
  ): boolean | undefined;

  /**
   * Sends a message to all members of a group, or of several at once. The bytes are copied when the call returns: the
   * caller may reuse its buffers. Order of calls is order on the wire.
   *
   * @param groups a group, a private group (`#name#daemon`), or an array of at most 43 of them. A session that is in
   *   several of them gets the message once. The sender need not be a member.
   * @param data a string (sent as UTF-8), a Buffer, any other view, or an array of them: one message, gathered without
   *   a copy in between. Payload and 32 bytes a group are at most `maxMessageBytes`.
   * @returns `true`; or `false`: the message was accepted, but the caller should wait for `'drain'` or {@link drained},
   *   since more than `highWaterMark` waits to be sent, or `sendWindow` own messages have not come back yet.
   * @throws {SpreadError} on a session from `connect()`, before anything is sent: `ERR_SPREAD_NOT_CONNECTED`,
   *   `ERR_SPREAD_ILLEGAL_GROUP`, `ERR_SPREAD_ILLEGAL_SERVICE`, `ERR_SPREAD_TOO_MANY_GROUPS`,
   *   `ERR_SPREAD_MESSAGE_TOO_LONG`, `ERR_SPREAD_QUEUE_FULL` (more than `maxQueuedBytes` would wait; nothing was
   *   accepted). On a session opened by the constructor `onError` reports that, and the call returns `undefined`.
   * @throws {TypeError | RangeError} an argument has a wrong type or range.
   */
  send(
    groups: string | readonly string[],
    data: SpreadSession.Data | readonly SpreadSession.Data[],
    options?: SpreadSession.SendOptions,
  ): boolean | undefined;
  /**
   * Resolves once `send()` would return `true`: at once, or with `'drain'`. Rejects with `ERR_SPREAD_NOT_CONNECTED`,
   * with the error of a loss meanwhile, or with the signal's reason if that aborts; on a session opened by the
   * constructor as well.
   */
  drained(options?: SpreadSession.Abortable): Promise<undefined>;

  /**
   * Joins a group: 1 to 31 characters with codes 36 to 126. Resolves with the first view that has this member, after
   * its `'membership'` event; with the current view if this session is a member already. Without membership messages
   * it resolves with `undefined` once the kernel has the request.
   *
   * On a session from `connect()` it rejects with `ERR_SPREAD_ILLEGAL_GROUP`, `ERR_SPREAD_NOT_CONNECTED`,
   * `ERR_SPREAD_QUEUE_FULL`, the error by which the connection was lost, or the signal's reason; the signal does not
   * cancel the request itself. If the session reconnects, a join waits for the view on the new connection.
   *
   * On a session opened by the constructor it rejects only for a `group` that is neither a string nor a number, takes
   * no options, and resolves with `undefined` if the join was refused (`onError` reports why) or the session ended
   * first.
   */
  join(group: SpreadSession.ClassicName, options?: SpreadSession.Abortable): Promise<SpreadSession.View | undefined>;
  /**
   * Leaves a group. Resolves once Spread confirms it, after the `'membership'` event of the leave: no message to the
   * group arrives after that.
   *
   * On a session from `connect()` it rejects with `ERR_SPREAD_NOT_A_MEMBER` if this session is not in the group and did
   * not ask to be, otherwise as {@link join}. If the connection is lost and the session reconnects, or it is
   * disconnected, it resolves: that leaves the group too.
   *
   * On a session opened by the constructor it rejects only for a `group` that is neither a string nor a number, takes
   * no options, and resolves at once if this session is not a member. Without membership messages the session does not
   * know its groups: it resolves once the kernel has the request.
   */
  leave(group: SpreadSession.ClassicName, options?: SpreadSession.Abortable): Promise<undefined>;
  /**
   * Ends the session: first it sends what was accepted, within 2,000 ms, and delivers what was received, even if the
   * session is paused. Idempotent. Resolves when the session is over; rejects only with the signal's reason, while the
   * session ends all the same. On a session opened by the constructor it takes no options.
   */
  disconnect(options?: SpreadSession.Abortable): Promise<undefined>;
  /** `disconnect()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<undefined>;

  /**
   * Yields the messages, one by one, in Spread's order; with `group`, those to that group. An iterator starts when it
   * is made, and gets every message from then on, besides listeners and other iterators. Messages that it has not taken
   * count against `maxReceiveQueueBytes`: make one only to use it, and end it with `break` or `return()`. Its loop may
   * await anything that the session answers: while code waits for the session, deliveries go on, and this iterator's
   * share queues.
   *
   * It ends when the session is disconnected, and throws the error by which the session was lost for good, after
   * everything received before. It continues over reconnects. Promises of `next()` resolve in the order of its calls.
   * If the signal aborts, it throws the signal's reason and drops the messages that it has not taken.
   *
   * @throws {TypeError} wrong options.
   */
  messages(options?: SpreadSession.TakeOptions): SpreadSession.DeliveryIterator<SpreadSession.Message>;
  /**
   * Yields everything in Spread's order, distinguished by `kind`; with `group`, what concerns that group. Otherwise as
   * {@link messages}.
   */
  deliveries(options?: SpreadSession.TakeOptions): SpreadSession.DeliveryIterator<SpreadSession.Delivery>;
  /**
   * Calls `fn` with everything in Spread's order, strictly one after the other: it makes the next call when the promise
   * of the one before has resolved. Starts at once. Resolves when the session is disconnected; rejects with what `fn`
   * throws, and as {@link messages} throws.
   */
  consume(fn: (delivery: SpreadSession.Delivery) => unknown, options?: SpreadSession.TakeOptions): Promise<undefined>;
  /**
   * Stops deliveries of Spread's stream until `resume()`; the session reads on, into the receive queue.
   * Promises of `join()`, `leave()` and `ping()` wait with it, and so does `'disconnect'`. `'drain'` (of
   * `highWaterMark`) and `'slowConsumer'` go on. Returns the session.
   */
  pause(): this;
  /** Resumes deliveries, with those that have waited. Returns the session. */
  resume(): this;
  /**
   * Measures the round trip to the daemon in ms, by a hidden message to the session itself, whose arrival is timed
   * however busy JavaScript is. Resolves when deliveries reach that message's place in the stream: everything received
   * before it is delivered then, to listeners and into the queues of iterators. After `pause()` it waits for
   * `resume()`. Rejects with `ERR_SPREAD_NOT_CONNECTED`, the error by which the connection was lost,
   * `ERR_SPREAD_SLOW_CONSUMER` (see `overflow`) or the signal's reason, on a session opened by the constructor too:
   * there is no other deadline.
   */
  ping(options?: SpreadSession.Abortable): Promise<number>;

  /**
   * Sets how `dataHandler` gets its data: decoded (by default as `'utf8'`), or with `null` as Buffers. Events and
   * iterators always have Buffers. Returns the session.
   *
   * @throws {TypeError} an encoding that Buffer does not know.
   */
  setEncoding(encoding: BufferEncoding | null): this;
  /** Makes the session keep the process alive until it is over, as it does from the start. Returns the session. */
  ref(): this;
  /** Lets the process end while the session is open. Returns the session. */
  unref(): this;
  /**
   * Returns the session's figures so far, over all its connections; after its end, the last ones. A new object each
   * time.
   */
  stats(): SpreadSession.SessionStats;
}

/** The same as a function, for node-cspread's users: it makes a session with or without `new`. */
// biome-ignore lint/suspicious/noRedeclare: an ambient class and function are one.
declare function SpreadSession(
  address: SpreadSession.ClassicName | null | undefined,
  uniqueName: SpreadSession.ClassicName | null | undefined,
  success: SpreadSession.SuccessCallback | null | undefined,
  failure?: SpreadSession.ErrorCallback | null,
): SpreadSession;
/** The same, with a flag. */
// biome-ignore lint/suspicious/noRedeclare: an ambient class and function are one.
declare function SpreadSession(
  address: SpreadSession.ClassicName | null | undefined,
  uniqueName: SpreadSession.ClassicName | null | undefined,
  receiveMembership: SpreadSession.Flag,
  success?: SpreadSession.SuccessCallback | null,
  failure?: SpreadSession.ErrorCallback | null,
): SpreadSession;
/** The same, without callbacks. */
// biome-ignore lint/suspicious/noRedeclare: an ambient class and function are one.
declare function SpreadSession(
  address: SpreadSession.ClassicName | null | undefined,
  uniqueName?: SpreadSession.ClassicName | null,
): SpreadSession;

/** The methods of an EventEmitter that take an event's name. */
type OfOneEvent =
  | 'on'
  | 'once'
  | 'off'
  | 'addListener'
  | 'prependListener'
  | 'prependOnceListener'
  | 'removeListener'
  | 'emit';

/**
 * Node's EventEmitter with these events alone. Written out, since EventEmitter takes a type argument only in newer
 * versions of @types/node.
 */
interface Emitter<E> extends Omit<EventEmitter, OfOneEvent> {
  /** Calls the listener at each such event. */
  on<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Calls the listener at the next such event only. */
  once<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Removes the listener. */
  off<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link on}. */
  addListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link on}, before the existing listeners. */
  prependListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link once}, before the existing listeners. */
  prependOnceListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link off}. */
  removeListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Calls the event's listeners. Returns whether there are any. */
  emit<Name extends EventName<E>>(event: Name, ...args: Told<E, Name>): boolean;
}
declare const Emitter: Omit<typeof EventEmitter, 'prototype'> & { new <E>(): Emitter<E> };

/** The names of its own events, and of those that every emitter has. */
type EventName<E> = keyof E | 'newListener' | 'removeListener' | typeof EventEmitter.errorMonitor;

/** The arguments of an event's listeners. */
type Told<E, Name> = Name extends keyof E
  ? Extract<E[Name], unknown[]>
  : Name extends typeof EventEmitter.errorMonitor
    ? [error: SpreadSession.SpreadError]
    : [event: string | symbol, listener: (...args: unknown[]) => void];

/** A listener of an event. */
type Listener<E, Name> = (...args: Told<E, Name>) => void;

// Other names for the class, since within the namespace its own name is a property's.
type SessionClass = typeof SpreadSession;
type SessionInstance = SpreadSession;

declare namespace SpreadSession {
  /**
   * The class itself: for `const { SpreadSession } = require('cspread')` and `import { SpreadSession } from 'cspread'`.
   */
  const SpreadSession: SessionClass;
  /** A session, whichever way it was opened. */
  type SpreadSession = SessionInstance;

  /** The session is connected. */
  type SuccessCallback = (this: SpreadSession, session: SpreadSession) => void;
  /** An error: as a text, and as an error with a code. */
  type ErrorCallback = (this: SpreadSession, text: string, error: SpreadError) => void;
  /** A message: the first of its groups, its sender, and its payload. */
  // biome-ignore lint/suspicious/noExplicitAny: it is a string, or a Buffer after setEncoding(null).
  type DataHandler = (this: SpreadSession, group: string, sender: string, data: any) => void;
  /** A group's members changed: the group, and the private group of the member concerned. */
  type MemberHandler = (this: SpreadSession, group: string, member: string) => void;
  /** A name or an address as node-cspread accepted it: a number stands for its digits. */
  type ClassicName = string | number;
  /** A service as node-cspread accepted it: a number, or its digits. */
  type ClassicService = number | `${number}`;
  /**
   * A payload as node-cspread accepted it: anything but a view is sent as its text. In JavaScript any object is valid.
   */
  type ClassicData = Data | number | bigint | boolean | null | undefined;
  /** A flag, by its truthiness. In JavaScript anything but a function is valid. */
  type Flag = boolean | number | string | null | undefined;
  /**
   * A payload: a string without lone surrogates, sent as UTF-8, or a Buffer, typed array or DataView, unless its
   * memory was transferred or its buffer has shrunk.
   */
  type Data = string | Buffer | NodeJS.ArrayBufferView;
  /** The engine of this package, or the C library libspread where that is installed. */
  type Engine = 'native' | 'libspread';

  /**
   * Returns the version of the C library, such as `'5.0.1'`.
   *
   * @param path of the library; by default `CSPREAD_LIBSPREAD`, else the usual places.
   * @throws {SpreadError} `ERR_SPREAD_LIBSPREAD_NOT_FOUND`: no usable library was found; the text lists what was tried
   *   and why it failed.
   * @throws {TypeError} `path` is not a string.
   */
  function libspreadVersion(path?: string): string;

  /**
   * Connects to a daemon.
   *
   * Resolves with the session once it is connected. Rejects with a {@link SpreadError} (docs/errors.md lists the
   * codes), with a TypeError or RangeError for wrong arguments, or with the signal's reason; it never throws
   * synchronously. Listeners may be added once the promise has resolved: nothing is emitted before. They run in the
   * async context of this call (AsyncLocalStorage), and a context that one of them enters ends with it.
   *
   * @param target where the daemon is, several places (tried in order, each with all its addresses), or options.
   *   Nothing: port 4803 of this machine, the Unix socket `/tmp/4803`.
   */
  function connect(target?: Address | readonly Address[] | (ConnectOptions & { membership?: true })): Promise<Session>;
  /** The same without membership: `join()` resolves with `undefined`. */
  function connect(options: ConnectOptions & { membership: false }): Promise<Session<undefined>>;
  /** The same where the compiler cannot tell which. */
  function connect(options: ConnectOptions): Promise<Session<View | undefined>>;

  /** A session from {@link connect}: refused calls throw, so none returns `undefined`. */
  interface Session<V extends View | undefined = View> extends SpreadSession {
    /** The name asked for, or the daemon's choice. */
    readonly name: string;
    readonly privateGroup: string;
    readonly address: string;
    multicast(service: number, group: string | readonly string[], data: Data): boolean;
    multicast(service: number, selfDiscard: boolean, group: string | readonly string[], data: Data): boolean;
    send(groups: string | readonly string[], data: Data | readonly Data[], options?: SendOptions): boolean;
    join(group: string, options?: Abortable): Promise<V>;
    leave(group: string, options?: Abortable): Promise<undefined>;
  }

  /**
   * Where a daemon is: `'4803'` (the Unix socket `/tmp/4803`; on Windows `4803@localhost`), `'4803@host'`,
   * `'4803@[::1]'`, `'spread://host:4803'`, the path of a Unix socket, or one of these objects. A host may be a name or
   * an IP address, with a zone if need be (`'4803@fe80::1%eth0'`); all addresses of a name are tried, and names beyond
   * ASCII are looked up as Node does, by IDNA. A path begins with `/`, `.` or `unix:`, and all that follows is part of
   * it.
   */
  type Address = string | HostAddress | PortAddress | PathAddress;

  /** A daemon on a host. */
  interface HostAddress {
    /** A name or an IP address, which may have a zone (`'fe80::1%eth0'`). */
    readonly host: string;
    /** TCP port, 1 to 65,535; 4803 by default. */
    readonly port?: number | undefined;
    /** Not together with these. */
    readonly path?: undefined;
  }

  /** A daemon on a port. */
  interface PortAddress {
    /** A name or an IP address, which may have a zone (`'fe80::1%eth0'`); `'localhost'` by default. */
    readonly host?: string | undefined;
    /** TCP port, 1 to 65,535. */
    readonly port: number;
    /** Not together with these. */
    readonly path?: undefined;
  }

  /** A daemon on a Unix socket; not on Windows. */
  interface PathAddress {
    /**
     * The socket's path, unchanged, with blanks and percent signs; at most 107 bytes on Linux, 103 elsewhere. On Linux
     * a leading NUL makes a name outside the file system.
     */
    readonly path: string;
    /** Not together with this. */
    readonly host?: undefined;
    /** Not together with this. */
    readonly port?: undefined;
  }

  /**
   * Options of {@link connect}. Times are in ms, sizes in bytes; numbers are integers of at least 1 unless stated
   * otherwise. An unknown name is an error.
   */
  interface ConnectOptions {
    /** Where the daemon is; several are tried in order. Port 4803 of this machine by default. */
    address?: Address | readonly Address[] | undefined;
    /**
     * The private name, unique on its daemon: 1 to 10 characters with codes 36 to 126. By default the daemon chooses.
     */
    name?: string | undefined;
    /** Whether to receive membership messages; true by default. Without them there are no views. */
    membership?: boolean | undefined;
    /** 0 (by default), 1 or 2; sent to the daemon; no known daemon acts on it. */
    priority?: number | undefined;
    /**
     * Time for look-up, connect and handshake at all addresses together, and for each attempt to reconnect; 5,000 by
     * default.
     */
    timeout?: number | undefined;
    /** Aborts connecting; has no effect once connected. */
    signal?: AbortSignal | undefined;
    /** The engine; by default `CSPREAD_ENGINE`, else `'native'`. */
    engine?: Engine | undefined;
    /** Path of the C library, with `engine: 'libspread'`; by default `CSPREAD_LIBSPREAD`, else the usual places. */
    libspread?: string | undefined;
    /**
     * How to authenticate: one or two methods, all of which must succeed. `'NULL'` (the daemon asks nothing) by
     * default; `'IP'`: the daemon checks the address. On the libspread engine, whose methods apply to the whole
     * process, others than `'NULL'` are refused with `ERR_SPREAD_UNSUPPORTED`.
     */
    auth?: readonly ('NULL' | 'IP' | AuthMethod)[] | undefined;
    /** What to do after a loss: `false` (by default) ends the session, `true` reconnects with the defaults. */
    reconnect?: boolean | ReconnectOptions | undefined;
    /** `send()` returns `false` above this; 1 MiB by default, at most `maxQueuedBytes`. */
    highWaterMark?: number | undefined;
    /** `send()` refuses above this (`ERR_SPREAD_QUEUE_FULL`); 16 MiB by default. */
    maxQueuedBytes?: number | undefined;
    /** Most bytes that may wait to be delivered before `overflow` applies; 64 MiB by default, at least 1 MiB. */
    maxReceiveQueueBytes?: number | undefined;
    /**
     * What happens above `maxReceiveQueueBytes`. `'disconnect'` (by default): the session ends with
     * `ERR_SPREAD_SLOW_CONSUMER`. `'pause'`: the session stops reading until half is taken; a real daemon cuts off a
     * session with 1,000 messages waiting. If iterators have not taken that much, promises that wait for the stream
     * (`join()`, `leave()`, `ping()`, and `drained()` with a send window) reject with `ERR_SPREAD_SLOW_CONSUMER`. The
     * session stays, and a join or leave takes effect all the same.
     */
    overflow?: 'disconnect' | 'pause' | undefined;
    /**
     * Most bytes of a message with 32 bytes a group; 140,000 by default, 32 to 143,152, the limit that clients keep to.
     */
    maxMessageBytes?: number | undefined;
    /**
     * How many of its own messages may be on their way back before `send()` returns `false`; no bound by default. It
     * counts messages to groups that this session is in or has asked to join (`'reliable'` ones: once the view has
     * arrived) or to itself, without `selfDiscard` and not `'unreliable'`. Paces a fast sender by the daemons' speed;
     * it does not wait for readers.
     */
    sendWindow?: number | undefined;
    /**
     * TCP keep-alive, which detects a silently dead link within 30 s; true by default. On Linux, bytes that stay
     * unacknowledged for 30 s end the connection too.
     */
    keepAlive?: boolean | undefined;
    /**
     * How often the session pings itself; off by default. It then detects a dead link, or a daemon that hangs, within
     * `pingInterval + pingTimeout`.
     */
    pingInterval?: number | undefined;
    /**
     * With `pingInterval`: how long nothing at all may arrive after a ping; 10,000 by default. Less than about 4,000
     * can mistake a change among the daemons, which stops all messages for 3 s, for a dead link.
     */
    pingTimeout?: number | undefined;
  }

  /** A method of authentication that exchanges bytes with the daemon. `examples/pword.js` is one. */
  interface AuthMethod {
    /** The daemon's name for it. */
    readonly name: string;
    /**
     * Called when it is this method's turn, once for each daemon that is tried. Resolves when its exchange is over;
     * bytes of the stream that it has not read go back to the handshake. What it throws, or its promise rejects with,
     * is the `cause` of an `ERR_SPREAD_REJECT_AUTH`, unless another daemon admits the session. `timeout` bounds it too:
     * the stream is destroyed when its attempt is given up.
     *
     * @param stream to and from the daemon. A write is a few bytes, sent at once and unchanged. Drain the stream, byte
     * by byte, before awaiting `once(stream, 'readable')`: Node repeats the event for bytes left unread, before more
     * can arrive.
     * @param daemon where the daemon is: `host:port`, or the path of a Unix socket.
     */
    authenticate?: ((stream: Duplex, daemon: { readonly address: string }) => unknown) | undefined;
  }

  /**
   * How to reconnect. The wait before an attempt is random between 0 and a bound that doubles, from `minDelay` on. An
   * error that no attempt can change ends the session at once: `ERR_SPREAD_REJECT_AUTH`, `…_REJECT_VERSION`,
   * `…_REJECT_ILLEGAL_NAME`, `…_ILLEGAL_ADDRESS`, `…_LIBSPREAD_NOT_FOUND`, `…_UNSUPPORTED`. A name in use is tried
   * again.
   */
  interface ReconnectOptions {
    /**
     * Attempts after a loss before the session ends; no bound by default. An attempt that is lost before `'reconnect'`
     * counts as failed.
     */
    attempts?: number | undefined;
    /** The bound of the first wait: 100 ms by default, at most `maxDelay`. */
    minDelay?: number | undefined;
    /** What the bound grows to: 10,000 ms by default. */
    maxDelay?: number | undefined;
  }

  /** Options of every call that waits. */
  interface Abortable {
    /** Makes the promise reject with the signal's reason. */
    signal?: AbortSignal | undefined;
  }

  /** Options of {@link SpreadSession.messages}, `deliveries()` and `consume()`. */
  interface TakeOptions extends Abortable {
    /**
     * Only messages whose `groups` include this one, and only other deliveries that concern it; everything by default.
     */
    group?: string | undefined;
  }

  /** A service, by name: Spread's promise for a message. See docs/guide.md. */
  type Service = 'unreliable' | 'reliable' | 'fifo' | 'causal' | 'agreed' | 'safe';

  /** Options of {@link SpreadSession.send}. An unknown name is an error. */
  interface SendOptions {
    /** A name, or one of the constants; `'agreed'` by default. */
    service?: Service | number | undefined;
    /** Whether to exclude this session from the receivers; false by default. */
    selfDiscard?: boolean | undefined;
    /** A number for the application: -32,768 to 32,767, 0 by default. */
    type?: number | undefined;
  }

  /** A message. Listeners and iterators get the same object: do not change it. */
  interface Message {
    /** The kind of delivery. */
    readonly kind: 'message';
    /** The first of `groups`. */
    readonly group: string;
    /** All groups it was sent to, as sent. */
    readonly groups: readonly string[];
    /** The sender's private group, `#name#daemon`: a reply may be sent there. */
    readonly sender: string;
    /**
     * The payload, the receiver's own to keep. As with Node's own Buffers, its `buffer` may hold more than this
     * payload, from `byteOffset` on, and then cannot be transferred.
     */
    readonly data: Buffer;
    /** The number that the sender gave it. */
    readonly type: number;
    /** The service it was sent with. */
    readonly service: Service;
    /** Whether the sender's machine has another byte order than this one. */
    readonly endianMismatch: boolean;
  }

  /** A message of this session that the daemon rejected. No released daemon does so. */
  interface Reject extends Omit<Message, 'kind'> {
    /** The kind of delivery. */
    readonly kind: 'reject';
  }

  /** A change of a group's members. */
  type Membership = MemberChange | NetworkChange | OwnLeave;

  /** One member joined, left or disconnected. */
  interface MemberChange {
    /** The kind of delivery. */
    readonly kind: 'membership';
    /** The group that changed. */
    readonly group: string;
    /** The view after the change. */
    readonly view: View;
    /** What the member did. */
    readonly cause: 'join' | 'leave' | 'disconnect';
    /** The member that joined, left, or disconnected (on purpose or by dying). */
    readonly member: string;
    /** That member, if it joined. */
    readonly joined: readonly string[];
    /** That member, if it left or disconnected. */
    readonly left: readonly string[];
  }

  /** The network parted, or merged again. */
  interface NetworkChange {
    /** The kind of delivery. */
    readonly kind: 'membership';
    /** The group that changed. */
    readonly group: string;
    /** The view after the change. */
    readonly view: View;
    /** What changed. */
    readonly cause: 'network';
    /** `null`: the change does not concern a single member. */
    readonly member: null;
    /**
     * The new members that did not come here together with this session. A member that was cut off and came back in one
     * step is in both lists. In the session's own first view: the session itself.
     */
    readonly joined: readonly string[];
    /** The old members that did not come here together with this session, in the old view's order. */
    readonly left: readonly string[];
  }

  /** This session has left the group, as it asked to. */
  interface OwnLeave {
    /** The kind of delivery. */
    readonly kind: 'membership';
    /** The group that was left. */
    readonly group: string;
    /** `null`: a session has no view of a group that it is not in. */
    readonly view: null;
    /** The cause of every leave. */
    readonly cause: 'leave';
    /** This session's private group. */
    readonly member: string;
    /** Empty. */
    readonly joined: readonly string[];
    /** This session. */
    readonly left: readonly string[];
  }

  /**
   * The network is changing. Until the group's next view, messages may have reached fewer members than their service
   * promises.
   */
  interface Transition {
    /** The kind of delivery. */
    readonly kind: 'transition';
    /** The group whose members are changing. */
    readonly group: string;
    /** The id of the view before. */
    readonly id: GroupId;
  }

  /** Yields deliveries, one by one: see {@link SpreadSession.messages}. */
  interface DeliveryIterator<T> extends AsyncIterableIterator<T> {
    /** Resolves with the next delivery. */
    next(): Promise<IteratorResult<T, undefined>>;
    /** Ends the iterator, and drops the deliveries that were not taken. */
    return(value?: undefined): Promise<IteratorResult<T, undefined>>;
    /** Ends the iterator, and rejects with the error. */
    throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
    /** Returns the iterator itself. */
    [Symbol.asyncIterator](): this;
    /** `return()`, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
  }

  /** Everything in Spread's stream. */
  type Delivery = Message | Membership | Transition | Reject;

  /**
   * How a connection was lost. `reason` is what this side can conclude: merely the likely one if the daemon just hung
   * up, since it gives no reasons.
   */
  interface Loss {
    /** `ERR_SPREAD_CONNECTION_CLOSED`, `…_PING_TIMEOUT`, `…_PROTOCOL` or `…_SLOW_CONSUMER`. */
    readonly error: SpreadError;
    /**
     * `'daemon'`: the daemon went away. `'slow'`: it hung up within a message, as it does on a session that reads too
     * slowly. `'refused'`: it hung up over requests of this session, as it does on requests that it considers faulty,
     * or a message that is too large for it. `'unreachable'`: nothing arrived for too long. `'overflow'`: this program
     * did not take its messages (`ERR_SPREAD_SLOW_CONSUMER`). `'protocol'`: the daemon sent bytes that are no Spread
     * message. The C library does not distinguish the first four: with it `'daemon'` stands for all, unless
     * `pingInterval` found the link dead.
     */
    readonly reason: 'daemon' | 'slow' | 'refused' | 'unreachable' | 'overflow' | 'protocol';
    /**
     * Messages that were accepted and not handed to the kernel whole. Some of those handed over may not have
     * reached the daemon either. On the libspread engine a lower bound.
     */
    readonly unsentMessages: number;
    /** Bytes of these, with their headers. */
    readonly unsentBytes: number;
    /** Whether the session will try to reconnect. */
    readonly willReconnect: boolean;
  }

  /** An attempt to reconnect. */
  interface ReconnectAttempt {
    /** The number of the attempt since the loss, from 1 on. */
    readonly attempt: number;
  }

  /** A session is back, as another member. */
  interface Reconnect {
    /** The number of attempts it took. */
    readonly attempts: number;
    /** The daemon that answered: `host:port`, or the path of a Unix socket. */
    readonly address: string;
    /** The session's private group before. */
    readonly previous: string;
    /** The session's private group now. */
    readonly privateGroup: string;
    /** The new views, of the groups that were joined again. */
    readonly views: readonly View[];
  }

  /** The receive queue fills up. */
  interface SlowConsumer {
    /** How full the receive queue is: 50 or 90. Each is emitted again once it was below 25. */
    readonly percent: 50 | 90;
    /** Bytes that waited at that moment. */
    readonly bytes: number;
    /** `maxReceiveQueueBytes`. */
    readonly limit: number;
  }

  /** Events. Those of Spread's stream are emitted in its order. `'close'` is the last one. */
  interface Events {
    /** A message arrived. */
    message: [message: Message];
    /** A group's members changed. `session.groups` has the view already. */
    membership: [membership: Membership];
    /** The network is changing: a view with cause `'network'` follows. */
    transition: [transition: Transition];
    /** The daemon rejected a message. */
    reject: [reject: Reject];
    /** `send()` returns `true` again: see {@link SpreadSession.send}. */
    drain: [];
    /** The program takes its messages too slowly. Emitted at once, before the messages that wait. */
    slowConsumer: [slowConsumer: SlowConsumer];
    /**
     * The connection is lost: not after `disconnect()`, and on sessions from `connect()` only. Emitted after everything
     * received before the loss is delivered: to listeners, and into the queues of iterators, which may still have to
     * take it. `pause()` holds it back. Without a listener, an iterator throws a loss for good, else `'error'` reports
     * it.
     */
    disconnect: [loss: Loss];
    /** An attempt to reconnect begins. */
    reconnecting: [attempt: ReconnectAttempt];
    /** The session is connected again, and all groups' new views have arrived. */
    reconnect: [reconnect: Reconnect];
    /**
     * An error that belongs to no call: the session did not come back, a group could not be joined again. Never thrown:
     * without a listener it becomes a process warning, with the error's code; `errorMonitor` gets it in any case. On
     * sessions from `connect()` only.
     */
    error: [error: SpreadError];
    /** The session is over. No event follows. */
    close: [];
  }

  /**
   * A group's members, as of one membership message. Plain data: two equal views are deeply equal, and they can be
   * cloned, spread, and posted to workers.
   */
  interface View {
    /** The group. */
    readonly group: string;
    /** Identifies this membership. */
    readonly id: GroupId;
    /** The members' private groups, in Spread's order: the same at every member. */
    readonly members: readonly string[];
    /** This session's place in `members`, -1 if it is not there. */
    readonly index: number;
    /** The virtual-synchrony sets: each has the members that came here together from one previous view. */
    readonly sets: readonly (readonly string[])[];
    /** The set of the members that came here together with this session. */
    readonly ownSet: readonly string[];
  }

  /**
   * Identifies a membership of a group. Unique while the group has members; an emptied group may reuse ids, and other
   * groups may have the same ones.
   */
  interface GroupId {
    /** The three numbers: the only part that a copy keeps. */
    readonly ints: readonly [number, number, number];
    /** Returns whether both identify the same membership, as {@link sameId} does. */
    equals(other: GroupId | GroupIdCopy | null | undefined): boolean;
    /** The three numbers, with blanks in between: for a log, or as a key. */
    toString(): string;
    /** The three numbers. */
    toJSON(): number[];
  }

  /** The copy of a {@link GroupId} that `structuredClone()`, `postMessage()` or JSON makes. */
  type GroupIdCopy = Pick<GroupId, 'ints'> | readonly number[];

  /** Returns whether two ids, or copies of them, identify the same membership. Anything but an id equals none. */
  function sameId(a: GroupId | GroupIdCopy | null | undefined, b: GroupId | GroupIdCopy | null | undefined): boolean;

  /** Counts since the session began; sizes in bytes. */
  interface SessionStats {
    /** Messages received, memberships included; no pings. */
    messagesReceived: number;
    /** Calls that delivered them. */
    batches: number;
    /** Bytes received after the handshake. */
    bytesReceived: number;
    /** System calls that read them. */
    reads: number;
    /** Bytes received and not yet delivered. */
    receiveQueueBytes: number;
    /** The maximum of `receiveQueueBytes`. */
    receiveQueueHighWater: number;
    /** Messages accepted to be sent; no joins, leaves or pings. */
    messagesSent: number;
    /** Bytes accepted after the handshake. */
    bytesSent: number;
    /** System calls that wrote them. */
    writes: number;
    /** Bytes accepted and not yet handed to the kernel. */
    sendQueueBytes: number;
    /** Views delivered. */
    viewChanges: number;
    /** Views of groups that the session has not asked for. No daemon sends them; they are dropped. */
    strayViews: number;
    /** How often the session reconnected. */
    reconnects: number;
    /** Messages received and not delivered: always 0. A session ends rather than drop one. */
    drops: 0;
  }

  /** An error of Spread or of the connection. Match on `code`. */
  class SpreadError extends Error {
    private constructor();
    /** Always the same. */
    readonly name: 'SpreadError';
    /** `'ERR_SPREAD_…'`: docs/errors.md lists them. */
    readonly code: `ERR_SPREAD_${string}`;
    /** Spread's number for it, if there is one. */
    readonly spreadCode?: number;
    /** Spread's name for it, if there is one. */
    readonly spreadName?: string;
    /** Of `ERR_SPREAD_RESOURCES`: the system's number, negative as Node's errors have it. */
    readonly errno?: number;
    /** Of `ERR_SPREAD_RESOURCES`: the call that the system refused. */
    readonly syscall?: string;
  }

  /**
   * Options of the embedded daemon. Sizes are in bytes, times in ms; numbers are integers of at least 1. An unknown
   * name is an error.
   */
  interface DaemonOptions {
    /** TCP port; 4803 by default, 0 for any free one. */
    port?: number | undefined;
    /**
     * Address to listen on: an IP address, without a zone; `'::'` is every address, of IPv6 and of IPv4. By default
     * 127.0.0.1 and, if there is one, ::1 on the same port.
     */
    host?: string | undefined;
    /**
     * Path of a Unix socket to listen on too, as in {@link PathAddress}; none by default. Not on Windows. While the daemon
     * listens, its lock stands beside it (`path` with `.lock`): of two daemons that start at once only one gets the path.
     */
    path?: string | undefined;
    /**
     * Mode of the Unix socket, from 0 to 0o777; 0o600 by default, whatever the umask. Clients that may write to the socket may
     * connect.
     */
    mode?: number | undefined;
    /**
     * Takes handshakes as a real daemon does: refuses a client that does not send each unit in one write. `false` by default.
     * A real daemon also closes a connection that is silent for 1 s: `handshakeTimeout: 1000`.
     */
    strict?: boolean | undefined;
    /** The daemon's name, the second part of every private group: 1 to 19 characters; `'localhost'` by default. */
    name?: string | undefined;
    /**
     * Clients that may connect: addresses, `address/prefix`, `'local'` (127.0.0.0/8) or `'unix'`. Clients then must use
     * the IP method. `'::ffff:127.0.0.1'` is 127.0.0.1. By default every client that reaches the daemon may connect.
     */
    allowIp?: readonly string[] | undefined;
    /**
     * Most sessions at a time, 10,000 by default. For one more the daemon refuses a client in its handshake, as with
     * `maxHandshakes`, or else the new one (`ERR_SPREAD_REJECT_QUOTA`).
     */
    maxSessions?: number | undefined;
    /**
     * Most handshakes at a time, 1,000 by default. For one more the daemon refuses another one (`ERR_SPREAD_REJECT_QUOTA`):
     * of the address with most handshakes the client that has been silent for longest.
     */
    maxHandshakes?: number | undefined;
    /** Time for a handshake, 5,000 by default; a client that takes longer is cut off. */
    handshakeTimeout?: number | undefined;
    /** Most groups in total, 1,000,000 by default; a session that asks for one more is cut off. */
    maxGroups?: number | undefined;
    /** Most groups of one session, 1,000 by default; a session that joins one more is cut off. */
    maxSessionGroups?: number | undefined;
    /** Most members of one group, 10,000 by default; a session that would be one more is cut off. */
    maxGroupMembers?: number | undefined;
    /** Most bytes queued for one session before it is cut off; 64 MiB by default. */
    maxSessionBytes?: number | undefined;
    /**
     * Most messages queued for one session before it is cut off; no bound by default. A real daemon's is 1,000. With a bound
     * the sockets' send buffers have a real daemon's size too, so that a slow session is cut off after about as many messages.
     */
    maxSessionMessages?: number | undefined;
    /** Most bytes held for all sessions (`heldBytes`), 1 GiB by default; above it the session with most is cut off. */
    maxTotalBytes?: number | undefined;
    /**
     * Most bytes of a message with its groups, 143,952 by default and at most; a session that sends more is cut off.
     */
    maxMessageBytes?: number | undefined;
  }

  /** A client that has connected to a daemon, or is gone. */
  interface DaemonClient {
    /** `null` for an attempt that never became a session. */
    readonly privateGroup: string | null;
    /** `address:port`, or `'unix'`. */
    readonly peer: string;
    /** How many earlier events were not emitted: while 4,096 events wait, further ones are only counted. */
    readonly missed: number;
  }

  /** Events of a daemon: {@link SpreadDaemon}. */
  interface DaemonEvents {
    /** A session is connected. */
    connect: [client: DaemonConnect];
    /** A session is over, or an attempt at one. */
    disconnect: [client: DaemonDisconnect];
    /** The daemon has installed a view of the daemons that serve together. */
    view: [view: DaemonView];
  }

  /** A session is connected. */
  interface DaemonConnect extends DaemonClient {
    /** Its private group: `#name#daemon`. */
    readonly privateGroup: string;
  }

  /** A session is over, or an attempt at one. */
  interface DaemonDisconnect extends DaemonClient {
    /**
     * `'left'` (it disconnected), `'gone'` (its connection ended), `'slow'` (cut off since it read too slowly),
     * `'faulty'` (cut off since it broke the protocol or a bound), `'refused'`, `'stopped'` (with the daemon).
     */
    readonly cause: 'left' | 'gone' | 'slow' | 'faulty' | 'refused' | 'stopped';
    /** The same in words. */
    readonly reason: string;
  }

  /**
   * A Spread daemon in this process: single-node, for development, tests and single hosts. Its events report connects
   * and disconnects, in order.
   */
  class SpreadDaemon extends Emitter<DaemonEvents> {
    private constructor();
    /**
     * Starts a daemon, in a thread of its own. Resolves once it listens; rejects with `ERR_SPREAD_DAEMON` if it cannot
     * (for example because the port is in use; the text gives the reason), with a TypeError or RangeError for wrong
     * options. A running daemon keeps the process alive.
     */
    static start(options?: DaemonOptions): Promise<SpreadDaemon>;
    /** The port it listens on. */
    readonly port: number;
    /** The address to connect to, such as `'4803@127.0.0.1'`. */
    readonly address: string;
    /** The path of its Unix socket, if it has one. */
    readonly path: string | undefined;
    /** Its name, the second part of every private group. */
    readonly name: string;
    /** The daemons that this one serves together with: itself; null until it has announced that. */
    readonly view: DaemonView | null;
    /** Returns the daemon's figures so far; after its stop, the last ones. A new object each time. */
    stats(): DaemonStats;
    /**
     * Resolves with who is there now: sessions, groups and their members, as of one moment between two requests. The daemon's
     * thread gathers it in one go, so that `limit` also bounds how long clients wait for that. After the stop it is empty.
     */
    snapshot(options?: SnapshotOptions): Promise<DaemonSnapshot>;
    /** Ends every session and closes every socket. Resolves when the same port can be bound again. Idempotent. */
    stop(): Promise<void>;
    /** Makes the daemon keep the process alive until it has stopped, as it does from the start. Returns the daemon. */
    ref(): this;
    /** Lets the process end while the daemon runs. Returns the daemon. */
    unref(): this;
    /** `stop()`, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
  }

  /** Options of `SpreadDaemon.snapshot()`. An unknown name is an error. */
  interface SnapshotOptions {
    /**
     * Most sessions, most groups, most groups of all sessions together, and most members of all groups together; 10,000 by
     * default, 1 to 1,000,000.
     */
    limit?: number | undefined;
  }

  /** Who is at a daemon at one moment. */
  interface DaemonSnapshot {
    /** The daemon's name. */
    name: string;
    /** The daemon's view of its network, as of then; null once it has stopped. */
    view: DaemonView | null;
    /** The sessions that are connected, in no order. */
    sessions: SessionSnapshot[];
    /** The groups, by their names. */
    groups: GroupSnapshot[];
    /** Whether there is more than `limit`, so that something is missing. */
    truncated: boolean;
  }

  /** A session at one moment. */
  interface SessionSnapshot {
    /** Its private group, `#name#daemon`. */
    privateGroup: string;
    /** `address:port`, or `'unix'`. */
    peer: string;
    /** Time since its client connected, in ms. */
    connectedMs: number;
    /** Its groups. */
    groups: string[];
    /** Bytes that wait to be written to it. */
    queuedBytes: number;
    /** Messages that it sent, pings included. */
    messagesIn: number;
    /** Messages queued for it, memberships included. */
    messagesOut: number;
  }

  /** A group at one moment. */
  interface GroupSnapshot {
    /** Its name. */
    name: string;
    /** Identifies its membership, as `view.id` does. */
    id: GroupId;
    /** Its members' private groups, in Spread's order. */
    members: string[];
  }

  /** Figures of a daemon so far; sizes in bytes. */
  interface DaemonStats {
    /** Sessions now, handshakes included. */
    sessions: number;
    /** Groups now. */
    groups: number;
    /** Sessions that connected. */
    connected: number;
    /** Attempts refused. */
    refused: number;
    /** Sessions cut off because they read too slowly. */
    cutSlow: number;
    /** Sessions cut off because they broke the protocol or a bound. */
    cutFaulty: number;
    /** Messages that clients sent, pings included; no joins or leaves. */
    messagesIn: number;
    /** Messages queued for clients, memberships included. */
    messagesOut: number;
    /** Bytes read. */
    bytesIn: number;
    /** Bytes written. */
    bytesOut: number;
    /** System calls that read. */
    reads: number;
    /** System calls that wrote. */
    writes: number;
    /** Bytes that wait to be written now, counted for each session for which they wait. */
    queuedBytes: number;
    /**
     * Memory held for clients now: bytes that wait to be written, counted once, incomplete messages, groups and memberships.
     */
    heldBytes: number;
    /** Figures of what brings the daemon's operations into one order with those of others. */
    ordering: OrderingStats;
  }

  /** Figures of a daemon's ordering layer so far. */
  interface OrderingStats {
    /** The layer: `'alone'`, where there is no other daemon and no frame, or `'simulated'`. */
    layer: string;
    /** Frames from the daemons of the network, its own included. */
    framesIn: number;
    /** Frames sent. */
    framesOut: number;
    /** Bytes of the frames that came. */
    bytesIn: number;
    /** Bytes of the frames sent. */
    bytesOut: number;
    /** Frames refused, as no daemon of the network has sent them. */
    refused: number;
    /** Bytes of clients' messages and requests that are on their way into the order now. */
    waitingBytes: number;
    /** How often the daemon was out of its network. */
    rejoined: number;
  }

  /** The daemons that serve together, as one of them has installed it. */
  interface DaemonView {
    /** The view's id: the same at all of its daemons. */
    id: string;
    /** The daemons' names, in order. */
    members: string[];
    /** Those that were not in the daemon's view before. */
    joined: string[];
    /** Those that were, and are not in this one. */
    left: string[];
  }

  // Spread's constants: on the module, on the class, and on every session.

  /** Service: may be lost, in no order. A real daemon sends it as reliable. */
  const UNRELIABLE_MESS: 1;
  /** Service: not lost, in no promised order. */
  const RELIABLE_MESS: 2;
  /** Service: not lost, in each sender's order. */
  const FIFO_MESS: 4;
  /** Service: not lost, and after the messages that its sender had sent or received before. */
  const CAUSAL_MESS: 8;
  /** Service: not lost, in one order for all. */
  const AGREED_MESS: 16;
  /** Service: as {@link AGREED_MESS}, and delivered only once every daemon of the members has it. */
  const SAFE_MESS: 32;
  /** Mask of the six services; not a service itself: sending with it is refused. */
  const REGULAR_MESS: 63;
  /** With a service: the session that sends the message does not get it. */
  const SELF_DISCARD: 64;
  /** A flag of the C library's receiving calls. cspread does not use it. */
  const DROP_RECV: 16777216;
  /** Bit of a membership message: a view. */
  const REG_MEMB_MESS: 4096;
  /** Bit of a membership message: the transitional signal. */
  const TRANSITION_MESS: 8192;
  /** Bit of a membership message: a member joined. */
  const CAUSED_BY_JOIN: 256;
  /** Bit of a membership message: a member left. */
  const CAUSED_BY_LEAVE: 512;
  /** Bit of a membership message: a member disconnected. */
  const CAUSED_BY_DISCONNECT: 1024;
  /** Bit of a membership message: the network changed. */
  const CAUSED_BY_NETWORK: 2048;
  /** Mask of the membership bits. */
  const MEMBERSHIP_MESS: 16128;
  /** Bit of a message that the daemon rejected. */
  const REJECT_MESS: 4194304;
  /** Priority of a connection. No known daemon acts on it. */
  const LOW_PRIORITY: 0;
  /** Priority of a connection. No known daemon acts on it. */
  const MEDIUM_PRIORITY: 1;
  /** Priority of a connection. No known daemon acts on it. */
  const HIGH_PRIORITY: 2;
  /** A daemon's default TCP port. */
  const DEFAULT_SPREAD_PORT: 4803;
  /** Bytes of a group name's field: the name has one less, 31. */
  const MAX_GROUP_NAME: 32;
  /** Most characters of a private name. */
  const MAX_PRIVATE_NAME: 10;
  /** Bytes of a daemon name's field: the name has one less, 19. */
  const MAX_PROC_NAME: 20;
  /** Spread's number: connected. */
  const ACCEPT_SESSION: 1;
  /** `spreadCode` of `ERR_SPREAD_ILLEGAL_ADDRESS` and `ERR_SPREAD_HOST_NOT_FOUND`. */
  const ILLEGAL_SPREAD: -1;
  /** `spreadCode` of `ERR_SPREAD_COULD_NOT_CONNECT`. */
  const COULD_NOT_CONNECT: -2;
  /** `spreadCode` of `ERR_SPREAD_REJECT_QUOTA`. */
  const REJECT_QUOTA: -3;
  /** `spreadCode` of `ERR_SPREAD_REJECT_NO_NAME`. */
  const REJECT_NO_NAME: -4;
  /** `spreadCode` of `ERR_SPREAD_ILLEGAL_NAME` and `ERR_SPREAD_REJECT_ILLEGAL_NAME`. */
  const REJECT_ILLEGAL_NAME: -5;
  /** `spreadCode` of `ERR_SPREAD_REJECT_NOT_UNIQUE`. */
  const REJECT_NOT_UNIQUE: -6;
  /** `spreadCode` of `ERR_SPREAD_REJECT_VERSION`. */
  const REJECT_VERSION: -7;
  /** `spreadCode` of `ERR_SPREAD_CONNECTION_CLOSED`, `…_PING_TIMEOUT`, `…_SLOW_CONSUMER` and `…_TIMEOUT`. */
  const CONNECTION_CLOSED: -8;
  /** `spreadCode` of `ERR_SPREAD_REJECT_AUTH`. */
  const REJECT_AUTH: -9;
  /** `spreadCode` of `ERR_SPREAD_NOT_CONNECTED`. */
  const ILLEGAL_SESSION: -11;
  /** `spreadCode` of `ERR_SPREAD_ILLEGAL_SERVICE`. */
  const ILLEGAL_SERVICE: -12;
  /** `spreadCode` of `ERR_SPREAD_PROTOCOL` and `ERR_SPREAD_TOO_MANY_GROUPS`. */
  const ILLEGAL_MESSAGE: -13;
  /** `spreadCode` of `ERR_SPREAD_ILLEGAL_GROUP`. */
  const ILLEGAL_GROUP: -14;
  /** A number of the C library that cspread never reports: it has no buffers to be too short. */
  const BUFFER_TOO_SHORT: -15;
  /** A number of the C library that cspread never reports: it has no buffers to be too short. */
  const GROUPS_TOO_SHORT: -16;
  /** `spreadCode` of `ERR_SPREAD_MESSAGE_TOO_LONG`. */
  const MESSAGE_TOO_LONG: -17;
  /** A number of the C library, for calls after a loss. cspread reports `ERR_SPREAD_NOT_CONNECTED`. */
  const NET_ERROR_ON_SESSION: -18;

  /** The names of Spread's constants. */
  type ConstantName =
    | 'UNRELIABLE_MESS'
    | 'RELIABLE_MESS'
    | 'FIFO_MESS'
    | 'CAUSAL_MESS'
    | 'AGREED_MESS'
    | 'SAFE_MESS'
    | 'REGULAR_MESS'
    | 'SELF_DISCARD'
    | 'DROP_RECV'
    | 'REG_MEMB_MESS'
    | 'TRANSITION_MESS'
    | 'CAUSED_BY_JOIN'
    | 'CAUSED_BY_LEAVE'
    | 'CAUSED_BY_DISCONNECT'
    | 'CAUSED_BY_NETWORK'
    | 'MEMBERSHIP_MESS'
    | 'REJECT_MESS'
    | 'LOW_PRIORITY'
    | 'MEDIUM_PRIORITY'
    | 'HIGH_PRIORITY'
    | 'DEFAULT_SPREAD_PORT'
    | 'MAX_GROUP_NAME'
    | 'MAX_PRIVATE_NAME'
    | 'MAX_PROC_NAME'
    | 'ACCEPT_SESSION'
    | 'ILLEGAL_SPREAD'
    | 'COULD_NOT_CONNECT'
    | 'REJECT_QUOTA'
    | 'REJECT_NO_NAME'
    | 'REJECT_ILLEGAL_NAME'
    | 'REJECT_NOT_UNIQUE'
    | 'REJECT_VERSION'
    | 'CONNECTION_CLOSED'
    | 'REJECT_AUTH'
    | 'ILLEGAL_SESSION'
    | 'ILLEGAL_SERVICE'
    | 'ILLEGAL_MESSAGE'
    | 'ILLEGAL_GROUP'
    | 'BUFFER_TOO_SHORT'
    | 'GROUPS_TOO_SHORT'
    | 'MESSAGE_TOO_LONG'
    | 'NET_ERROR_ON_SESSION';
}

/**
 * The handlers, of sessions opened by the constructor only: others have events. They may be set and replaced at any
 * time; a subclass may define them. An unset handler does nothing, and can be read and called all the same; set to
 * `null` or `undefined` it does nothing, and reads as that. If `CSPREAD_CLASSIC_LOG` is 1 when the package is loaded,
 * unset handlers print a line each on standard error.
 */
interface SpreadSession extends Readonly<Pick<typeof SpreadSession, SpreadSession.ConstantName>> {
  /**
   * Called for each message, with the first of its groups, the sender's private group (`#name#daemon`)
   * and the payload: a string in the session's encoding (UTF-8), or a Buffer after `setEncoding(null)`.
   */
  get dataHandler(): OmitThisParameter<SpreadSession.DataHandler>;
  /** Sets the handler; `null` or `undefined`: none. */
  set dataHandler(handler: SpreadSession.DataHandler | null | undefined);
  /** A member joined; also this session itself; also a member that came with a merge of networks. */
  get memberJoinedGroup(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** Sets the handler; `null` or `undefined`: none. */
  set memberJoinedGroup(handler: SpreadSession.MemberHandler | null | undefined);
  /** A member left; also this session itself. */
  get memberLeftGroup(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** Sets the handler; `null` or `undefined`: none. */
  set memberLeftGroup(handler: SpreadSession.MemberHandler | null | undefined);
  /** A change of the network cut a member off. Called once for each. */
  get leaveCausedByNetwork(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** Sets the handler; `null` or `undefined`: none. */
  set leaveCausedByNetwork(handler: SpreadSession.MemberHandler | null | undefined);
  /** A member disconnected, or its process died. */
  get leaveCausedByDisconnect(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** Sets the handler; `null` or `undefined`: none. */
  set leaveCausedByDisconnect(handler: SpreadSession.MemberHandler | null | undefined);
  /** Connecting failed: called after `failure`, with the same text and error. */
  get onFailedToConnect(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** Sets the handler; `null` or `undefined`: none. */
  set onFailedToConnect(handler: SpreadSession.ErrorCallback | null | undefined);
  /** The connection was lost, with a text and the error. Never called after `disconnect()`. `'close'` follows. */
  get onDisconnect(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** Sets the handler; `null` or `undefined`: none. */
  set onDisconnect(handler: SpreadSession.ErrorCallback | null | undefined);
  /**
   * Spread's rules or the session's state refused a call: a text and the error. Called after the call, never
   * within it.
   */
  get onError(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** Sets the handler; `null` or `undefined`: none. */
  set onError(handler: SpreadSession.ErrorCallback | null | undefined);
}

export = SpreadSession;
