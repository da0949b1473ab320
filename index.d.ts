/// <reference types="node" />
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

/**
 * One connection to a Spread daemon, which is one member of the groups it joins.
 *
 * The module itself is this class: `const SpreadSession = require('cspread')`. {@link SpreadSession.connect} opens a
 * session by promise: errors are thrown and reject. The constructor, which may be called without `new`, opens one by
 * callbacks: `onError` is told what Spread or the network does, so that `multicast()` and `send()` do not throw it, and
 * the promises of `join()`, `leave()` and `disconnect()` do not reject with it. What is said below of "a session from
 * `connect()`" and "a session opened by the constructor" is this difference.
 *
 * Arguments of a wrong type or range are TypeErrors and RangeErrors on both, with Node's codes (`ERR_INVALID_ARG_TYPE`,
 * `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`): thrown by calls, and rejections of promises. The constructor, and
 * `multicast()`, `join()` and `leave()` on sessions that it opened, take what node-cspread took: a number as a name, a
 * service in digits, and any payload.
 *
 * Methods work without their session too, as `process.once('SIGTERM', session.disconnect)`: they are properties of the
 * session, bound to it, unless a subclass has methods of these names.
 */
declare class SpreadSession extends Emitter<SpreadSession.Events> {
  /**
   * Begins to connect, and returns at once. What comes of it is told within 5,000 ms, never before the constructor
   * has returned.
   *
   * @param address where the daemon is: `'4803'` (the Unix socket `/tmp/4803`; on Windows `4803@localhost`),
   *   `'4803@host'`, `'4803@[::1]'`, `'spread://host:4803'`, or the path of a Unix socket:
   *   {@link SpreadSession.Address} has more.
   * @param uniqueName the private name, unique on its daemon: 1 to 10 characters with codes 36 to 126. A longer one
   *   becomes a digest of itself, 10 characters, always the same; `name` keeps the long one. `''`, `null` or
   *   `undefined` leave the name to the daemon. A number stands for its digits, here and in `address`.
   * @param success called with the session, also as `this`, once it is connected.
   * @param failure called with a text and the error if the session does not come about: `ERR_SPREAD_…` codes of
   *   {@link SpreadSession.SpreadError}. `onFailedToConnect` is called too.
   * @throws {TypeError} an argument of a wrong type; `CSPREAD_ENGINE` is none. `CSPREAD_ENGINE=libspread` has the C
   *   library carry the session.
   */
  constructor(
    address: SpreadSession.ClassicName | null | undefined,
    uniqueName: SpreadSession.ClassicName | null | undefined,
    success: SpreadSession.SuccessCallback | null | undefined,
    failure?: SpreadSession.ErrorCallback | null,
  );
  /**
   * The same, with a flag: as soon as there is a third argument that is no function, and not nothing among four.
   *
   * @param receiveMembership whether membership messages are wanted, by its truth: `1` or `true`, say; they are without
   *   the flag. Without them the handlers for members are never called, and `groups` stays empty.
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
  /** Who carries the session: the option `engine`, else what `CSPREAD_ENGINE` said when it was opened, else `'native'`. */
  readonly engine: SpreadSession.Engine;
  /** The daemon's version, such as `'5.0.1'`, once connected; the C library does not tell it. */
  readonly daemonVersion: string | undefined;
  /**
   * `'connecting'` from the start, `'connected'`, `'disconnecting'` from `disconnect()` on, `'closed'` behind the end;
   * `'reconnecting'` from a loss until the new connection stands, on a session that reconnects.
   */
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'disconnecting' | 'closed';
  /**
   * The groups that this session is in, each with the view delivered last. Read-only: what is delivered changes it,
   * before its event. Empty once the connection has ended, and always without membership.
   */
  readonly groups: ReadonlyMap<string, SpreadSession.View>;
  /** node-cspread's number of the connection: from 1 on, another one for each, while `state` is `'connected'`; else -1. */
  readonly mbox: number;

  /**
   * Sends a message to everybody in a group, or in several at once (at most 43). The bytes are taken when the call
   * returns. All messages of one turn leave together, in the order of the calls.
   *
   * @param service exactly one of the six services (`SAFE_MESS`, …), alone or with `SELF_DISCARD`. On a session opened by
   *   the constructor it may be a string of digits.
   * @param group a group, a private group (`#name#daemon`), or an array of them. On a session opened by the constructor
   *   each may be a number.
   * @param data a string leaves as UTF-8. Payload and 32 bytes a group are at most 140,000 bytes. On a session opened by
   *   the constructor what is neither a string nor a view leaves as its text, `String(data)`; a symbol has none.
   * @returns `true`; `false` if it was taken and more than 1 MiB waits to be sent: wait for `'drain'`; `undefined`
   *   if it was refused, and `onError` hears why.
   * @throws {TypeError | RangeError} an argument of a wrong type or range (`ERR_INVALID_ARG_TYPE`,
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
   * @param selfDiscard whether this session itself is not to get the message; as `SELF_DISCARD`. On a session opened by
   *   the constructor anything will do, by its truth: `SELF_DISCARD` itself, say.
   */
  multicast(
    service: SpreadSession.ClassicService,
    selfDiscard: unknown,
    group: SpreadSession.ClassicName | readonly SpreadSession.ClassicName[],
    data: SpreadSession.ClassicData,
  ): boolean | undefined;

