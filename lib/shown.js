/** What console.log() shows of an object: what its users know of it, and nothing of how it works. */

const util = require('node:util');

/** `read(it)` gives the properties that are shown of a class's objects. */
function shows(Class, read) {
  Object.defineProperty(Class.prototype, util.inspect.custom, {
    __proto__: null,
    value(depth, options, inspect = util.inspect) {
      const name = this.constructor?.name ?? Class.name;
      return depth < 0 ? options.stylize(`[${name}]`, 'special') : `${name} ${inspect(read(this), options)}`;
    },
    writable: true,
    configurable: true,
  });
}

module.exports = { shows };
