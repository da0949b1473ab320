/// <reference types="node" />
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { Abortable, Data, SpreadError, SpreadSession, View } from '../../index.js';

/**
 * State that every member of a group has: `require('cspread/replicated')`. The blocks use a session's public interface alone, so
 * they run on every engine and daemon, and several of them on one session and group. See docs/replicated.md.
 */

/** The clock of a member: monotonic, and never compared with another member's. Node's own by default. */
export interface Clock {
  /** Returns ms since some moment. */
  now(): number;
  /** Calls `fn` after so many ms. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Forgets a call. */
  clearTimeout(timer: unknown): void;
}

/** Options of every block. */
export interface BlockOptions {
  /** Tells blocks of one group apart; the class in lower case by default. Members have it alike. */
  name?: string | undefined;
  /** The clock of this member. */
  clock?: Clock | undefined;
}

/** One part goes on: the primary one. */
export interface PrimaryPartition {
  /** Operations take effect in the primary part alone; others reject with `ERR_SPREAD_NO_PRIMARY`. */
  partition: 'primary';
  /**
   * How many members the first primary needs: more than half of those that will ever run at a time. Later ones need a majority
   * of the last.
   */
  first: number;
}

/** Every part goes on. */
export interface OpenPartition {
  /**
   * `'merge'`: every part goes on, and when they meet, their states are merged alike everywhere. `'largest'`: the state of the
   * largest part stands, and what the others did is lost.
   */
  partition: 'merge' | 'largest';
}

/** What happens to the parts of a group that is cut apart. There is no default: see docs/replicated.md. */
export type Partition = PrimaryPartition | OpenPartition;

/** The error of an operation. */
export interface OperationError extends Error {
  /** `'ERR_SPREAD_…'`, if it is a SpreadError. */
  code?: string;
  /** Whether the operation can no longer take effect anywhere, or may have taken effect. */
  outcome: 'not-applied' | 'unknown';
}

/** The state is here. */
export interface Sync {
  /** The index as of which it is. */
  readonly index: number;
  /** The member that gave it, `null` at the beginning of all. */
  readonly from: string | null;
  /** The bytes that came. */
  readonly bytes: number;
}

/** A part of the state has arrived. */
export interface Progress {
  /** The bytes so far. */
  readonly bytes: number;
  /** All that will come, if the giver knows it. */
  readonly total: number | undefined;
}

/** This part has become the primary, or is it no longer. */
export interface PrimaryChange {
  /** Whether it is. */
  readonly isPrimary: boolean;
  /** The view; `null` after a lost connection. */
  readonly view: View | null;
}

/** The states of some members differ. */
export interface Divergence {
  /** As of this index. */
  readonly index: number;
  /** The members whose states differ from that of most. */
  readonly members: readonly string[];
}

/** The place of an operation. */
export interface Place {
  /** The private group of the member that sent it. */
  readonly sender: string;
  /** Its number in the order of all. */
  readonly index: number;
}

/** An operation was applied here. */
export interface Applied<Operation, Result> extends Place {
  /** The operation. */
  readonly operation: Operation;
  /** What `apply` returned. */
  readonly result: Result;
}

/** A key has changed. */
export interface MapChange<Value> {
  /** The key. */
  readonly key: string;
  /** Its value; `undefined` if it was deleted. */
  readonly value: Value | undefined;
  /** The value before. */
  readonly previous: Value | undefined;
  /** The member that changed it. */
  readonly by: string;
  /** Its version, 0 if it was deleted. */
  readonly version: number;
  /** The place of the operation. */
  readonly index: number;
}

/** The version of a key that was set. */
export interface Version {
  /** The index of the operation that set it. */
  readonly version: number;
}

/** One part's value of a key, when several are merged. */
export interface MapSide<Value> {
  /** Its value; `undefined` if it has none. */
  readonly value: Value | undefined;
  /** Its version, 0 if it has none. */
  readonly version: number;
  /** The part's members that are here. */
  readonly members: readonly string[];
}