  /**
   * Sends a message to everybody in a group, or in several at once. The bytes are taken when the call returns: the
   * caller may use its buffers again. Order of calls is order on the wire.
   *
   * @param groups a group, a private group (`#name#daemon`), or an array of at most 43 of them. A session that is in
   *   several of them gets the message once. One need not be a member to send.
   * @param data a string (sent as UTF-8), a Buffer, any other view, or an array of them: one message, gathered without
   *   a copy in between. Payload and 32 bytes a group are at most `maxMessageBytes`.
   * @returns `true`; or `false`: it was taken, and the caller had better wait for `'drain'` or {@link drained}, since
   *   more than `highWaterMark` waits to be sent, or `sendWindow` own messages have not come back yet.
   * @throws {SpreadError} on a session from `connect()`, before anything is sent: `ERR_SPREAD_NOT_CONNECTED`,
   *   `ERR_SPREAD_ILLEGAL_GROUP`, `ERR_SPREAD_ILLEGAL_SERVICE`, `ERR_SPREAD_TOO_MANY_GROUPS`,
   *   `ERR_SPREAD_MESSAGE_TOO_LONG`, `ERR_SPREAD_QUEUE_FULL` (more than `maxQueuedBytes` would wait; nothing was
   *   taken). On a session opened by the constructor `onError` hears that, and the call returns `undefined`.
   * @throws {TypeError | RangeError} an argument of a wrong type or range.
   */
  send(
    groups: string | readonly string[],
    data: SpreadSession.Data | readonly SpreadSession.Data[],
    options?: SpreadSession.SendOptions,
  ): boolean | undefined;
  /**
   * Resolves once `send()` would say `true`: at once, or with `'drain'`. Rejects with `ERR_SPREAD_NOT_CONNECTED`, or
   * with the error by which the connection was lost meanwhile; with the signal's reason if that aborts. It does so on a
   * session opened by the constructor as well.
   */
  drained(options?: SpreadSession.Abortable): Promise<undefined>;

  /**
   * Joins a group: 1 to 31 characters with codes 36 to 126. Resolves with the first view that has this member, after
   * its `'membership'` event; with the current view if this session is a member already. Without membership messages
   * it resolves with `undefined` once the kernel has the request.
   *
   * On a session from `connect()` it rejects with `ERR_SPREAD_ILLEGAL_GROUP`, `ERR_SPREAD_NOT_CONNECTED`,
   * `ERR_SPREAD_QUEUE_FULL`, the error by which the connection was lost, or the signal's reason; the request itself is
   * not taken back by the signal. If the session reconnects, a join waits for the view on the new connection.
   *
   * On a session opened by the constructor it rejects for a `group` that is neither a string nor a number only, takes no
   * options, and resolves with `undefined` if the join was refused (`onError` hears why) or the session ended first.
   */
  join(group: SpreadSession.ClassicName, options?: SpreadSession.Abortable): Promise<SpreadSession.View | undefined>;
  /**
   * Leaves a group. Resolves once Spread confirms it, after the `'membership'` event that says so: no message to the
   * group comes behind.
   *
   * On a session from `connect()` it rejects with `ERR_SPREAD_NOT_A_MEMBER` if this session is not in the group and did
   * not ask to be, otherwise as {@link join}. If the connection is lost and the session reconnects, or it is
   * disconnected, it resolves: the group is left by that.
   *
   * On a session opened by the constructor it rejects for a `group` that is neither a string nor a number only, takes no
   * options, and resolves at once if this session is no member. Without membership messages nobody knows who is a member:
   * it resolves once the kernel has the request.
   */
  leave(group: SpreadSession.ClassicName, options?: SpreadSession.Abortable): Promise<undefined>;
  /**
   * Ends the session: what was accepted is sent first, within 2,000 ms, and what has come is delivered, even if the
   * session is paused. Idempotent. Resolves when the session is over; rejects only with the signal's reason, while the
   * session ends all the same. On a session opened by the constructor it takes no options.
   */
  disconnect(options?: SpreadSession.Abortable): Promise<undefined>;
  /** `disconnect()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<undefined>;

  /**
   * The messages, one by one, in Spread's order; those to one group. An iterator starts when it is made, and gets every
   * message from then on, besides listeners and other iterators. What it has not taken counts against
   * `maxReceiveQueueBytes`: make one only to use it, and end it with `break` or `return()`. Whatever the session answers
   * may be awaited inside its loop: while anybody waits for more, deliveries go on, and this iterator's share queues.
   *
   * It ends when the session is disconnected, and throws the error by which the session was lost for good, after all
   * that had come. It goes on over reconnects. Promises of `next()` resolve in the order of its calls. It throws the signal's reason if that aborts, and what it was given and has
   * not taken is dropped then.
   *
   * @throws {TypeError} wrong options.
   */
  messages(options?: SpreadSession.TakeOptions): SpreadSession.DeliveryIterator<SpreadSession.Message>;
  /**
   * Everything in Spread's order, told apart by `kind`; with `group`, what concerns that group. Otherwise as
   * {@link messages}.
   */
  deliveries(options?: SpreadSession.TakeOptions): SpreadSession.DeliveryIterator<SpreadSession.Delivery>;
  /**
   * Calls `fn` with everything in Spread's order, strictly one after the other: the next call is made when the promise
   * of the one before has resolved. Starts at once. Resolves when the session is disconnected; rejects with what `fn`
   * throws, and as {@link messages} throws.
   */
  consume(fn: (delivery: SpreadSession.Delivery) => unknown, options?: SpreadSession.TakeOptions): Promise<undefined>;
  /**
   * Nothing of Spread's stream is delivered until `resume()`; it is read all the same, and waits in the receive queue.
   * Promises of `join()`, `leave()` and `ping()` wait with it, and so does `'disconnect'`. `'drain'` (of
   * `highWaterMark`) and `'slowConsumer'` go on. Returns the session.
   */
  pause(): this;
  /** What has waited is delivered, and what comes. Returns the session. */
  resume(): this;
  /**
   * The round trip to the daemon and back in ms, by a message to oneself that nobody sees, and that is measured when it
   * arrives, however busy JavaScript is. Resolves when that message's place in the stream is reached: all that came before
   * it is delivered then, to listeners and into the queues of iterators. After `pause()` it waits for `resume()`.
   * Rejects with `ERR_SPREAD_NOT_CONNECTED`, the error by which the connection was lost, `ERR_SPREAD_SLOW_CONSUMER` (see
   * `overflow`) or the signal's reason, on a session opened by the constructor too: there is no other deadline.
   */
  ping(options?: SpreadSession.Abortable): Promise<number>;

