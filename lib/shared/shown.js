/** console.log()'s view of an object: its public properties, and nothing internal. */

const util = require('node:util');

/** Sets what is shown of a class's objects: `read(it)` returns the properties. */
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
