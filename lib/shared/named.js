/** Gives a class its public name: a bundler may have renamed it. */
function named(name, it) {
  Object.defineProperty(it, 'name', { __proto__: null, value: name, configurable: true });
}

module.exports = { named };