  /**
   * How `dataHandler` gets its data: decoded (by default as `'utf8'`), or with `null` as Buffers. Events and iterators
   * have Buffers always. Returns the session.
   *
   * @throws {TypeError} an encoding that Buffer does not know.
   */
  setEncoding(encoding: BufferEncoding | null): this;
  /** The session keeps the process alive until it is over, as it does from the start. Returns the session. */
  ref(): this;
  /** The session does not keep the process alive. Returns the session. */
  unref(): this;
  /** Figures of the session so far, over all its connections; of one that is over, the last. A new object each time. */
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

/** The methods of an EventEmitter that are about one event. */
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
 * Node's EventEmitter with these events alone. Written out, since EventEmitter takes a type argument in newer versions of
 * @types/node only.
 */
interface Emitter<E> extends Omit<EventEmitter, OfOneEvent> {
  /** Calls the listener at each such event. */
  on<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Calls the listener at the next such event, and no more. */
  once<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Calls the listener no more. */
  off<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link on}. */
  addListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link on}, before those that listen already. */
  prependListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link once}, before those that listen already. */
  prependOnceListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** As {@link off}. */
  removeListener<Name extends EventName<E>>(event: Name, listener: Listener<E, Name>): this;
  /** Calls those who listen to the event. Whether there are any. */
  emit<Name extends EventName<E>>(event: Name, ...args: Told<E, Name>): boolean;
}
declare const Emitter: Omit<typeof EventEmitter, 'prototype'> & { new <E>(): Emitter<E> };

/** Its own events, and those that every emitter has. */
type EventName<E> = keyof E | 'newListener' | 'removeListener' | typeof EventEmitter.errorMonitor;

/** What is told with an event. */
type Told<E, Name> = Name extends keyof E
  ? Extract<E[Name], unknown[]>
  : Name extends typeof EventEmitter.errorMonitor
    ? [error: SpreadSession.SpreadError]
    : [event: string | symbol, listener: (...args: unknown[]) => void];

/** Who hears of an event. */
type Listener<E, Name> = (...args: Told<E, Name>) => void;

// The class by these names, since within the namespace its own is that of a property.
type SessionClass = typeof SpreadSession;
type SessionInstance = SpreadSession;

declare namespace SpreadSession {
  /** The class itself: for `const { SpreadSession } = require('cspread')` and `import { SpreadSession } from 'cspread'`. */
  const SpreadSession: SessionClass;
  /** A session, whichever way it was opened. */
  type SpreadSession = SessionInstance;

  /** The session is connected. */
  type SuccessCallback = (this: SpreadSession, session: SpreadSession) => void;
  /** Something went wrong: in words, and as an error with a code. */
  type ErrorCallback = (this: SpreadSession, text: string, error: SpreadError) => void;
  /** A message came: the first of its groups, who sent it, and what it says. */
  // biome-ignore lint/suspicious/noExplicitAny: it is a string, or a Buffer after setEncoding(null).
  type DataHandler = (this: SpreadSession, group: string, sender: string, data: any) => void;
  /** A group's members changed: the group, and the private group of the member concerned. */
  type MemberHandler = (this: SpreadSession, group: string, member: string) => void;
  /** A name or an address as node-cspread took them: a number stands for its digits. */
  type ClassicName = string | number;
  /** A service as node-cspread took it: a number, or its digits. */
  type ClassicService = number | `${number}`;
  /** A payload as node-cspread took it: its text is sent, if it is no view. In JavaScript any object will do. */
  type ClassicData = Data | number | bigint | boolean | null | undefined;
  /** Whether, by its truth. In JavaScript whatever is no function will do. */
  type Flag = boolean | number | string | null | undefined;
  /**
   * A payload: a string without lone surrogates, which leaves as UTF-8, or a Buffer, typed array or DataView, unless its
   * memory was transferred or its buffer has shrunk.
   */
  type Data = string | Buffer | NodeJS.ArrayBufferView;
  /** The engine of this package, or the C library libspread where that is installed. */
  type Engine = 'native' | 'libspread';

  /**
   * The version of the C library, such as `'5.0.1'`.
   *
   * @param path of the library; without it `CSPREAD_LIBSPREAD`, else the usual places are tried.
   * @throws {SpreadError} `ERR_SPREAD_LIBSPREAD_NOT_FOUND`: there is none; the text lists what was tried and why it
   *   was not taken.
   * @throws {TypeError} `path` is no string.
   */
  function libspreadVersion(path?: string): string;

  /**
   * Connects to a daemon.
   *
   * Resolves with the session once it is connected. Rejects with a {@link SpreadError} (docs/errors.md lists the codes),
   * with a TypeError or RangeError for wrong arguments, or with the signal's reason; it never throws synchronously.
   * The session's `'message'` and other listeners may be attached once it is there: nothing comes before. They run in the
   * async context of this call (AsyncLocalStorage), and what one of them enters ends with it.
   *
   * @param target where the daemon is, several places (tried in order, each with all its addresses), or options.
   *   Nothing: port 4803 of this machine, the Unix socket `/tmp/4803`.
   */
  function connect(target?: Address | readonly Address[] | (ConnectOptions & { membership?: true })): Promise<Session>;
  /** The same without membership: `join()` resolves with `undefined`. */
  function connect(options: ConnectOptions & { membership: false }): Promise<Session<undefined>>;
  /** The same where the compiler cannot tell which. */
  function connect(options: ConnectOptions): Promise<Session<View | undefined>>;

