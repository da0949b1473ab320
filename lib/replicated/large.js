/**
 * Messages of any size in pieces: all or nothing, in one place of the order, which is that of the last piece. A message whose
 * sender leaves before that is forgotten.
 *
 * A piece is JSON, `{ id, number, last }`, and its bytes. A receiver that has not seen the first piece waits for none.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const process = require('node:process');
const { Readable } = require('node:stream');
const { SpreadError } = require('../index.js');
const check = require('./check.js');
const frames = require('./frames.js');
const { groupOf } = require('./group.js');
const { asyncDispose } = require('./replica.js');

const KIND = Object.freeze({ PART: 30, STOP: 31 });
const SERVICES = ['fifo', 'causal', 'agreed', 'safe'];
const PART_BYTES = frames.MOST - 4096;
/** Parts of one message that have not come back yet, at most: a sender is never further ahead of the group. */
const WINDOW = 16;
const MOST_BYTES = 64 * 1024 * 1024;

class LargeMessages extends EventEmitter {
  #session;
  #group;
  #groupName;
  #name;
  #maxBytes;
  #stream;
  #view;
  #count = 0;
  /** Own messages under way: number → `{ back, wake, resolve, reject }`. */
  #sending = new Map();
  /** Sender → number → `{ parts, size }`. */
  #arriving = new Map();
  #bytes = 0;
  #aborted = 0;
  #end;
  #becomeReady;

