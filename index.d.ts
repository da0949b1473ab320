/// <reference types="node" />
import type { EventEmitter } from 'node:events';

/**
 * One connection to a Spread daemon, which is one member of the groups it joins.
 *
 * The module itself is this class: `const SpreadSession = require('cspread')`. It may be called without `new`.
 */
declare class SpreadSession extends EventEmitter<SpreadSession.Events> {
  /**
   * Begins to connect, and returns at once. What comes of it is told within 5,000 ms, never before the constructor
   * has returned.
   *
   * @param address where the daemon is: `'4803'` (the Unix socket `/tmp/4803`; on Windows `4803@localhost`),
   *   `'4803@host'`, `'4803@[::1]'`, `'spread://host:4803'`, or the path of a Unix socket.
   * @param uniqueName the private name, unique on its daemon: 1 to 10 characters with codes 36 to 126. A longer one
   *   becomes a digest of itself, 10 characters, always the same; `name` keeps the long one. `''`, `null` or
   *   `undefined` leave the name to the daemon.
   * @param success called with the session, also as `this`, once it is connected.
   * @param failure called with a text and the error if the session does not come about: `ERR_SPREAD_…` codes of
   *   {@link SpreadSession.SpreadError}. `onFailedToConnect` is called too, where it is set.
   * @throws {TypeError} an argument of a wrong type.
   */
  constructor(
    address: string | null | undefined,
    uniqueName?: string | null,
    success?: SpreadSession.SuccessCallback | null,
    failure?: SpreadSession.ErrorCallback | null,
  );
  /** @param receiveMembership whether membership messages are wanted; true by default. */
  constructor(
    address: string | null | undefined,
    uniqueName: string | null | undefined,
    receiveMembership: boolean,
    success?: SpreadSession.SuccessCallback | null,
    failure?: SpreadSession.ErrorCallback | null,
  );

  /**
   * Called for each message, with the first of the groups it was sent to, the sender's private group (`#name#daemon`)
   * and the payload: a string in the session's encoding, or a Buffer after `setEncoding(null)`.
   */
  dataHandler?: SpreadSession.DataHandler | null;
  /** A member joined; also this session itself; also a member that came with a merge of networks. */
  memberJoinedGroup?: SpreadSession.MemberHandler | null;
  /** A member left; also this session itself. */
  memberLeftGroup?: SpreadSession.MemberHandler | null;
  /** A member was cut off by a change of the network. Called once for each. */
  leaveCausedByNetwork?: SpreadSession.MemberHandler | null;
  /** A member disconnected, or its process died. */
  leaveCausedByDisconnect?: SpreadSession.MemberHandler | null;
  /** The session did not come about. */
  onFailedToConnect?: SpreadSession.ErrorCallback | null;
  /** The connection was lost. Never called for one's own `disconnect()`. */
  onDisconnect?: SpreadSession.ErrorCallback | null;
  /** A call was refused by Spread's rules or the session's state. Unset: silence. */
  onError?: SpreadSession.ErrorCallback | null;

  /** The name asked for, in full; the daemon's choice once connected if none was asked for. */
  readonly name: string | undefined;
  /** `#name#daemon`, once connected. */
  readonly privateGroup: string | undefined;
  /** The address that answered, once connected: `host:port`, or the path of a Unix socket. */
  readonly address: string | undefined;
  /** Who carries the session: what `CSPREAD_ENGINE` said when it was opened, by default `'native'`. */
  readonly engine: SpreadSession.Engine;
  /** The daemon's version, such as `'5.0.1'`, once connected; the C library does not tell it. */
  readonly daemonVersion: string | undefined;
  readonly state: 'connecting' | 'connected' | 'disconnecting' | 'closed';

