/**
 * Sending: multicast(), send(), and the meaning of `false` and 'drain'.
 *
 * `false` means that the message was accepted and that the caller should wait for 'drain', for one of two reasons: more
 * than the high-water mark waits to be sent, or as many of the session's own messages as its send window has are still
 * to come back. 'drain' comes once neither holds: at most half of either.
 */

const { Buffer } = require('node:buffer');
const { byteLength } = require('../shared/bytes.js');
const check = require('../shared/check.js');
const { SELF_DISCARD } = require('../shared/constants.js');
const { sent, publish } = require('../shared/diagnostics.js');
const { SpreadError, fromNative, unknownOption, wrongType, wrongValue } = require('../shared/errors.js');
const { awaiting } = require('../native/awaiting.js');
const { native, queued } = require('../native/pump.js');
const { SERVICES, nameOf } = require('../stream/deliveries.js');
const flow = require('../stream/flow.js');
const { countOut } = require('../stream/window.js');
const { observed } = require('./observe.js');
const { kState } = require('./state.js');

const [LEAST_TYPE, MOST_TYPE] = [-32_768, 32_767];
/** Native code's answer when a view of the payload has no bytes: JavaScript then checks whether its memory is gone. */
const EMPTY_VIEW = -2;
const OPTIONS = ['service', 'selfDiscard', 'type'];

/**
 * Reads multicast(service, group, data) or multicast(service, selfDiscard, group, data). The number of arguments
 * distinguishes them, as in node-cspread's README, whose flag is 64; on a session of connect() a boolean is always the
 * flag.
 */
function multicast(service, ...rest) {
  const state = this[kState];
  const { rejects, checks } = state.reporter;
  let [group, data] = rest;
  let selfDiscard = false;
  if (rest.length > 2 || (rejects && typeof group === 'boolean')) {
    [selfDiscard, group, data] = rest;
  }
  let bits = checks.integer('service', service, 0, 0xffffffff);
  if (checks.boolean('selfDiscard', selfDiscard)) {
    bits |= SELF_DISCARD;
  }
  return post(this, state, bits, checks.groups('group', group), 0, checks.data(data));
}

/** Sends: send(groups, data, { service, selfDiscard, type }). */
function send(groups, data, options) {
  const state = this[kState];
  let bits = SERVICES.agreed;
  let type = 0;
  if (options !== undefined) {
    const given = own(options);
    bits = typeof given.service === 'string' ? named(given.service) : number(given.service);
    if (check.boolean('selfDiscard', given.selfDiscard)) {
      bits |= SELF_DISCARD;
    }
    type = check.integer('type', given.type, LEAST_TYPE, MOST_TYPE);
  }
  return post(this, state, bits, check.groups('groups', groups), type, check.gathered(data));
}

/** The options of send(). Without check.known(), whose copy would take longer than all the rest. */
function own(options) {
  let service = 'agreed';
  let selfDiscard = false;
  let type = 0;
  for (const name in check.options('options', options)) {
    if (!Object.hasOwn(options, name)) {
      continue;
    }
    const value = options[name];
    switch (name) {
      case 'service':
        service = value === undefined ? service : value;
        break;
      case 'selfDiscard':
        selfDiscard = value === undefined ? selfDiscard : value;
        break;
      case 'type':
        type = value === undefined ? type : value;
        break;
      default:
        throw unknownOption('options', name, OPTIONS);
    }
  }
  return { service, selfDiscard, type };
}

function named(service) {
  if (!Object.hasOwn(SERVICES, service)) {
    throw wrongValue('service', `one of ${Object.keys(SERVICES).join(', ')}, or a number`, service);
  }
  return SERVICES[service];
}

function number(service) {
  if (typeof service !== 'number') {
    throw wrongType('service', 'a string or a number', service);
  }
  return check.integer('service', service, 0, 0xffffffff);
}

/** The group of the last message: native code still has that destination, and need not read it again. */
let recent;

function queue(state, bits, groups, type, data) {
  if (groups === recent) {
    return native.sendAgain(state.openId, bits, type, data);
  }
  recent = undefined;
  const taken = native.send(state.openId, bits, groups, type, data);
  if (taken >= 0 && typeof groups === 'string') {
    recent = groups;
  }
  return taken;
}

function post(session, state, bits, groups, type, data) {
  let taken = queue(state, bits, groups, type, data);
  if (taken === EMPTY_VIEW) {
    taken = queue(state, bits, groups, type, check.withoutEmpty(data));
  }
  if (taken < 0) {
    return refuse(session, state);
  }
  queued();
  if (state.observers !== undefined) {
    observed(state, 'sent', { groups: [].concat(groups), bits, type, data });
  }
  if (sent.hasSubscribers) {
    const bytes = [].concat(data).reduce((sum, part) => sum + bytesOf(part), 0);
    sent.publish({ session, groups: [].concat(groups), bytes, type, service: nameOf(bits) });
  }
  if (taken === 0) {
    state.aboveHighWater = true;
  }
  if (state.options.sendWindow !== undefined) {
    countOut(state, bits, groups);
  }
  return taken === 1 && !state.windowFull;
}

const bytesOf = (part) => (typeof part === 'string' ? Buffer.byteLength(part) : byteLength(part));

/**
 * Handles a refused call, of which nothing was sent. Throws the error of an argument that only native code could judge.
 */
function refuse(session, state) {
  const error = fromNative(native.lastFailure());
  if (!(error instanceof SpreadError)) {
    throw error;
  }
  publish('refused', session, { error });
  state.reporter.refused(session, error);
}

/** Resolves once sending returns `true` again. */
function whenDrained(options) {
  const state = this[kState];
  return awaiting(options, (done) => {
    if (state.phase !== 'connected') {
      done(new SpreadError('ERR_SPREAD_NOT_CONNECTED'));
    } else if (state.aboveHighWater || state.windowFull) {
      state.onDrain.push(done);
      flow.update(state);
      return () => {
        state.onDrain = state.onDrain.filter((waiter) => waiter !== done);
      };
    } else {
      done();
    }
    return undefined;
  });
}

module.exports = { multicast, send, whenDrained };