  /** A session from {@link connect}: what is refused is thrown, so nothing returns `undefined` for it. */
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
   * `'4803@[::1]'`, `'spread://host:4803'`, the path of a Unix socket, or one of these objects. A host may be a name or an
   * IP address, with a zone if need be (`'4803@fe80::1%eth0'`); of a name all addresses are tried, and letters beyond
   * ASCII are looked up as Node does, by IDNA. A path begins with `/`, `.` or `unix:`, and all that follows is part of it.
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

  /** A daemon behind a Unix socket; not on Windows. */
  interface PathAddress {
    /**
     * Of the socket, taken as it stands: blanks, percent signs and all; 107 bytes on Linux, 103 elsewhere. On Linux a NUL
     * in front makes a name that is in no file system.
     */
    readonly path: string;
    /** Not together with this. */
    readonly host?: undefined;
    /** Not together with this. */
    readonly port?: undefined;
  }

  /**
   * Options of {@link connect}. Times are in ms, sizes in bytes; numbers are integers, from 1 on where nothing else is
   * said. A name that is none of these is an error.
   */
  interface ConnectOptions {
    /** Where the daemon is; several are tried in order. Port 4803 of this machine by default. */
    address?: Address | readonly Address[] | undefined;
    /** The private name, unique on its daemon: 1 to 10 characters with codes 36 to 126. None: the daemon chooses. */
    name?: string | undefined;
    /** Whether membership messages are wanted; true by default. Without, there are no views. */
    membership?: boolean | undefined;
    /** 0 (by default), 1 or 2; it is told to the daemon, and no known daemon makes a difference. */
    priority?: number | undefined;
    /** For look-up, connect and handshake at all addresses together; 5,000 by default. Of each attempt to reconnect. */
    timeout?: number | undefined;
    /** Gives up connecting; no more than that once the session is connected. */
    signal?: AbortSignal | undefined;
    /** Who carries the session; by default what `CSPREAD_ENGINE` says, else `'native'`. */
    engine?: Engine | undefined;
    /** Path of the C library, with `engine: 'libspread'`; by default `CSPREAD_LIBSPREAD`, else the usual places. */
    libspread?: string | undefined;
    /**
     * How to authenticate: one or two methods, all of which must succeed. `'NULL'` (nothing is asked) by default; `'IP'`:
     * the daemon looks at the address. On the libspread engine, whose methods are the whole process's, any other than
     * `'NULL'` is refused with `ERR_SPREAD_UNSUPPORTED`.
     */
    auth?: readonly ('NULL' | 'IP' | AuthMethod)[] | undefined;
    /** What to do when the connection is lost: `false` (by default) ends the session, `true` means the defaults. */
    reconnect?: boolean | ReconnectOptions | undefined;
    /** `send()` says `false` above this; 1 MiB by default, at most `maxQueuedBytes`. */
    highWaterMark?: number | undefined;
    /** `send()` refuses above this (`ERR_SPREAD_QUEUE_FULL`); 16 MiB by default. */
    maxQueuedBytes?: number | undefined;
    /** What may wait to be delivered before `overflow` happens; 64 MiB by default, at least 1 MiB. */
    maxReceiveQueueBytes?: number | undefined;
    /**
     * What happens then. `'disconnect'` (by default): the session ends with `ERR_SPREAD_SLOW_CONSUMER`. `'pause'`: the
     * socket is not read until half is taken; a real daemon cuts a session off that is 1,000 messages behind. If it is
     * iterators that have not taken as much, what waits for the stream (`join()`, `leave()`, `ping()`, and `drained()` with a
     * send window) rejects with `ERR_SPREAD_SLOW_CONSUMER`. The session stays, and a join or leave takes effect all the same.
     */
    overflow?: 'disconnect' | 'pause' | undefined;
    /** Of a message with 32 bytes a group; 140,000 by default, 32 to 143,152, which is what clients of Spread keep to. */
    maxMessageBytes?: number | undefined;
    /**
     * How many of its own messages may be on their way back before `send()` says `false`; no bound by default. Counted
     * are messages to groups that this session is in or has asked to join (`'reliable'` ones: whose view has come) or to
     * itself, without `selfDiscard` and not `'unreliable'`. Paces a fast sender by what the daemons keep up with; it does not wait for readers.
     */
    sendWindow?: number | undefined;
    /**
     * TCP keep-alive, by which a link that is silently dead is found within 30 s; true by default. What was sent and
     * not acknowledged for 30 s ends the connection too, on Linux.
     */
    keepAlive?: boolean | undefined;
    /**
     * How often the session pings itself; off by default. A dead link, or a daemon that hangs, is then found within
     * `pingInterval + pingTimeout`.
     */
    pingInterval?: number | undefined;
    /**
     * With `pingInterval`: how long nothing at all may come after a ping; 10,000 by default. Less than about 4,000 can
     * mistake a change among the daemons, which stops all messages for 3 s, for a dead link.
     */
    pingTimeout?: number | undefined;
  }