  /**
   * Sends a message to everybody in a group, or in several at once (at most 43). The bytes are taken when the call
   * returns. All messages of one turn leave together, in the order of the calls.
   *
   * @param service exactly one of the six services (`SAFE_MESS`, …), alone or with `SELF_DISCARD`.
   * @param group a group, a private group (`#name#daemon`), or an array of them.
   * @param data a string leaves as UTF-8. Payload and 32 bytes a group are at most 140,000 bytes.
   * @returns `true`; `false` if it was taken and more than 1 MiB waits to be sent: wait for `'drain'`; `undefined`
   *   if it was refused, and `onError` hears why.
   * @throws {TypeError | RangeError} an argument of a wrong type or range (`ERR_INVALID_ARG_TYPE`,
   *   `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`).
   */
  multicast(service: number, group: string | readonly string[], data: SpreadSession.Data): boolean | undefined;
  /** @param selfDiscard whether this session itself is not to get the message; as `SELF_DISCARD`. */
  multicast(
    service: number,
    selfDiscard: boolean,
    group: string | readonly string[],
    data: SpreadSession.Data,
  ): boolean | undefined;

  /**
   * Joins a group: 1 to 31 characters with codes 36 to 126. The promise resolves with the first view that has this
   * member, or the current one if it is a member already; with `undefined` if the join was refused (`onError` hears
   * why), if the session ended first, or, in a session without membership, once the request is handed to the kernel.
   * It never rejects.
   *
   * @throws {TypeError} the group is no string: the promise rejects.
   */
  join(group: string): Promise<SpreadSession.View | undefined>;
  /**
   * Leaves a group. The promise resolves once Spread confirms it; at once if this session is no member; otherwise as
   * that of `join()`. It never rejects.
   */
  leave(group: string): Promise<undefined>;
  /**
   * Ends the session, after what was accepted is sent, within 2,000 ms. Idempotent. The promise resolves when the
   * session is over; it never rejects.
   */
  disconnect(): Promise<undefined>;

  /** How `data` arrives: decoded (by default as `'utf8'`), or with `null` as Buffers. Returns the session. */
  setEncoding(encoding: BufferEncoding | null): this;
  /** The session keeps the process alive, as it does from the start. Returns the session. */
  ref(): this;
  /** The session does not keep the process alive. Returns the session. */
  unref(): this;
  /** Figures of the session so far. */
  stats(): SpreadSession.SessionStats;
}

declare namespace SpreadSession {
  type SuccessCallback = (this: SpreadSession, session: SpreadSession) => void;
  type ErrorCallback = (this: SpreadSession, text: string, error: SpreadError) => void;
  // biome-ignore lint/suspicious/noExplicitAny: it is a string, or a Buffer after setEncoding(null).
  type DataHandler = (this: SpreadSession, group: string, sender: string, data: any) => void;
  type MemberHandler = (this: SpreadSession, group: string, member: string) => void;
  type Data = string | NodeJS.ArrayBufferView;
  /** The engine of this package, or the C library libspread where that is installed. */
  type Engine = 'native' | 'libspread';

  /**
   * The version of the C library, such as `'5.0.1'`.
   *
   * @param path of the library; without it `CSPREAD_LIBSPREAD`, else the usual places are tried.
   * @throws {SpreadError} `ERR_SPREAD_LIBSPREAD_NOT_FOUND`: there is none; the text lists what was tried and why it
   *   was not taken.
   */
  function libspreadVersion(path?: string): string;

  interface Events {
    /** Less than half of the high-water mark waits to be sent again. */
    drain: [];
    /** The session is over. Nothing comes behind it. */
    close: [];
  }

  /** Who is in a group, as of one membership message. */
  interface View {
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

  interface GroupId {
    /** Whether both stand for the same membership of the same group. */
    equals(other: GroupId): boolean;
    toString(): string;
    toJSON(): number[];
  }

  /** Counts since the session began; sizes in bytes. */
  interface SessionStats {
    messagesReceived: number;
    /** Calls in which they were delivered. */
    batches: number;
    bytesReceived: number;
    reads: number;
    /** Received and not yet delivered. */
    receiveQueueBytes: number;
    receiveQueueHighWater: number;
    messagesSent: number;
    bytesSent: number;
    writes: number;
    /** Accepted and not yet handed to the kernel. */
    sendQueueBytes: number;
  }

