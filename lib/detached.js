/**
 * Methods that work taken off their session, as node-cspread's did: `process.once('SIGTERM', session.disconnect)`.
 *
 * Each session has them bound, as properties of its own: 0.9 kB and 3 µs. Accessors of the prototype would cost less,
 * but what mocks methods (node:test, sinon) takes no accessor for one.
 */

/** Binds these methods of the prototype to the session; not those that a subclass or the program has put in their place. */
function bind(session, prototype, names) {
  for (const name of names) {
    if (!isReplaced(session, prototype, name)) {
      Object.defineProperty(session, name, {
        __proto__: null,
        value: prototype[name].bind(session),
        writable: true,
        configurable: true,
      });
    }
  }
}

/** Whether something nearer than the prototype has the name. Nothing is read: a getter may not be ready for that. */
function isReplaced(session, prototype, name) {
  for (let holder = session; holder !== prototype; holder = Object.getPrototypeOf(holder)) {
    if (Object.hasOwn(holder, name)) {
      return true;
    }
  }
  return false;
}

module.exports = { bind };