/** Figures of a map. */
export interface MapStats extends BlockStats {
  /** Keys. */
  entries: number;
  /** Bytes of keys and encoded values. */
  bytes: number;
}

/** Figures of locks. */
export interface LocksStats extends BlockStats {
  /** Locks that somebody holds. */
  locks: number;
}

/** How a leader shows that its process answers; in ms of each member's own clock. */
export interface Alive {
  /** How often. */
  interval: number;
  /** After how long without that it loses the office. */
  timeout: number;
}

/** Who leads. */
export interface Leader {
  /** The leader's private group; `null` if there is none. */
  readonly leader: string | null;
  /** Whether it is this member. */
  readonly isLeader: boolean;
  /** Its fencing token. */
  readonly token: number;
}

/** How long to wait for a lock. */
export interface AcquireOptions extends Abortable {
  /** In ms of this member's clock; for ever by default. */
  timeout?: number | undefined;
}

/** Events of every block with a replicated state. */
export interface ReplicatedEvents {
  /** The state is here, after every transfer; `from` is the member that gave it, `null` at the beginning of all. */
  sync: [sync: Sync];
  /** A part of the state has arrived; `total` is known if the giver knows it. */
  progress: [progress: Progress];
  /** This part has become the primary, or is it no longer. `view` is `null` after a lost connection. */
  primary: [primary: PrimaryChange];
  /** An error that belongs to no call; without a listener it becomes a process warning. */
  error: [error: SpreadError];
}

/** Figures of a block. */
export interface BlockStats {
  /** Operations applied here. */
  index: number;
  /** Own messages that have not come back. */
  waiting: number;
  /** Messages in the group that belong to no block, or are malformed. */
  ignored: number;
}

/** The methods of an EventEmitter that take an event's name. */
export type OfOneEvent =
  | 'on'
  | 'once'
  | 'off'
  | 'addListener'
  | 'prependListener'
  | 'prependOnceListener'
  | 'removeListener'
  | 'emit';

/** Node's EventEmitter with these events alone. */
export interface Emitter<E> extends Omit<EventEmitter, OfOneEvent> {
  /** Calls the listener at each such event. */
  on<Name extends keyof E>(event: Name, listener: (...args: Extract<E[Name], unknown[]>) => void): this;
  /** Calls the listener at the next such event only. */
  once<Name extends keyof E>(event: Name, listener: (...args: Extract<E[Name], unknown[]>) => void): this;
  /** Removes the listener. */
  off<Name extends keyof E>(event: Name, listener: (...args: Extract<E[Name], unknown[]>) => void): this;
}