  /** A method of authentication that exchanges bytes with the daemon. `examples/pword.js` is one. */
  interface AuthMethod {
    /** As the daemon knows it. */
    readonly name: string;
    /**
     * Called when it is this method's turn, once for each daemon that is tried. Resolves when its exchange is over; what
     * it has not read of the stream goes back to the handshake. What it throws, or its promise rejects with, is the
     * `cause` of an `ERR_SPREAD_REJECT_AUTH`, unless another daemon lets the session in. `timeout` bounds it too: the
     * stream is destroyed when its attempt is given up.
     *
     * @param stream to and from the daemon. A write is a few bytes: it leaves at once, as it is. Who awaits
     * `once(stream, 'readable')` is to have read all that had come, byte by byte: of bytes left there Node tells him again
     * and again, before any more can come.
     * @param daemon where the daemon is: `host:port`, or the path of a Unix socket.
     */
    authenticate?: ((stream: Duplex, daemon: { readonly address: string }) => unknown) | undefined;
  }

  /**
   * How to reconnect. The wait before an attempt is random between 0 and a bound that doubles, from `minDelay` on. What no
   * attempt can change ends the session at once: `ERR_SPREAD_REJECT_AUTH`, `…_REJECT_VERSION`, `…_REJECT_ILLEGAL_NAME`,
   * `…_ILLEGAL_ADDRESS`, `…_LIBSPREAD_NOT_FOUND`, `…_UNSUPPORTED`. A name in use is tried again.
   */
  interface ReconnectOptions {
    /**
     * Attempts after a loss before the session ends; no bound by default. One that is lost before `'reconnect'` has
     * failed.
     */
    attempts?: number | undefined;
    /** The bound of the first wait: 100 ms by default, at most `maxDelay`. */
    minDelay?: number | undefined;
    /** What the bound grows to: 10,000 ms by default. */
    maxDelay?: number | undefined;
  }

  /** What every call that waits takes. */
  interface Abortable {
    /** Makes the promise reject with the signal's reason. */
    signal?: AbortSignal | undefined;
  }

  /** What {@link SpreadSession.messages} and its like take. */
  interface TakeOptions extends Abortable {
    /** Only messages whose `groups` include this one, and only what else concerns it; everything by default. */
    group?: string | undefined;
  }

  /** What Spread promises for a message: see docs/guide.md. */
  type Service = 'unreliable' | 'reliable' | 'fifo' | 'causal' | 'agreed' | 'safe';

  /** What {@link SpreadSession.send} takes. A name that is none of these is an error. */
  interface SendOptions {
    /** A name, or one of the constants; `'agreed'` by default. */
    service?: Service | number | undefined;
    /** Whether this session itself is not to get the message; false by default. */
    selfDiscard?: boolean | undefined;
    /** The application's own: -32,768 to 32,767, 0 by default. */
    type?: number | undefined;
  }

  /** A message. Listeners and iterators are given the same object: do not change it. */
  interface Message {
    /** Tells deliveries apart. */
    readonly kind: 'message';
    /** The first of `groups`. */
    readonly group: string;
    /** Where it was sent to, as sent. */
    readonly groups: readonly string[];
    /** The sender's private group, `#name#daemon`: a reply may be sent there. */
    readonly sender: string;
    /**
     * The payload, the receiver's own to keep. As with Node's own Buffers, its `buffer` may hold more than this payload,
     * from `byteOffset` on, and then cannot be transferred.
     */
    readonly data: Buffer;
    /** The number that the sender gave it. */
    readonly type: number;
    /** The service it was sent with. */
    readonly service: Service;
    /** Whether the sender's machine has another byte order than this one. */
    readonly endianMismatch: boolean;
  }

  /** A message of this session's own that the daemon refused. No daemon that ships does so. */
  interface Reject extends Omit<Message, 'kind'> {
    /** Tells deliveries apart. */
    readonly kind: 'reject';
  }

  /** A change of a group's members. */
  type Membership = MemberChange | NetworkChange | OwnLeave;

  /** One member joined, left or disconnected. */
  interface MemberChange {
    /** Tells deliveries apart. */
    readonly kind: 'membership';
    /** The group that changed. */
    readonly group: string;
    /** Who is in it now. */
    readonly view: View;
    /** What the member did. */
    readonly cause: 'join' | 'leave' | 'disconnect';
    /** Who joined, left, or disconnected (on purpose or by dying). */
    readonly member: string;
    /** That member, if it joined. */
    readonly joined: readonly string[];
    /** That member, if it went. */
    readonly left: readonly string[];
  }

  /** The network parted, or came together again. */
  interface NetworkChange {
    /** Tells deliveries apart. */
    readonly kind: 'membership';
    /** The group that changed. */
    readonly group: string;
    /** Who is in it now. */
    readonly view: View;
    /** What changed. */
    readonly cause: 'network';
    /** It is not about one. */
    readonly member: null;
    /**
     * The new members that did not come here together with this session. One that was cut off and came back in one step
     * is in both. In one's own first view: oneself.
     */
    readonly joined: readonly string[];
    /** The old members that did not come here together with this session, in the old view's order. */
    readonly left: readonly string[];
  }

  /** This session has left the group, as it asked to. */
  interface OwnLeave {
    /** Tells deliveries apart. */
    readonly kind: 'membership';
    /** The group that was left. */
    readonly group: string;
    /** There is no view of a group that one is not in. */
    readonly view: null;
    /** As with every leave. */
    readonly cause: 'leave';
    /** This session's private group. */
    readonly member: string;
    /** Nobody. */
    readonly joined: readonly string[];
    /** This session. */
    readonly left: readonly string[];
  }

  /**
   * The network is changing. Until the group's next view, messages may have reached fewer members than their service
   * promises.
   */
  interface Transition {
    /** Tells deliveries apart. */
    readonly kind: 'transition';
    /** The group whose members are changing. */
    readonly group: string;
    /** That of the view before. */
    readonly id: GroupId;
  }

