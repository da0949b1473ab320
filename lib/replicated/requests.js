/**
 * Requests to the members of a group, and their replies. Who is asked is settled by the order: the members of the view in which
 * the request is delivered. Whoever leaves before it has answered fails at once.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const process = require('node:process');
const { SpreadError } = require('../index.js');
const check = require('./check.js');
const frames = require('./frames.js');
const { groupOf } = require('./group.js');
const { asyncDispose } = require('./replica.js');

const KIND = Object.freeze({ REQUEST: 20, REPLY: 21 });

class Requests extends EventEmitter {
  #session;
  #group;
  #groupName;
  #name;
  #clock;
  #handler;
  #view;
  #count = 0;
  /** Own requests by number: see `#begin()`. */
  #asked = new Map();
  /** Requests that the handler is at work on: member → controllers. */
  #answering = new Map();
  #late = 0;
  #handled = 0;
  #end;
  #becomeReady;

  constructor(session, group, options) {
    super();
    const { name, clock } = check.block(session, group, options, [], 'requests');
    this.#session = session;
    this.#groupName = group;
    this.#name = name;
    this.#clock = clock;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = { resolve: () => resolve(this), reject };
    });
    this.ready.catch(() => {});
    this.#group = groupOf(session, group);
    const block = {
      viewed: (view) => this.#viewed(view),
      signalled() {},
      received: (sender, kind, body, isPrivate) => this.#received(sender, kind, body, isPrivate),
      lost: () => this.#lost(),
      ended: (error) => this.#ended(error),
      misunderstood: (sender, what) => this.#report(new SpreadError('ERR_SPREAD_FORMAT', `${sender} sends ${what}`)),
    };
    this.#group.add(name, block);
    this.#group.join().catch((error) => this.#becomeReady.reject(error));
  }

  /** Answers requests from now on by what `fn` returns, or its promise resolves with. Replaces an earlier handler. */
  handle(fn) {
    this.#handler = check.fn('fn', fn);
    return this;
  }

  /**
   * Asks all members of the group, or one by its private group. Resolves with a Map: member → `{ data }` or `{ error }`, once
   * there are as many replies as wanted, or none is to come.
   */
  async ask(target, data, options) {
    check.text('target', target);
    if (target !== this.#groupName && !target.startsWith('#')) {
      throw check.wrongValue('target', `this block's group, '${this.#groupName}', or a member's private group`, target);
    }
    const bytes = bytesOf('data', data);
    const { replies = 'first', timeout, signal } = check.known(options, ['replies', 'timeout', 'signal']);
    const wanted =
      typeof replies === 'number' ? check.integer('replies', replies, 1) : check.oneOf('replies', replies, REPLIES);
    const ms = timeout === undefined ? undefined : check.integer('timeout', timeout, 1);
    check.signal(signal);
    await this.ready;
    if (signal?.aborted) {
      throw signal.reason;
    }
    if (this.#end !== undefined) {
      throw this.#end;
    }
    return this.#begin(target, bytes, { wanted, ms, signal });
  }

  stats() {
    const waiting = this.#asked.size;
    return { waiting, handled: this.#handled, late: this.#late, ignored: this.#group.ignored };
  }

  async close() {
    this.#ended(new SpreadError('ERR_SPREAD_NOT_CONNECTED', 'it is closed'));
    await this.#group.remove(this.#name);
  }

  [asyncDispose]() {
    return this.close();
  }

  #begin(target, bytes, { wanted, ms, signal }) {
    this.#count += 1;
    const id = this.#count;
    const isPrivate = target !== this.#groupName;
    return new Promise((resolve, reject) => {
      const request = { id, wanted, expected: undefined, replies: new Map(), resolve, reject, timer: undefined };
      const abort = () => this.#fail(request, signal.reason);
      request.forget = () => {
        signal?.removeEventListener('abort', abort);
        this.#clock.clearTimeout(request.timer);
      };
      signal?.addEventListener('abort', abort);
      if (ms !== undefined) {
        request.timer = this.#clock.setTimeout(() => this.#timeOut(request), ms);
      }
      this.#asked.set(id, request);
      try {
        if (isPrivate) {
          this.#expect(request, [target]);
          if (!this.#asked.has(id)) {
            return;
          }
          const head = this.#group.privateHead(KIND.REQUEST, this.#name);
          this.#group.sendTo(target, head, [frames.headed({ id }), bytes]);
        } else {
          this.#group.send(frames.headOf(KIND.REQUEST, this.#name), [frames.headed({ id }), bytes], 'agreed');
        }
      } catch (error) {
        this.#fail(request, error);
      }
    });
  }

  /** These members are asked. */
  #expect(request, members) {
    request.expected = members;
    this.#missing(request);
    this.#judge(request);
  }

  /** Whoever is not in the view does not answer any more. */
  #missing({ expected, replies }) {
    for (const member of expected) {
      if (!replies.has(member) && !this.#view?.members.includes(member)) {
        replies.set(member, {
          error: new SpreadError('ERR_SPREAD_MEMBER_LEFT', `${member} has left before it answered`),
        });
      }
    }
  }

  /** Resolves a request that has what it wants, or will get no more. */
  #judge(request) {
    const { expected, replies, wanted } = request;
    const good = [...replies.values()].filter((reply) => 'data' in reply).length;
    const enough =
      { first: 1, majority: Math.floor(expected.length / 2) + 1, all: Number.POSITIVE_INFINITY }[wanted] ?? wanted;
    if (good >= enough || expected.every((member) => replies.has(member))) {
      this.#asked.delete(request.id);
      request.forget();
      request.resolve(replies);
    }
  }

  #timeOut(request) {
    for (const member of request.expected ?? []) {
      if (!request.replies.has(member)) {
        request.replies.set(member, {
          error: new SpreadError('ERR_SPREAD_TIMEOUT', `${member} has not answered in time`),
        });
      }
    }
    if (request.expected === undefined) {
      this.#fail(request, new SpreadError('ERR_SPREAD_TIMEOUT', 'the request has not come back in time'));
    } else {
      this.#judge(request);
    }
  }

  #fail(request, error) {
    this.#asked.delete(request.id);
    request.forget();
    request.reject(error);
  }

  // What the group calls.

  #viewed(view) {
    this.#view = view;
    this.#becomeReady.resolve();
    for (const request of [...this.#asked.values()]) {
      if (request.expected !== undefined) {
        this.#missing(request);
        this.#judge(request);
      }
    }
    for (const [member, controllers] of this.#answering) {
      if (!view.members.includes(member)) {
        for (const controller of controllers) {
          controller.abort(new SpreadError('ERR_SPREAD_MEMBER_LEFT', `${member} has left`));
        }
      }
    }
  }

  #lost() {
    this.#view = undefined;
    this.#failAll(new SpreadError('ERR_SPREAD_CONNECTION_CLOSED', 'the connection was lost before the replies came'));
  }

  #ended(error) {
    this.#end ??= error;
    this.#becomeReady.reject(error);
    this.#failAll(error);
  }

  #failAll({ code, message }) {
    for (const request of [...this.#asked.values()]) {
      this.#fail(request, new SpreadError(code, message));
    }
  }

  #received(sender, kind, body, isPrivate) {
    const fields = frames.readHeaded(body);
    if (!frames.isNumber(fields?.id)) {
      return false;
    }
    if (kind === KIND.REQUEST) {
      this.#requested(sender, fields, isPrivate);
    } else if (kind === KIND.REPLY && isPrivate) {
      this.#replied(sender, fields);
    } else {
      return false;
    }
    return true;
  }

  #requested(sender, { id, bytes }, isPrivate) {
    const isOwn = sender === this.#session.privateGroup;
    if (isOwn && !isPrivate) {
      const request = this.#asked.get(id);
      const members = this.#view?.members ?? [];
      if (request !== undefined) {
        this.#expect(request, this.#handler === undefined ? members.filter((member) => member !== sender) : members);
      }
    }
    if (this.#handler !== undefined || !isOwn) {
      this.#answer(sender, id, bytes);
    }
  }

  async #answer(sender, id, data) {
    const controller = new AbortController();
    const controllers = this.#answering.get(sender) ?? new Set();
    this.#answering.set(sender, controllers.add(controller));
    let reply;
    try {
      if (this.#handler === undefined) {
        throw new Error('this member handles no requests');
      }
      const result = await this.#handler({ data, sender, signal: controller.signal });
      reply = [frames.headed({ id }), result === undefined ? '' : bytesOf('what the handler returns', result)];
    } catch (error) {
      const { name, message, code } = Object(error);
      reply = [frames.headed({ id, error: { name, message: message ?? String(error), code } })];
    }
    controllers.delete(controller);
    if (controllers.size === 0) {
      this.#answering.delete(sender);
    }
    this.#handled += 1;
    if (this.#view?.members.includes(sender)) {
      this.#reply(sender, reply);
    }
  }

  #reply(sender, reply) {
    try {
      this.#group.sendTo(sender, this.#group.privateHead(KIND.REPLY, this.#name), reply);
    } catch (error) {
      if (error.code !== 'ERR_SPREAD_NOT_CONNECTED') {
        this.#report(error);
      }
    }
  }

  #replied(sender, { id, error, bytes }) {
    const request = this.#asked.get(id);
    if (request?.expected?.includes(sender) && !request.replies.has(sender)) {
      request.replies.set(sender, error === undefined ? { data: bytes } : { error: errorOf(error) });
      this.#judge(request);
    } else {
      this.#late += 1;
    }
  }

  #report(error) {
    if (this.listenerCount('error') > 0) {
      this.emit('error', error);
    } else {
      process.emitWarning(error.message, { type: error.name, code: error.code });
    }
  }
}

const REPLIES = ['first', 'majority', 'all'];

/** Checks a payload: a string or a view. */
function bytesOf(what, value) {
  if (typeof value === 'string') {
    return value;
  }
  if (!ArrayBuffer.isView(value)) {
    throw check.wrongType(what, 'a string, a Buffer, a typed array or a DataView', value);
  }
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Makes the error that a handler threw at another member. */
function errorOf({ name, message, code }) {
  const error = new Error(String(message));
  if (typeof name === 'string') {
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  }
  return typeof code === 'string' ? Object.assign(error, { code }) : error;
}

module.exports = { Requests };