/** What blocks with a replicated state have in common. */
export interface Replicated<E> extends Emitter<E> {
  /**
   * Resolves with the block once it has the state; rejects if the session or the block ends before. Under `'primary'` a member
   * that comes later gets its vote after that: its first operation waits for it.
   */
  readonly ready: Promise<this>;
  /** Operations applied here so far: it only rises. Plain reads are as of it: sequentially consistent. */
  readonly index: number;
  /** Whether this part of the group goes on. */
  readonly isPrimary: boolean;
  /** Resolves once everything that any member had sent before is applied here: a read right after that is linearizable. */
  sync(options?: Abortable): Promise<undefined>;
  /** Makes this part the primary, whatever the rules say: an operator's way out after the loss of a majority. */
  forcePrimary(): void;
  /**
   * Ends the block: it gives up its vote, once others have the state, and its last one leaves the group. It waits for that for
   * 10 s at most.
   */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Bytes that the program gives: a Buffer is a Uint8Array, though not to every version of its types. */
type Bytes = Uint8Array | Buffer;

/** A state machine: `apply` must do the same at every member, given the same. */
export interface Machine<State, Operation, Result> {
  /** Returns the state before the first operation. */
  initial(): State;
  /** Changes the state, and returns the operation's result. When it throws, `do()` rejects with that. */
  apply(state: State, operation: Operation, context: Place): Result;
  /** Returns the state's bytes as of the call, whole or in chunks. */
  snapshot(state: State): Bytes | Iterable<Bytes> | AsyncIterable<Bytes>;
  /** Makes a state of a snapshot, whose chunks may end anywhere. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<State> | State;
  /** With `partition: 'merge'`: returns one state for those of several parts, alike at every member. */
  merge?(sides: readonly Side<State>[]): State;
}

/** One part, when several are merged. */
export interface Side<State> {
  /** Its state. */
  state: State;
  /** Its members that are here. */
  members: readonly string[];
  /** Its index. */
  index: number;
}

/** How values become bytes: JSON by default, Buffers, structured clones, or functions. */
export type Codec<Value> =
  | 'json'
  | 'buffer'
  | 'structured'
  | {
      /** Returns the bytes of a value. */
      encode(value: Value): Bytes;
      /** Returns the value of these bytes. */
      decode(bytes: Buffer): Value;
    };

/** Options of {@link replicate}. */
export type ReplicaOptions<Operation> = BlockOptions &
  Partition & {
    /** How operations become bytes; `'json'` by default. */
    codec?: Codec<Operation> | undefined;
    /** Every so many operations members compare digests of their states. */
    verify?: number | undefined;
  };

/** Events of a {@link Replica}. */
export interface ReplicaEvents<Operation, Result> extends ReplicatedEvents {
  /** An operation was applied here. */
  change: [change: Applied<Operation, Result>];
  /** The states of these members differ from that of most, with `verify`. */
  diverged: [diverged: Divergence];
}

/** A state machine that is run alike at every member: {@link replicate}. */
export interface Replica<State, Operation, Result> extends Replicated<ReplicaEvents<Operation, Result>> {
  /** The state, as of `index`. Read it; only `apply` may change it. */
  readonly state: State;
  /** Sends an operation. Resolves with what `apply` returned here; rejects with an {@link OperationError}. */
  do(operation: Operation, options?: Abortable): Promise<Result>;
  /** Returns figures. */
  stats(): BlockStats;
}

/** Runs a state machine at this member of the group. */
export function replicate<State, Operation, Result>(
  session: SpreadSession,
  group: string,
  machine: Machine<State, Operation, Result>,
  options: ReplicaOptions<Operation>,
): Replica<State, Operation, Result>;

/** Options of {@link ReplicatedMap}. */
export type MapOptions<Value> = BlockOptions &
  Partition & {
    /** How values become bytes; `'json'` by default. */
    codec?: Codec<Value> | undefined;
    /** Most bytes of keys and encoded values; above it what would make the map larger is refused (`ERR_SPREAD_LIMIT`). */
    maxBytes?: number | undefined;
    /** Every so many operations members compare digests of their maps. */
    verify?: number | undefined;
    /**
     * With `partition: 'merge'`: the value of a key that parts have differently, in the order of the sides, alike at every
     * member; `undefined` removes it.
     */
    merge?: ((key: string, sides: readonly MapSide<Value>[]) => Value | undefined) | undefined;
  };

/** Events of a {@link ReplicatedMap}. */
export interface MapEvents<Value> extends ReplicatedEvents {
  /** A key has changed; `value` is `undefined` and `version` 0 if it was deleted. */
  change: [change: MapChange<Value>];
  /** The maps of these members differ from that of most, with `verify`. */
  diverged: [diverged: Divergence];
}

/** Constructor of {@link ReplicatedMap}. */
export interface ReplicatedMapConstructor {
  /** Makes the map of this member; all with one name in a group are one map. */
  new <Value = unknown>(session: SpreadSession, group: string, options: MapOptions<Value>): ReplicatedMap<Value>;
}

/** A map that every member has: it reads like a Map of strings, and changes by operations. Values must not be changed. */
export interface ReplicatedMap<Value> extends Replicated<MapEvents<Value>>, Iterable<[string, Value]> {
  /** The number of keys. */
  readonly size: number;
  /** Returns the value of a key, `undefined` if it is absent. */
  get(key: string): Value | undefined;
  /** Returns whether there is such a key. */
  has(key: string): boolean;
  /** Returns the version of a key: the index of the operation that set it, 0 if it is absent. */
  version(key: string): number;
  /** Iterates over a picture of the keys, as of its beginning. */
  keys(): IterableIterator<string>;
  /** Iterates over a picture of the values. */
  values(): IterableIterator<Value>;
  /** Iterates over a picture of both. */
  entries(): IterableIterator<[string, Value]>;
  /** Calls `fn` for a picture of the entries. */
  forEach(fn: (value: Value, key: string, map: ReplicatedMap<Value>) => void, self?: unknown): void;
  /** Sets a value. */
  set(key: string, value: Value): Promise<Version>;
  /** Removes a key. Resolves with whether it was there. */
  delete(key: string): Promise<boolean>;
  /** Sets a value if the key has this version (0: if it is absent), else rejects with `ERR_SPREAD_VERSION` and `current`. */
  compareAndSet(key: string, version: number, value: Value): Promise<Version>;
  /** Sets what `fn` makes of the value; calls it again if another member was faster. */
  update(key: string, fn: (value: Value | undefined) => Value | Promise<Value>): Promise<Version>;
  /** Returns figures. */
  stats(): MapStats;
}

/** A map that every member has. */
export const ReplicatedMap: ReplicatedMapConstructor;

/** Options of {@link Election}. */
export type ElectionOptions = BlockOptions &
  Partition & {
    /** The least first token, 1 by default: after the loss of all members, one more than the last that anybody has seen. */
    firstToken?: number | undefined;
    /**
     * How often the leader shows that its process answers, and after how long it loses the office, in ms of each member's clock.
     * Without it a leader stays while it is connected, even if it hangs.
     */
    alive?: Alive | undefined;
  };

/** Events of an {@link Election}. */
export interface ElectionEvents extends ReplicatedEvents {
  /** There is a new token, or this member has become the leader, or is it no longer. */
  leader: [leader: Leader];
}

/** Constructor of {@link Election}. */
export interface ElectionConstructor {
  /** Makes this member a candidate. */
  new (session: SpreadSession, group: string, options: ElectionOptions): Election;
}

/** A leader that all members agree on. */
export interface Election extends Replicated<ElectionEvents> {
  /** The leader's private group, as of `index`; `null` if there is none. */
  readonly leader: string | null;
  /** Whether this member leads: not in a part without the primary, and with `alive` not after it has hung. */
  readonly isLeader: boolean;
  /** The fencing token of the leader: under `'primary'` greater than that of every earlier one. */
  readonly token: number;
  /** Gives up the office, or stops standing for it. */
  resign(): Promise<void>;
  /** Returns figures. */
  stats(): BlockStats;
}

/** A leader that all members agree on. */
export const Election: ElectionConstructor;

/** Constructor of {@link Locks}. */
export interface LocksConstructor {
  /** Makes this member's end of the locks. */
  new (session: SpreadSession, group: string, options: BlockOptions & Partition): Locks;
}

/** A lock that this member holds. */
export interface Lock {
  /** Its name. */
  readonly name: string;
  /** Its fencing token: under `'primary'` greater than that of every earlier holder of any lock of this block. */
  readonly token: number;
  /** Aborts when it is lost. */
  readonly signal: AbortSignal;
  /** Whether this member still holds it. */
  readonly held: boolean;
  /** Gives it up; rejects with `ERR_SPREAD_LOCK_LOST` if it was lost. */
  release(): Promise<void>;
  /** `release()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Locks by name, first come, first served. They exclude each other across parts under `'primary'` only. */
export interface Locks extends Replicated<ReplicatedEvents> {
  /** Resolves once this member holds the lock; rejects with `ERR_SPREAD_TIMEOUT` after `timeout` ms. */
  acquire(name: string, options?: AcquireOptions): Promise<Lock>;
  /** Resolves with the lock, or with `undefined` if somebody holds it. */
  tryAcquire(name: string): Promise<Lock | undefined>;
  /** Returns the private group of a lock's holder, as of `index`; `null` if nobody holds it. */
  holder(name: string): string | null;
  /** Returns figures. */
  stats(): LocksStats;
}

/** Locks by name. */
export const Locks: LocksConstructor;

/** Options of {@link Shards}. */
export interface ShardsOptions extends BlockOptions {
  /** The number of shards, 256 by default, alike at every member. */
  count?: number | undefined;
  /** Called when this member has gained a shard. */
  onGained?: ((shard: number) => unknown) | undefined;
  /** Called when it has lost one; the next owner gains the shard once what this returns has settled. */
  onLost?: ((shard: number) => unknown) | undefined;
}

/** Events of {@link Shards}. */
export interface ShardsEvents extends ReplicatedEvents {
  /** This member has gained a shard. */
  gained: [shard: number];
  /** This member has lost a shard. */
  lost: [shard: number];
}

/** Figures of {@link Shards}. */
export interface ShardsStats extends BlockStats {
  /** Shards of this member. */
  mine: number;
  /** Shards that it has lost and not released yet. */
  losing: number;
}

/** Constructor of {@link Shards}. */
export interface ShardsConstructor {
  /** Asks for this member's share. */
  new (session: SpreadSession, group: string, options?: ShardsOptions): Shards;
}

/** Keys divided among the members of a group. In one part a shard never has two owners; every part has all shards. */
export interface Shards extends Emitter<ShardsEvents> {
  /** Resolves once this member knows who has what. */
  readonly ready: Promise<this>;
  /** The number of shards. */
  readonly count: number;
  /** The shards of this member, as of now. */
  readonly mine: ReadonlySet<number>;
  /** Operations applied here. */
  readonly index: number;
  /** Returns the shard of a key. */
  shardOf(key: string): number;
  /** Returns the private group of the owner of a key's shard, as of `index`; `null` if it has none. */
  owner(key: string): string | null;
  /** Returns figures. */
  stats(): ShardsStats;
  /** Loses all shards, awaits `onLost` of each, and ends the block; the last one of a group leaves it. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Keys divided among the members of a group. */
export const Shards: ShardsConstructor;

/** Options of {@link LargeMessages}. */
export interface LargeOptions extends BlockOptions {
  /** Most bytes of a message, and of all that are arriving together; 64 MiB by default. */
  maxBytes?: number | undefined;
  /** Whether `data` is a Readable instead of a Buffer; false by default. */
  stream?: boolean | undefined;
}

/** Options of {@link LargeMessages.sendLarge}. */
export interface SendLargeOptions extends Abortable {
  /** `'agreed'` by default. */
  service?: 'fifo' | 'causal' | 'agreed' | 'safe' | undefined;
}

/** A message that has come whole. */
export interface LargeMessage {
  /** The group. */
  readonly group: string;
  /** The sender's private group. */
  readonly sender: string;
  /** Its bytes. */
  readonly size: number;
  /** The payload: a Buffer, or with `stream` a Readable. */
  readonly data: Buffer | Readable;
}

/** A message has been delivered. */
export interface SentLarge {
  /** Its bytes. */
  readonly size: number;
}

/** Events of {@link LargeMessages}. */
export interface LargeEvents {
  /** A message is here, in its place of the order: that of its last piece. */
  large: [message: LargeMessage];
  /** An error that belongs to no call; without a listener it becomes a process warning. */
  error: [error: SpreadError];
}

/** Figures of {@link LargeMessages}. */
export interface LargeStats {
  /** Own messages under way. */
  sending: number;
  /** Bytes of messages that are arriving. */
  bytes: number;
  /** Messages that were given up: their senders left or stopped, or they were too large. */
  aborted: number;
  /** Messages in the group that belong to no block, or are malformed. */
  ignored: number;
}

/** Constructor of {@link LargeMessages}. */
export interface LargeMessagesConstructor {
  /** Makes this member's end. */
  new (session: SpreadSession, group: string, options?: LargeOptions): LargeMessages;
}

/** Messages of any size, in pieces: all or nothing. */
export interface LargeMessages extends Emitter<LargeEvents> {
  /** Resolves once this member is in the group. */
  readonly ready: Promise<this>;
  /**
   * Sends bytes, or what an iterable yields, as one message. Resolves once it was delivered here; rejects with
   * `ERR_SPREAD_LIMIT` above `maxBytes`, with what the iterable throws, the signal's reason, or the error of a lost connection.
   */
  sendLarge(data: Data | Iterable<Bytes> | AsyncIterable<Bytes>, options?: SendLargeOptions): Promise<SentLarge>;
  /** Returns figures. */
  stats(): LargeStats;
  /** Ends the block; the last one of a group leaves it. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Messages of any size, in pieces. */
export const LargeMessages: LargeMessagesConstructor;

/** A request, as a handler gets it. */
export interface Request {
  /** Its payload. */
  readonly data: Buffer;
  /** The private group of the member that asks. */
  readonly sender: string;
  /** Aborts when that member has left. */
  readonly signal: AbortSignal;
}

/** What came of a request at one member. */
export type Reply = GoodReply | FailedReply;

/** A member has answered. */
export interface GoodReply {
  /** Its answer. */
  readonly data: Buffer;
  /** None. */
  readonly error?: undefined;
}

/** A member has not answered, or its handler has thrown. */
export interface FailedReply {
  /** None. */
  readonly data?: undefined;
  /** What its handler threw, with name, message and code; or why there is no answer. */
  readonly error: Error;
}

/** How many replies to wait for, and how long. */
export interface AskOptions extends Abortable {
  /** `'first'` by default; a number of replies; `'majority'` and `'all'` are of the members that are asked. */
  replies?: 'first' | 'majority' | 'all' | number | undefined;
  /** In ms of this member's clock: who has not answered by then has the error `ERR_SPREAD_TIMEOUT`. For ever by default. */
  timeout?: number | undefined;
}

/** Events of {@link Requests}. */
export interface RequestsEvents {
  /** An error that belongs to no call; without a listener it becomes a process warning. */
  error: [error: SpreadError];
}

/** Figures of {@link Requests}. */
export interface RequestsStats {
  /** Own requests under way. */
  waiting: number;
  /** Requests handled here. */
  handled: number;
  /** Replies that came when nobody waited for them any more. */
  late: number;
  /** Messages in the group that belong to no block, or are malformed. */
  ignored: number;
}

/** Constructor of {@link Requests}. */
export interface RequestsConstructor {
  /** Makes this member's end: it asks, and with `handle()` it answers. */
  new (session: SpreadSession, group: string, options?: BlockOptions): Requests;
}

/** Requests to the members of a group, and their replies. */
export interface Requests extends Emitter<RequestsEvents> {
  /** Resolves once this member is in the group. */
  readonly ready: Promise<this>;
  /** Answers requests by what `fn` returns, or its promise resolves with; what it throws travels. Replaces an earlier one. */
  handle(fn: (request: Request) => Data | undefined | Promise<Data | undefined>): this;
  /**
   * Asks all members of this group, itself if it has a handler, or one by its private group. Resolves with what came of it at each
   * member, once there are as many replies as wanted, or no more are to come: a member that leaves fails at once.
   */
  ask(target: string, data: Data, options?: AskOptions): Promise<Map<string, Reply>>;
  /** Returns figures. */
  stats(): RequestsStats;
  /** Ends the block; the last one of a group leaves it. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Requests to the members of a group, and their replies. */
export const Requests: RequestsConstructor;