  /** An error of Spread's or of the connection. Match on `code`. */
  class SpreadError extends Error {
    readonly name: 'SpreadError';
    /** `'ERR_SPREAD_…'`: docs/errors.md lists them. */
    readonly code: `ERR_SPREAD_${string}`;
    /** Spread's number for it, where there is one. */
    readonly spreadCode?: number;
    /** Spread's name for it, where there is one. */
    readonly spreadName?: string;
  }

  /** Options of the embedded daemon. Sizes are in bytes, times in ms. */
  interface DaemonOptions {
    /** TCP port; 4803 by default, 0 for any free one. */
    port?: number;
    /** Address to listen on: an IP address. By default 127.0.0.1 and, where there is one, ::1 on the same port. */
    host?: string;
    /** Path of a Unix socket to listen on too; none by default. Not on Windows. */
    path?: string;
    /** The daemon's name, the second part of every private group: 1 to 19 characters; `'localhost'` by default. */
    name?: string;
    /**
     * Who may connect: addresses, `address/prefix`, `'local'` (127.0.0.0/8) or `'unix'`. Clients then have to use the
     * IP method. By default everybody who reaches the daemon may.
     */
    allowIp?: readonly string[];
    /** Most sessions at a time, 10,000 by default; one more is refused (`ERR_SPREAD_REJECT_QUOTA`). */
    maxSessions?: number;
    /** Most handshakes at a time, 1,000 by default; one more is refused. */
    maxHandshakes?: number;
    /** Time for a handshake, 5,000 by default; a client that takes longer is cut off. */
    handshakeTimeout?: number;
    /** Most groups in all, 1,000,000 by default; whoever asks for one more is cut off. */
    maxGroups?: number;
    /** Most groups of one session, 10,000 by default; whoever joins one more is cut off. */
    maxSessionGroups?: number;
    /** Most members of one group, 10,000 by default; whoever is one more is cut off. */
    maxGroupMembers?: number;
    /** Most bytes queued for one session before it is cut off; 64 MiB by default. */
    maxSessionBytes?: number;
    /** Most messages queued for one session before it is cut off; no bound by default. A real daemon's is 1,000. */
    maxSessionMessages?: number;
    /** Most bytes queued for all sessions, 1 GiB by default; beyond it the one with most is cut off. */
    maxTotalBytes?: number;
    /** Most bytes of a message with its groups, 143,952 by default and at most; whoever sends more is cut off. */
    maxMessageBytes?: number;
  }

  /** A Spread daemon in this process: single-node, for development, tests and single hosts. */
  class SpreadDaemon {
    private constructor();
    /**
     * Starts a daemon, in a thread of its own. Resolves once it listens; rejects with `ERR_SPREAD_DAEMON` if it
     * cannot, with a TypeError or RangeError for wrong options. A running daemon keeps the process alive.
     */
    static start(options?: DaemonOptions): Promise<SpreadDaemon>;
    /** The port it listens on. */
    readonly port: number;
    /** What to connect to: `'4803@127.0.0.1'`, say. */
    readonly address: string;
    /** The path of its Unix socket, if it has one. */
    readonly path: string | undefined;
    readonly name: string;
    /** Figures of the daemon so far. */
    stats(): DaemonStats;
    /** Ends every session and closes every socket. Resolves when the same port can be bound again. Idempotent. */
    stop(): Promise<void>;
    ref(): this;
    unref(): this;
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
    messagesIn: number;
    /** Messages queued for clients, memberships included. */
    messagesOut: number;
    bytesIn: number;
    bytesOut: number;
    reads: number;
    writes: number;
    /** Waiting to be written now. */
    queuedBytes: number;
  }