  /** Gives what comes, one by one: see {@link SpreadSession.messages}. */
  interface DeliveryIterator<T> extends AsyncIterableIterator<T> {
    /** The next one. */
    next(): Promise<IteratorResult<T, undefined>>;
    /** Ends it: what it was given and has not been taken is dropped. */
    return(value?: undefined): Promise<IteratorResult<T, undefined>>;
    /** The same, and rejects with the error. */
    throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
    /** Itself. */
    [Symbol.asyncIterator](): this;
    /** `return()`, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
  }

  /** All that comes in Spread's stream. */
  type Delivery = Message | Membership | Transition | Reject;

  /**
   * How a connection was lost. `reason` is what this side can tell, no more than likely where the daemon has just hung
   * up: it gives no reasons.
   */
  interface Loss {
    /** `ERR_SPREAD_CONNECTION_CLOSED`, `…_PING_TIMEOUT`, `…_PROTOCOL` or `…_SLOW_CONSUMER`. */
    readonly error: SpreadError;
    /**
     * `'daemon'`: the daemon went away. `'slow'`: it hung up within a message, as it does to a session that reads too
     * slowly. `'refused'`: it hung up over requests of this session's, as it does for what it takes for a fault, or a
     * message that is too large for it. `'unreachable'`: nothing came for too long. `'overflow'`: this program did not
     * take its messages (`ERR_SPREAD_SLOW_CONSUMER`). `'protocol'`: what came was no Spread message. The C library does
     * not tell the first four apart: on it `'daemon'` stands for all, unless `pingInterval` found the link dead.
     */
    readonly reason: 'daemon' | 'slow' | 'refused' | 'unreachable' | 'overflow' | 'protocol';
    /**
     * Messages that were accepted and that the kernel was not given whole. Of those it was given, some may not have
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
    /** Which one since the loss, from 1 on. */
    readonly attempt: number;
  }

  /** A session is back, as another member. */
  interface Reconnect {
    /** Attempts it took. */
    readonly attempts: number;
    /** Which daemon answered: `host:port`, or the path of a Unix socket. */
    readonly address: string;
    /** Who this session was. */
    readonly previous: string;
    /** Who it is now. */
    readonly privateGroup: string;
    /** The new views, of the groups that were joined again. */
    readonly views: readonly View[];
  }

  /** The receive queue fills up. */
  interface SlowConsumer {
    /** How full the receive queue is: 50 or 90. Each comes again once it was below 25. */
    readonly percent: 50 | 90;
    /** Bytes that waited when the queue was found so full. */
    readonly bytes: number;
    /** `maxReceiveQueueBytes`. */
    readonly limit: number;
  }

  /** Events. Those of Spread's stream come in its order. Nothing comes behind `'close'`. */
  interface Events {
    /** A message came. */
    message: [message: Message];
    /** A group's members changed. `session.groups` has the view already. */
    membership: [membership: Membership];
    /** The network is changing: a view with cause `'network'` follows. */
    transition: [transition: Transition];
    /** The daemon refused a message. */
    reject: [reject: Reject];
    /** `send()` says `true` again: see {@link SpreadSession.send}. */
    drain: [];
    /** What comes is not taken fast enough. Told at once, before what waits. */
    slowConsumer: [slowConsumer: SlowConsumer];
    /**
     * The connection is lost: not for one's own `disconnect()`, and on sessions from `connect()` only. Emitted after all
     * that came before it was delivered: to listeners, and into the queues of iterators, which may still have to take it.
     * `pause()` holds it back. Without a listener, an iterator throws a loss for good, else `'error'` reports it.
     */
    disconnect: [loss: Loss];
    /** An attempt to reconnect begins. */
    reconnecting: [attempt: ReconnectAttempt];
    /** The connection is back, and all groups' new views have come. */
    reconnect: [reconnect: Reconnect];
    /**
     * What no call asked for: the session did not come back, a group could not be joined again. Never thrown: without
     * a listener it is a warning of the process, with the error's code, and `errorMonitor` hears it all the same. On
     * sessions from `connect()` only.
     */
    error: [error: SpreadError];
    /** The session is over. Nothing comes behind it. */
    close: [];
  }

  /**
   * Who is in a group, as of one membership message. Plain data: two are deeply equal if they say the same, and they can be
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
    /** The virtual-synchrony sets: those who came here together from one previous view. */
    readonly sets: readonly (readonly string[])[];
    /** The set of those who came here together with this session. */
    readonly ownSet: readonly string[];
  }

  /**
   * Identifies a membership of a group: while the group has members. Once it was empty its ids may come again, and other
   * groups may have the same ones.
   */
  interface GroupId {
    /** The three numbers: all that a copy has of it. */
    readonly ints: readonly [number, number, number];
    /** Whether both stand for the same membership, as {@link sameId} says. */
    equals(other: GroupId | GroupIdCopy | null | undefined): boolean;
    /** The three numbers, with blanks in between: for a log, or as a key. */
    toString(): string;
    /** The three numbers. */
    toJSON(): number[];
  }

  /** What `structuredClone()`, `postMessage()` or JSON makes of a {@link GroupId}. */
  type GroupIdCopy = Pick<GroupId, 'ints'> | readonly number[];

  /** Whether two ids, or copies of them, stand for the same membership. What is no id is the same as none. */
  function sameId(a: GroupId | GroupIdCopy | null | undefined, b: GroupId | GroupIdCopy | null | undefined): boolean;

