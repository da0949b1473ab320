/**
 * The classic interface: node-cspread's constructor, and its handlers, which may be set and replaced at any time.
 *
 * | handler | is called with | when |
 * |---|---|---|
 * | dataHandler | group, sender, data | a message came |
 * | memberJoinedGroup | group, member | a member joined, or came with a merge of networks |
 * | memberLeftGroup | group, member | a member left; oneself too |
 * | leaveCausedByDisconnect | group, member | a member disconnected |
 * | leaveCausedByNetwork | group, member | a member was cut off |
 * | onFailedToConnect | text, error | the session did not come about |
 * | onDisconnect | text, error | the connection was lost, not by disconnect() |
 * | onError | text, error | a call was refused |
 */

const { written } = require('./address.js');
const batch = require('./batch.js');
const check = require('./check.js');
const events = require('./events.js');
const { quiet } = require('./handlers.js');
const { nextTick } = require('./host.js');
const lenient = require('./lenient.js');
const { DEFAULTS } = require('./options.js');
const { native } = require('./pump.js');

const { names, records } = batch;

const MAX_PRIVATE_NAME = 10;

/**
 * (address, uniqueName, [receiveMembership], success, failure): a third argument that is no function is the flag. Where it is
 * nothing, their number tells: of four the third is a `success` that was left open, of five it is a flag.
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

/** A long name's stand-in: the same for the same name, and 60 bits against another one's. */
function digest(name) {
  // Loaded for those who need it: it takes longer than all of this package.
  const { createHash } = require('node:crypto');
  return createHash('sha256').update(name).digest('base64url').slice(0, MAX_PRIVATE_NAME);
}

/** Who hears of what comes: all of it that sessions share. */
const REPORTER = {
  ...events,
  rejects: false,

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
    // The text of a message that nobody wants is not made.
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

/** A session's own: it holds the two callbacks and nothing else. */
function reporter({ success, failure }) {
  return Object.setPrototypeOf({ success, failure }, REPORTER);
}

const CAUSED_BY = { join: 'memberJoinedGroup', leave: 'memberLeftGroup', disconnect: 'leaveCausedByDisconnect' };

/** A change of the network removes and adds several members at once: those who did not come here with this one. */
function network(session, view, before) {
  const own = new Set(view.ownSet);
  const gone = (before?.members ?? []).filter((member) => !own.has(member));
  // In one's own first view there was no group before: it is this member who joined.
  const come = before ? view.members.filter((member) => !own.has(member)) : [view.members[view.index]];
  for (const member of gone) {
    call(session, 'leaveCausedByNetwork', view.group, member);
  }
  for (const member of come) {
    call(session, 'memberJoinedGroup', view.group, member);
  }
}

/**
 * What is no function is not called. What a handler throws keeps nobody else from hearing of the same: it is raised as an
 * uncaught exception at once.
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
