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
  /** The daemon's version, such as `'5.0.1'`, once connected. */
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
    /** Most sessions at a time; one more is refused (`ERR_SPREAD_REJECT_QUOTA`). */
    maxSessions?: number;
    /** Most messages queued for one session before it is cut off; none by default. A real daemon's rule is 1,000. */
    maxSessionMessages?: number;
    /** Most bytes queued for one session before it is cut off; 64 MiB by default. */
    maxSessionBytes?: number;
    /** Time for a handshake. */
    handshakeTimeout?: number;
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

  interface DaemonStats {
    [figure: string]: number;
  }

  // Spread's constants, also on the class and on every session.
  const UNRELIABLE_MESS: 0x1;
  const RELIABLE_MESS: 0x2;
  const FIFO_MESS: 0x4;
  const CAUSAL_MESS: 0x8;
  const AGREED_MESS: 0x10;
  const SAFE_MESS: 0x20;
  const REGULAR_MESS: 0x3f;
  const SELF_DISCARD: 0x40;
}

interface SpreadSession {
  readonly UNRELIABLE_MESS: 0x1;
  readonly RELIABLE_MESS: 0x2;
  readonly FIFO_MESS: 0x4;
  readonly CAUSAL_MESS: 0x8;
  readonly AGREED_MESS: 0x10;
  readonly SAFE_MESS: 0x20;
  readonly REGULAR_MESS: 0x3f;
  readonly SELF_DISCARD: 0x40;
}

export = SpreadSession;