  /** Counts since the session began; sizes in bytes. */
  interface SessionStats {
    /** Messages that came, memberships included; no pings. */
    messagesReceived: number;
    /** Calls in which they were delivered. */
    batches: number;
    /** Bytes of all that came behind the handshake. */
    bytesReceived: number;
    /** System calls that read them. */
    reads: number;
    /** Received and not yet delivered. */
    receiveQueueBytes: number;
    /** The most that `receiveQueueBytes` has been. */
    receiveQueueHighWater: number;
    /** Messages that were accepted to be sent; no joins, leaves or pings. */
    messagesSent: number;
    /** Bytes of all that was accepted behind the handshake. */
    bytesSent: number;
    /** System calls that wrote them. */
    writes: number;
    /** Accepted and not yet handed to the kernel. */
    sendQueueBytes: number;
    /** Views delivered. */
    viewChanges: number;
    /** Views of groups that the session has not asked for. No daemon sends them; they are dropped. */
    strayViews: number;
    /** How often the session came back. */
    reconnects: number;
    /** Messages that came and were not delivered: always 0. A session ends rather than drop one. */
    drops: 0;
  }

  /** An error of Spread's or of the connection. Match on `code`. */
  class SpreadError extends Error {
    private constructor();
    /** Always the same. */
    readonly name: 'SpreadError';
    /** `'ERR_SPREAD_…'`: docs/errors.md lists them. */
    readonly code: `ERR_SPREAD_${string}`;
    /** Spread's number for it, where there is one. */
    readonly spreadCode?: number;
    /** Spread's name for it, where there is one. */
    readonly spreadName?: string;
    /** Of `ERR_SPREAD_RESOURCES`: the system's number, negative as Node's errors have it. */
    readonly errno?: number;
    /** Of `ERR_SPREAD_RESOURCES`: the call that the system refused. */
    readonly syscall?: string;
  }

  /**
   * Options of the embedded daemon. Sizes are in bytes, times in ms; numbers are integers from 1 on. A name that is none of
   * these is an error.
   */
  interface DaemonOptions {
    /** TCP port; 4803 by default, 0 for any free one. */
    port?: number | undefined;
    /** Address to listen on: an IP address, without a zone. By default 127.0.0.1 and, where there is one, ::1 on the same port. */
    host?: string | undefined;
    /** Path of a Unix socket to listen on too, as in {@link PathAddress}; none by default. Not on Windows. */
    path?: string | undefined;
    /** The daemon's name, the second part of every private group: 1 to 19 characters; `'localhost'` by default. */
    name?: string | undefined;
    /**
     * Who may connect: addresses, `address/prefix`, `'local'` (127.0.0.0/8) or `'unix'`. Clients then have to use the
     * IP method. By default everybody who reaches the daemon may.
     */
    allowIp?: readonly string[] | undefined;
    /** Most sessions at a time, 10,000 by default; one more is refused (`ERR_SPREAD_REJECT_QUOTA`). */
    maxSessions?: number | undefined;
    /** Most handshakes at a time, 1,000 by default; one more is refused. */
    maxHandshakes?: number | undefined;
    /** Time for a handshake, 5,000 by default; a client that takes longer is cut off. */
    handshakeTimeout?: number | undefined;
    /** Most groups in all, 1,000,000 by default; whoever asks for one more is cut off. */
    maxGroups?: number | undefined;
    /** Most groups of one session, 10,000 by default; whoever joins one more is cut off. */
    maxSessionGroups?: number | undefined;
    /** Most members of one group, 10,000 by default; whoever is one more is cut off. */
    maxGroupMembers?: number | undefined;
    /** Most bytes queued for one session before it is cut off; 64 MiB by default. */
    maxSessionBytes?: number | undefined;
    /** Most messages queued for one session before it is cut off; no bound by default. A real daemon's is 1,000. */
    maxSessionMessages?: number | undefined;
    /** Most bytes queued for all sessions, 1 GiB by default; beyond it the one with most is cut off. */
    maxTotalBytes?: number | undefined;
    /** Most bytes of a message with its groups, 143,952 by default and at most; whoever sends more is cut off. */
    maxMessageBytes?: number | undefined;
  }

  /** Who has connected to a daemon, or is gone. */
  interface DaemonClient {
    /** `null` for one that never came up. */
    readonly privateGroup: string | null;
    /** `address:port`, or `'unix'`. */
    readonly peer: string;
    /** How many more came or went before, of whom nothing was told: while 4,096 events wait they are only counted. */
    readonly missed: number;
  }

  /** Events of a daemon: {@link SpreadDaemon}. */
  interface DaemonEvents {
    /** A session is up. */
    connect: [client: DaemonConnect];
    /** A session is over, or an attempt at one. */
    disconnect: [client: DaemonDisconnect];
  }

  /** A session is up. */
  interface DaemonConnect extends DaemonClient {
    /** Who it is: `#name#daemon`. */
    readonly privateGroup: string;
  }

  /** A session is over, or an attempt at one. */
  interface DaemonDisconnect extends DaemonClient {
    /**
     * `'left'` (it said so), `'gone'` (its connection ended), `'slow'` (it was cut off since it read too slowly),
     * `'faulty'` (since it broke the protocol or a bound), `'refused'`, `'stopped'` (with the daemon).
     */
    readonly cause: 'left' | 'gone' | 'slow' | 'faulty' | 'refused' | 'stopped';
    /** The same in words. */
    readonly reason: string;
  }

