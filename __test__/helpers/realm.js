/** The package in a realm of its own, as test frameworks load what they test. */

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** What the package exports there. The realm has these globals, and of Node's no other. */
function inRealm(globals = {}) {
  const context = vm.createContext(globals);
  const modules = new Map();
  const load = (file) => {
    if (!file.endsWith('.js')) {
      return require(file);
    }
    if (!modules.has(file)) {
      const module = { exports: {} };
      modules.set(file, module);
      const native = Module.createRequire(file);
      const inner = (name) => (Module.isBuiltin(name) ? require(name) : load(native.resolve(name)));
      inner.resolve = native.resolve;
      const names = ['module', 'exports', 'require', '__dirname', '__filename'];
      const source = fs.readFileSync(file, 'utf8');
      const run = vm.compileFunction(source, names, { parsingContext: context, filename: file });
      run(module, module.exports, inner, path.dirname(file), file);
    }
    return modules.get(file).exports;
  };
  return load(path.join(__dirname, '..', '..', 'index.js'));
}

module.exports = { inRealm };
