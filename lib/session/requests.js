/**
 * join(), leave(), ping() and disconnect(), and the answers that settle their promises.
 *
 * | promise of \ | Spread answers | the connection is lost, for good | lost, to come back | disconnect() |
 * |---|---|---|---|---|
 * | join() | resolves with the view | rejects | waits for the view there | rejects |
 * | leave() | resolves | rejects | resolves | resolves |
 * | either, without membership | resolves once the kernel has the request | rejects | rejects | rejects |
 * | ping() | resolves with the round trip | rejects | rejects | rejects |
 *
 * lib/session/memberships.js describes a call that is made while another one waits. On a session opened by the constructor
 * these promises resolve where they reject here.
 */

const { publish } = require('../shared/diagnostics.js');
const { SpreadError, fromNative } = require('../shared/errors.js');
const { awaiting, fail } = require('../native/awaiting.js');
const { native, queued } = require('../native/pump.js');
const flow = require('../stream/flow.js');
const { handle } = require('./connection.js');
const { observed } = require('./observe.js');
const { kState } = require('./state.js');

/** How long `disconnect()` waits at most for the daemon, in ms. */
const DISCONNECT_WITHIN = 2000;

function join(group, options) {
  return ask(this, true, group, options);
}

function leave(group, options) {
  return ask(this, false, group, options);
}

function ask(session, join, name, options) {
  const state = session[kState];
  const { rejects, checks } = state.reporter;
  return awaiting(rejects ? options : undefined, (done) => {
    const group = checks.string('group', name);
    const wait = rejects ? done : (_error, view) => done(undefined, view);
    const request = () => {
      const isAccepted = requestFrom(state, state.openId, join, group);
      if (!isAccepted) {
        refused(session, state, done);
      }
      return isAccepted;
    };
    if (state.phase === 'reconnecting') {
      askLater(state, join, group, wait);
    } else if (state.phase !== 'connected' || !state.options.membership) {
      if (request()) {
        state.memberships.want(join, group);
        whenSent(state, wait);
      }
    } else if (!state.memberships.request(join, group, request, wait)) {
      notAMember(rejects, group, request, done);
    }
    flow.update(state);
  });
}

/** Asks the daemon to let the session into a group, or out of it. Returns whether the request was accepted to be sent. */
function requestFrom(state, id, join, group) {
  const send = join ? native.join : native.leave;
  if (send(id, group) < 0) {
    return false;
  }
  queued();
  if (state.observers !== undefined) {
    observed(state, 'asked', { join, group });
  }
  return true;
}

function refused(session, state, done) {
  const error = fromNative(native.lastFailure());
  if (!(error instanceof SpreadError)) {
    throw error;
  }
  publish('refused', session, { error });
  if (state.reporter.rejects) {
    done(error);
  } else {
    done();
    state.reporter.refused(session, error);
  }
}

/**
 * Answers a leave of a group that the session is not in. A session of the constructor sends the request all the same,
 * so that onError reports an illegal name; Spread ignores it.
 */
function notAMember(rejects, group, request, done) {
  if (rejects) {
    done(new SpreadError('ERR_SPREAD_NOT_A_MEMBER', `this session is not in the group '${group}'`));
  } else if (request()) {
    done();
  }
}

/** Makes a request for later: there is no connection, but there will be one. */
function askLater(state, join, group, done) {
  if (!join && !state.memberships.willBeIn(group)) {
    notAMember(true, group, undefined, done);
    return;
  }
  const waiters = state.memberships.requestLater(join, group, done);
  fail(waiters, new SpreadError('ERR_SPREAD_NOT_A_MEMBER', `'${group}' was left before it was joined again`));
  if (!join) {
    done();
  }
}

/** Resolves with the round trip to the daemon, in ms, once everything before its answer is delivered. */
function ping(options) {
  const state = this[kState];
  return awaiting(options, (done) => {
    const number = native.ping(state.openId);
    if (number < 0) {
      done(fromNative(native.lastFailure()));
      return undefined;
    }
    state.pings.set(number, done);
    queued();
    flow.update(state);
    return () => state.pings.delete(number);
  });
}

/** Calls back once the kernel has everything accepted so far. */
function whenSent(state, done) {
  if (native.askEmpty(state.id)) {
    state.onEmpty.push(done);
  } else {
    done();
  }
}

/** Ends the session, after everything accepted is sent. */
function disconnect(options) {
  const state = this[kState];
  const finish = (done) => {
    if (state.phase === 'closed') {
      done();
      return;
    }
    state.onClosed.push(done);
    const was = state.phase;
    if (was !== 'disconnecting') {
      state.phase = 'disconnecting';
      flow.flowOn(state, (item, bytes) => handle(this, state, item, bytes));
      if (was === 'reconnecting') {
        state.reconnecting.stop(this, state);
      } else {
        native.disconnect(state.id, DISCONNECT_WITHIN);
        queued();
      }
    }
  };
  return awaiting(state.reporter.rejects ? options : undefined, finish, true);
}

module.exports = { disconnect, join, leave, ping, requestFrom, whenSent };