  /**
   * A Spread daemon in this process: single-node, for development, tests and single hosts. Its events say who comes and
   * goes, in the order in which they do.
   */
  class SpreadDaemon extends Emitter<DaemonEvents> {
    private constructor();
    /**
     * Starts a daemon, in a thread of its own. Resolves once it listens; rejects with `ERR_SPREAD_DAEMON` if it
     * cannot (the port is in use, say; the text says why), with a TypeError or RangeError for wrong options. A running
     * daemon keeps the process alive.
     */
    static start(options?: DaemonOptions): Promise<SpreadDaemon>;
    /** The port it listens on. */
    readonly port: number;
    /** What to connect to: `'4803@127.0.0.1'`, say. */
    readonly address: string;
    /** The path of its Unix socket, if it has one. */
    readonly path: string | undefined;
    /** Its name, the second part of every private group. */
    readonly name: string;
    /** Figures of the daemon so far; of one that has stopped, the last. A new object each time. */
    stats(): DaemonStats;
    /** Ends every session and closes every socket. Resolves when the same port can be bound again. Idempotent. */
    stop(): Promise<void>;
    /** The daemon keeps the process alive until it has stopped, as it does from the start. Returns the daemon. */
    ref(): this;
    /** The daemon does not keep the process alive. Returns the daemon. */
    unref(): this;
    /** `stop()`, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
  }

  /** Figures of a daemon so far; sizes in bytes. */
  interface DaemonStats {
    /** Sessions now, those in their handshake included. */
    sessions: number;
    /** Groups now. */
    groups: number;
    /** Sessions that came up. */
    connected: number;
    /** Attempts that were refused. */
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
    /** Waiting to be written now. */
    queuedBytes: number;
    /** Memory held for clients now: what waits to be written, counted once, and messages that are not whole yet. */
    heldBytes: number;
  }

  // Spread's constants: on the module, on the class, and on every session.

  /** Service: may be lost, in no order. A real daemon sends it as reliable. */
  const UNRELIABLE_MESS: 1;
  /** Service: not lost, in no promised order. */
  const RELIABLE_MESS: 2;
  /** Service: not lost, in each sender's order. */
  const FIFO_MESS: 4;
  /** Service: not lost, and behind whatever it was sent because of. */
  const CAUSAL_MESS: 8;
  /** Service: not lost, in one order for all. */
  const AGREED_MESS: 16;
  /** Service: as {@link AGREED_MESS}, and given to nobody before every daemon of the members has it. */
  const SAFE_MESS: 32;
  /** Mask of the six services. It is none itself: sending with it is refused. */
  const REGULAR_MESS: 63;
  /** With a service: the session that sends the message does not get it. */
  const SELF_DISCARD: 64;
  /** A flag of the C library's receiving calls. cspread has no use for it. */
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
  /** Bit of a message that the daemon refused. */
  const REJECT_MESS: 4194304;
  /** Priority of a connection. No known daemon makes a difference. */
  const LOW_PRIORITY: 0;
  /** Priority of a connection. No known daemon makes a difference. */
  const MEDIUM_PRIORITY: 1;
  /** Priority of a connection. No known daemon makes a difference. */
  const HIGH_PRIORITY: 2;
  /** The TCP port of a daemon, unless its configuration says otherwise. */
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
  /** A number of the C library's that cspread never reports: it has no buffers to be too short. */
  const BUFFER_TOO_SHORT: -15;
  /** A number of the C library's that cspread never reports: it has no buffers to be too short. */
  const GROUPS_TOO_SHORT: -16;
  /** `spreadCode` of `ERR_SPREAD_MESSAGE_TOO_LONG`. */
  const MESSAGE_TOO_LONG: -17;
  /** A number of the C library's, for calls after a loss. cspread says `ERR_SPREAD_NOT_CONNECTED`. */
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
 * The handlers: of sessions opened by the constructor only, others have events. They may be set and replaced at any time;
 * a subclass may have them. One that is unset does nothing, and can be read and called all the same; set to `null` or
 * `undefined` it does nothing, and reads as that. If `CSPREAD_CLASSIC_LOG` is 1 when the package is loaded, unset handlers
 * print a line each on standard error.
 */
interface SpreadSession extends Readonly<Pick<typeof SpreadSession, SpreadSession.ConstantName>> {
  /**
   * Called for each message, with the first of the groups it was sent to, the sender's private group (`#name#daemon`)
   * and the payload: a string in the session's encoding (UTF-8), or a Buffer after `setEncoding(null)`.
   */
  get dataHandler(): OmitThisParameter<SpreadSession.DataHandler>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set dataHandler(handler: SpreadSession.DataHandler | null | undefined);
  /** A member joined; also this session itself; also a member that came with a merge of networks. */
  get memberJoinedGroup(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set memberJoinedGroup(handler: SpreadSession.MemberHandler | null | undefined);
  /** A member left; also this session itself. */
  get memberLeftGroup(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set memberLeftGroup(handler: SpreadSession.MemberHandler | null | undefined);
  /** A member was cut off by a change of the network. Called once for each. */
  get leaveCausedByNetwork(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set leaveCausedByNetwork(handler: SpreadSession.MemberHandler | null | undefined);
  /** A member disconnected, or its process died. */
  get leaveCausedByDisconnect(): OmitThisParameter<SpreadSession.MemberHandler>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set leaveCausedByDisconnect(handler: SpreadSession.MemberHandler | null | undefined);
  /** The session did not come about: called after `failure`, with the same text and error. */
  get onFailedToConnect(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set onFailedToConnect(handler: SpreadSession.ErrorCallback | null | undefined);
  /** The connection was lost, with a text and the error. Never called for one's own `disconnect()`. `'close'` follows. */
  get onDisconnect(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set onDisconnect(handler: SpreadSession.ErrorCallback | null | undefined);
  /**
   * A call was refused by Spread's rules or the session's state: a text and the error. Called after the call, never
   * within it.
   */
  get onError(): OmitThisParameter<SpreadSession.ErrorCallback>;
  /** What is called from now on; `null` or `undefined`: nothing. */
  set onError(handler: SpreadSession.ErrorCallback | null | undefined);
}

export = SpreadSession;