  constructor(session, group, options) {
    super();
    const given = check.block(session, group, options, ['maxBytes', 'stream'], 'largemessages');
    this.#session = session;
    this.#groupName = group;
    this.#name = given.name;
    this.#maxBytes = given.maxBytes === undefined ? MOST_BYTES : check.integer('maxBytes', given.maxBytes, 1);
    this.#stream = given.stream === undefined ? false : check.boolean('stream', given.stream);
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = { resolve: () => resolve(this), reject };
    });
    this.ready.catch(() => {});
    this.#group = groupOf(session, group);
    this.#group.add(given.name, {
      viewed: (view) => this.#viewed(view),
      signalled() {},
      received: (sender, kind, body, isPrivate) => !isPrivate && this.#received(sender, kind, body),
      lost: () => this.#lost(new SpreadError('ERR_SPREAD_CONNECTION_CLOSED')),
      ended: (error) => this.#ended(error),
      misunderstood: (sender, what) => this.#report(new SpreadError('ERR_SPREAD_FORMAT', `${sender} sends ${what}`)),
    });
    this.#group.join().catch((error) => this.#becomeReady.reject(error));
  }

  /**
   * Sends bytes, or what an iterable yields, as one message to the group. Resolves once it was delivered here, in its place; it
   * reaches all that were in the group all the time, or nobody.
   */
  async sendLarge(data, options) {
    const { service = 'agreed', signal } = check.known(options, ['service', 'signal']);
    check.oneOf('service', service, SERVICES);
    check.signal(signal);
    const chunks = chunksOf(data);
    await this.ready;
    if (this.#end !== undefined) {
      throw this.#end;
    }
    signal?.throwIfAborted();
    this.#count += 1;
    const id = this.#count;
    const message = { id, back: 0, wake() {}, failed: undefined };
    const done = new Promise((resolve, reject) => Object.assign(message, { resolve, reject }));
    done.catch(() => {});
    this.#sending.set(id, message);
    const abort = () => this.#fail(message, signal.reason);
    signal?.addEventListener('abort', abort);
    try {
      // A failure does not wait for the stream.
      await Promise.race([this.#send(message, chunks, service), done]);
      return await done;
    } catch (error) {
      this.#post(KIND.STOP, { id }, '', service);
      throw error;
    } finally {
      this.#sending.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  stats() {
    return { sending: this.#sending.size, bytes: this.#bytes, aborted: this.#aborted, ignored: this.#group.ignored };
  }

  async close() {
    this.#ended(new SpreadError('ERR_SPREAD_NOT_CONNECTED', 'it is closed'));
    await this.#group.remove(this.#name);
  }

  [asyncDispose]() {
    return this.close();
  }

  async #send(message, chunks, service) {
    const { id } = message;
    let number = 0;
    let size = 0;
    for await (const { bytes, last } of frames.piecesOf(chunks, PART_BYTES)) {
      size += bytes.length;
      if (size > this.#maxBytes) {
        throw new SpreadError('ERR_SPREAD_LIMIT', `the message has more than ${this.#maxBytes} bytes: maxBytes`);
      }
      while (message.failed === undefined && number - message.back >= WINDOW) {
        await new Promise((resolve) => {
          message.wake = resolve;
        });
      }
      if (message.failed !== undefined) {
        throw message.failed.error;
      }
      this.#group.send(frames.headOf(KIND.PART, this.#name), [frames.headed({ id, number, last }), bytes], service);
      number += 1;
    }
  }

  /** Sends the end of a message that was given up. Where the connection is gone nobody waits for it. */
  #post(kind, fields, bytes, service) {
    try {
      this.#group.send(frames.headOf(kind, this.#name), [frames.headed(fields), bytes], service);
    } catch (error) {
      if (error.code !== 'ERR_SPREAD_NOT_CONNECTED') {
        this.#report(error);
      }
    }
  }

  #fail(message, error) {
    message.failed = { error };
    message.reject(error);
    message.wake();
  }

  // What the group calls.

  #viewed(view) {
    this.#view = view;
    this.#becomeReady.resolve();
    for (const sender of this.#arriving.keys()) {
      if (!view.members.includes(sender)) {
        this.#forgetAll(sender);
      }
    }
  }

  #lost(error) {
    this.#view = undefined;
    for (const message of this.#sending.values()) {
      this.#fail(message, new SpreadError(error.code, error.message));
    }
    for (const sender of [...this.#arriving.keys()]) {
      this.#forgetAll(sender);
    }
  }

  #ended(error) {
    this.#end ??= error;
    this.#becomeReady.reject(error);
    this.#lost(error);
  }

  #received(sender, kind, body) {
    const fields = frames.readHeaded(body);
    if (!frames.isNumber(fields?.id) || (kind !== KIND.PART && kind !== KIND.STOP)) {
      return false;
    }
    if (kind === KIND.STOP) {
      this.#forget(sender, fields.id, true);
    } else if (this.#view?.members.includes(sender)) {
      this.#take(sender, fields);
    }
    return true;
  }

  #take(sender, { id, number, last, bytes }) {
    const own = sender === this.#session.privateGroup ? this.#sending.get(id) : undefined;
    if (own !== undefined) {
      own.back = number + 1;
      own.wake();
    }
    const messages = this.#arriving.get(sender) ?? new Map();
    const message = number === 0 ? { parts: [], size: 0 } : messages.get(id);
    if (message === undefined || number !== message.parts.length) {
      return;
    }
    this.#arriving.set(sender, messages.set(id, message));
    message.parts.push(bytes);
    message.size += bytes.length;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) {
      this.#forget(sender, id, true);
      this.#report(new SpreadError('ERR_SPREAD_LIMIT', `a message of ${sender} does not fit into maxBytes`));
    } else if (last) {
      this.#forget(sender, id, false);
      this.#emit('large', this.#whole(sender, message));
      own?.resolve({ size: message.size });
    }
  }

  #whole(sender, { parts, size }) {
    const data = this.#stream ? Readable.from(parts) : Buffer.concat(parts, size);
    return { group: this.#groupName, sender, size, data };
  }

  #forgetAll(sender) {
    for (const id of [...(this.#arriving.get(sender)?.keys() ?? [])]) {
      this.#forget(sender, id, true);
    }
  }

  #forget(sender, id, isAborted) {
    const messages = this.#arriving.get(sender);
    const message = messages?.get(id);
    if (message !== undefined) {
      messages.delete(id);
      this.#bytes -= message.size;
      this.#aborted += isAborted ? 1 : 0;
      if (messages.size === 0) {
        this.#arriving.delete(sender);
      }
    }
  }

  /** Emits an event. What a listener throws is an uncaught exception, and stops nothing. */
  #emit(event, value) {
    try {
      this.emit(event, value);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #report(error) {
    if (this.listenerCount('error') > 0) {
      this.#emit('error', error);
    } else {
      process.emitWarning(error.message, { type: error.name, code: error.code });
    }
  }
}

/** Returns a message as an iterable of bytes. */
function chunksOf(data) {
  if (typeof data === 'string') {
    return [Buffer.from(data)];
  }
  if (ArrayBuffer.isView(data)) {
    return [data];
  }
  if (check.isObject(data) && (Symbol.asyncIterator in data || Symbol.iterator in data)) {
    return data;
  }
  throw check.wrongType('data', 'a string, a view, or an iterable of views', data);
}

module.exports = { LargeMessages };
