/**
 * The classic interface: node-cspread's constructor, and its handlers, which may be set and replaced at any time.
 *
 * | handler | is called with | when |
 * |---|---|---|
 * | dataHandler | group, sender, data | a message arrived |
 * | memberJoinedGroup | group, member | a member joined, or came with a merge of networks |
 * | memberLeftGroup | group, member | a member left; also this session itself |
 * | leaveCausedByDisconnect | group, member | a member disconnected |
 * | leaveCausedByNetwork | group, member | a member was cut off |
 * | onFailedToConnect | text, error | connecting failed |
 * | onDisconnect | text, error | the connection was lost, not by disconnect() |
 * | onError | text, error | a call was refused |
 */

const { written } = require('../shared/address.js');
const check = require('../shared/check.js');
const { nextTick } = require('../shared/host.js');
const batch = require('../native/batch.js');
const { native } = require('../native/pump.js');
const events = require('../stream/events.js');
const { quiet } = require('../session/handlers.js');
const { DEFAULTS } = require('../session/options.js');
const lenient = require('./lenient.js');

const { names, records } = batch;

const MAX_PRIVATE_NAME = 10;

/**
 * Reads (address, uniqueName, [receiveMembership], success, failure): a third argument that is not a function is the
 * flag. If it is null or undefined, their number decides: of four the third is an omitted `success`, of five it is the
 * flag.
 */
function parseArguments(args) {
  const [address, uniqueName, third] = args;
  const withFlag = typeof third !== 'function' && (args.length > 4 || (third !== undefined && third !== null));
  const [success, failure] = args.slice(withFlag ? 3 : 2);
  const name = lenient.string('uniqueName', uniqueName ?? '');
  return {
    options: {
      ...DEFAULTS,
      addresses: [written(lenient.string('address', address ?? ''))],
      name: name === '' ? undefined : name,
      privateName: name.length > MAX_PRIVATE_NAME ? digest(name) : name,
      membership: !withFlag || Boolean(third),
    },
    callbacks: { success: check.callback('success', success), failure: check.callback('failure', failure) },
  };
}

/** Returns a long name's digest: the same for the same name, with 60 bits against a collision. */
function digest(name) {
  // Loaded when it is needed: it takes longer than all of this package.
  const { createHash } = require('node:crypto');
  return createHash('sha256').update(name).digest('base64url').slice(0, MAX_PRIVATE_NAME);
}

/** The reporter: the part that all sessions share. */
const REPORTER = {
  ...events,
  rejects: false,
  checks: lenient,

  connected(session) {
    this.success?.call(session, session);
  },

  failed(session, error) {
    this.failure?.call(session, error.message, error);
    call(session, 'onFailedToConnect', error.message, error);
  },

  lost(session, _state, { error }) {
    call(session, 'onDisconnect', error.message, error);
  },

  /** They may hold the session. */
  release() {
    this.success = this.failure = undefined;
  },

  /** Later, so that what the handler throws is an uncaught exception and not the caller's. */
  refused(session, error) {
    nextTick(call, session, 'onError', error.message, error);
  },

  message(session, state, at) {
    const handler = session.dataHandler;
    // The text of a message without a handler is not decoded.
    if (typeof handler === 'function' && handler !== quiet) {
      const data = state.encoding === null ? batch.buffer(at) : batch.text(at, state.encoding);
      try {
        handler.call(session, names[records[at + 2]], names[records[at + 3]], data);
      } catch (error) {
        native.raise(error);
      }
    }
    events.message(session, state, at);
  },

  kept(session, state, message, bytes) {
    const { group, sender, data } = message;
    call(session, 'dataHandler', group, sender, state.encoding === null ? data : data.toString(state.encoding));
    events.kept(session, state, message, bytes);
  },

  membership(session, state, change) {
    const { view, before, cause, member } = change;
    if (cause === 'network') {
      network(session, view, before);
    } else {
      call(session, CAUSED_BY[cause], view.group, member);
    }
    events.membership(session, state, change);
  },

  selfLeave(session, state, group, bytes) {
    call(session, 'memberLeftGroup', group, state.privateGroup);
    events.selfLeave(session, state, group, bytes);
  },
};

/** Makes a session's own reporter: it holds the two callbacks and nothing else. */
function reporter({ success, failure }) {
  return Object.setPrototypeOf({ success, failure }, REPORTER);
}

const CAUSED_BY = { join: 'memberJoinedGroup', leave: 'memberLeftGroup', disconnect: 'leaveCausedByDisconnect' };

/**
 * Reports a change of the network, which removes and adds several members at once: those that did not come with this
 * one.
 */
function network(session, view, before) {
  const own = new Set(view.ownSet);
  const gone = (before?.members ?? []).filter((member) => !own.has(member));
  // Before the session's own first view there was no group: this member joined.
  const come = before ? view.members.filter((member) => !own.has(member)) : [view.members[view.index]];
  for (const member of gone) {
    call(session, 'leaveCausedByNetwork', view.group, member);
  }
  for (const member of come) {
    call(session, 'memberJoinedGroup', view.group, member);
  }
}

/**
 * Calls a handler, if it is a function. A handler's exception does not keep the others from being called: it is raised
 * as an uncaught exception at once.
 */
function call(session, handler, ...args) {
  if (typeof session[handler] === 'function') {
    try {
      session[handler](...args);
    } catch (error) {
      native.raise(error);
    }
  }
}

module.exports = { parseArguments, reporter };