  // Spread's constants, also on the class and on every session.
  const UNRELIABLE_MESS: 1;
  const RELIABLE_MESS: 2;
  const FIFO_MESS: 4;
  const CAUSAL_MESS: 8;
  const AGREED_MESS: 16;
  const SAFE_MESS: 32;
  /** Mask of the six services. */
  const REGULAR_MESS: 63;
  /** The session that sends the message does not get it. */
  const SELF_DISCARD: 64;
  const DROP_RECV: 16777216;
  const REG_MEMB_MESS: 4096;
  const TRANSITION_MESS: 8192;
  const CAUSED_BY_JOIN: 256;
  const CAUSED_BY_LEAVE: 512;
  const CAUSED_BY_DISCONNECT: 1024;
  const CAUSED_BY_NETWORK: 2048;
  /** Mask of the membership bits. */
  const MEMBERSHIP_MESS: 16128;
  const REJECT_MESS: 4194304;
  const LOW_PRIORITY: 0;
  const MEDIUM_PRIORITY: 1;
  const HIGH_PRIORITY: 2;
  const DEFAULT_SPREAD_PORT: 4803;
  const MAX_GROUP_NAME: 32;
  const MAX_PRIVATE_NAME: 10;
  const MAX_PROC_NAME: 20;
  const ACCEPT_SESSION: 1;
  const ILLEGAL_SPREAD: -1;
  const COULD_NOT_CONNECT: -2;
  const REJECT_QUOTA: -3;
  const REJECT_NO_NAME: -4;
  const REJECT_ILLEGAL_NAME: -5;
  const REJECT_NOT_UNIQUE: -6;
  const REJECT_VERSION: -7;
  const CONNECTION_CLOSED: -8;
  const REJECT_AUTH: -9;
  const ILLEGAL_SESSION: -11;
  const ILLEGAL_SERVICE: -12;
  const ILLEGAL_MESSAGE: -13;
  const ILLEGAL_GROUP: -14;
  const BUFFER_TOO_SHORT: -15;
  const GROUPS_TOO_SHORT: -16;
  const MESSAGE_TOO_LONG: -17;
  const NET_ERROR_ON_SESSION: -18;
}

interface SpreadSession {
  readonly UNRELIABLE_MESS: 1;
  readonly RELIABLE_MESS: 2;
  readonly FIFO_MESS: 4;
  readonly CAUSAL_MESS: 8;
  readonly AGREED_MESS: 16;
  readonly SAFE_MESS: 32;
  readonly REGULAR_MESS: 63;
  readonly SELF_DISCARD: 64;
  readonly DROP_RECV: 16777216;
  readonly REG_MEMB_MESS: 4096;
  readonly TRANSITION_MESS: 8192;
  readonly CAUSED_BY_JOIN: 256;
  readonly CAUSED_BY_LEAVE: 512;
  readonly CAUSED_BY_DISCONNECT: 1024;
  readonly CAUSED_BY_NETWORK: 2048;
  readonly MEMBERSHIP_MESS: 16128;
  readonly REJECT_MESS: 4194304;
  readonly LOW_PRIORITY: 0;
  readonly MEDIUM_PRIORITY: 1;
  readonly HIGH_PRIORITY: 2;
  readonly DEFAULT_SPREAD_PORT: 4803;
  readonly MAX_GROUP_NAME: 32;
  readonly MAX_PRIVATE_NAME: 10;
  readonly MAX_PROC_NAME: 20;
  readonly ACCEPT_SESSION: 1;
  readonly ILLEGAL_SPREAD: -1;
  readonly COULD_NOT_CONNECT: -2;
  readonly REJECT_QUOTA: -3;
  readonly REJECT_NO_NAME: -4;
  readonly REJECT_ILLEGAL_NAME: -5;
  readonly REJECT_NOT_UNIQUE: -6;
  readonly REJECT_VERSION: -7;
  readonly CONNECTION_CLOSED: -8;
  readonly REJECT_AUTH: -9;
  readonly ILLEGAL_SESSION: -11;
  readonly ILLEGAL_SERVICE: -12;
  readonly ILLEGAL_MESSAGE: -13;
  readonly ILLEGAL_GROUP: -14;
  readonly BUFFER_TOO_SHORT: -15;
  readonly GROUPS_TOO_SHORT: -16;
  readonly MESSAGE_TOO_LONG: -17;
  readonly NET_ERROR_ON_SESSION: -18;
}

export = SpreadSession;
