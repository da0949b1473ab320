/**
 * The class SpreadSession. It is a function, so that node-cspread's users may call it without `new`.
 */

const { EventEmitter } = require('node:events');
const { CallSite } = require('../shared/errors.js');
const { named } = require('../shared/named.js');
const engines = require('../native/engine.js');
const { begin } = require('../session/connection.js');
const { initialize, prototype } = require('../session/session.js');
const { kState } = require('../session/state.js');
const { parseArguments, reporter } = require('./reporter.js');

/**
 * Makes a session of `this` where that is to be one: with `new`, in a subclass by `super()` or
 * `SpreadSession.call(this, …)`. Called in any other way (as a function, off the module, off a session) it makes a new
 * one.
 */
function SpreadSession(...args) {
  if (!(this instanceof SpreadSession) || Object.hasOwn(this, kState)) {
    return new SpreadSession(...args);
  }
  // Wrong arguments throw before anything is begun.
  const { options, callbacks } = parseArguments(args);
  const site = new CallSite(SpreadSession);
  const engine = engines.chosen();
  initialize(this);
  begin(this, { ...options, engine }, reporter(callbacks), site);
  return this;
}
named('SpreadSession', SpreadSession);
Object.setPrototypeOf(SpreadSession, EventEmitter);
SpreadSession.prototype = prototype;
Object.defineProperty(prototype, 'constructor', {
  __proto__: null,
  value: SpreadSession,
  writable: true,
  configurable: true,
});

module.exports = { SpreadSession };
