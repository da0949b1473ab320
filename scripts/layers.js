/**
 * Holds the layering: no circle of files among the Rust modules of a crate or among lib/, and in src/ and lib/ no import
 * that runs back up.
 * What only tests have is left out. Prints each fault, and exits with 1 if there is one.
 */

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const { exports: entries } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

/** The folders of lib/ that are further entry points of the package: they know only lib/index.js. */
const ENTRIES = Object.values(entries).flatMap(
  (entry) => /^\.\/lib\/([^/]+)\//.exec(entry.default ?? entry)?.[1] ?? [],
);

/** The folders of the addon and of lib/, from above; those of one line know nothing of each other. */
const LAYERS = {
  src: [
    ['js'],
    ['event_loop', 'guard', 'libspread'],
    ['environment'],
    ['connect'],
    ['session'],
    ['failure', 'resources'],
  ],
  lib: [ENTRIES, ['index'], ['classic', 'modern', 'daemon'], ['session'], ['stream'], ['native'], ['shared']],
};

/** Where circles are looked for. */
const CRATES = ['.', 'spread-proto', 'spread-daemon', 'spread-sys'];

/** `use` with its indent, whether others see what it brings, and what that is. */
const USE = /^( *)(pub(?:\([^)]*\))? )?use ([^;]+);/gm;

const TEST_FILES = /(^|\/)(tests|fake)(\.rs$|\/)/;

function filesOf(folder, extension) {
  const names = fs.readdirSync(folder, { recursive: true });
  return names.filter((name) => name.endsWith(extension)).map((name) => name.replaceAll(path.sep, '/'));
}

/** A Rust file without comments, texts, and the tests at its end. */
function codeOf(file) {
  const text = fs.readFileSync(file, 'utf8').replace(/\/\/.*$/gm, '');
  return text
    .replace(/"(?:\\.|[^"\\])*"/gs, '""')
    .replace(/#\[cfg\((?:all\()?test\b[^\]]*\]\s*(?:mod tests \{|impl ).*$/s, '');
}

/** `src/a/mod.rs` and `src/a.rs` are the module `a`; `src/lib.rs` is the crate itself, ''. */
function moduleOf(name) {
  return name
    .replace(/\.rs$/, '')
    .replace(/(^|\/)(mod|lib)$/, '')
    .replaceAll('/', '::');
}

/** The paths of a tree as `use` has it: `a::{b, c::{self, D}}`. */
function pathsOf(tree) {
  const flat = tree.replace(/\s+/g, ' ').trim();
  const open = flat.indexOf('{');
  if (open < 0) {
    return [flat.replace(/ as \w+$/, '').replace(/::self$/, '')];
  }
  const parts = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < flat.length; at += 1) {
    depth += { '{': 1, '}': -1 }[flat[at]] ?? 0;
    if ((depth === 1 && flat[at] === ',') || depth === 0) {
      parts.push(flat.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) {
      break;
    }
  }
  const inner = parts.filter((part) => part.trim() !== '');
  return inner.flatMap((part) => pathsOf(part)).map((part) => `${flat.slice(0, open)}${part}`.replace(/::self$/, ''));
}

/** A crate's modules: name → { file, used, exports }. */
function modulesOf(crate) {
  const src = path.join(root, crate, 'src');
  const modules = new Map();
  for (const name of filesOf(src, '.rs')) {
    if (!TEST_FILES.test(name)) {
      const code = codeOf(path.join(src, name));
      const uses = [...code.matchAll(USE)].map(([, indent, shown, tree]) => {
        // An indented one is in a module within the file, above which is the file itself.
        const paths = pathsOf(tree).map((text) => (indent === '' ? text : text.replace(/^super\b/, 'self')));
        return { shown, paths };
      });
      const inline = [...code.replace(USE, '').matchAll(/\b(?:crate|super)(?:::\w+)+/g)].map(([found]) => found);
      modules.set(moduleOf(name), {
        file: path.posix.join(crate, 'src', name),
        used: [...uses.flatMap(({ paths }) => paths), ...inline],
        exports: uses.filter(({ shown }) => shown).flatMap(({ paths }) => paths),
      });
    }
  }
  return modules;
}

/** A path, from the crate: ['a', 'b', 'Name']; nothing if it leads out of it. */
function fromCrate(modules, module, text) {
  const [first, ...rest] = text.split('::').map((part) => part.trim());
  const here = module === '' ? [] : module.split('::');
  if (first === 'crate') {
    return rest;
  }
  if (first === 'self') {
    return [...here, ...rest];
  }
  if (first === 'super') {
    return fromCrate(modules, here.slice(0, -1).join('::'), ['self', ...rest].join('::'));
  }
  return modules.has([...here, first].join('::')) ? [...here, first, ...rest] : undefined;
}

/** The module in which a path's last name is, where it was shown from being looked through. */
function home(modules, parts, depth = 0) {
  let length = parts.length;
  while (length > 0 && !modules.has(parts.slice(0, length).join('::'))) {
    length -= 1;
  }
  const module = parts.slice(0, length).join('::');
  const name = parts[length];
  for (const shown of name === undefined || depth > 4 ? [] : (modules.get(module)?.exports ?? [])) {
    if (shown.split('::').at(-1).trim() === name) {
      const target = fromCrate(modules, module, shown);
      return target === undefined ? undefined : home(modules, target, depth + 1);
    }
  }
  return module;
}

/** File → the files that it uses. */
function graphOf(modules) {
  const graph = new Map();
  for (const [module, { file, used }] of modules) {
    const targets = used
      .map((text) => fromCrate(modules, module, text))
      .filter((parts) => parts !== undefined)
      .map((parts) => modules.get(home(modules, parts))?.file);
    graph.set(file, new Set(targets.filter((target) => target !== undefined && target !== file)));
  }
  return graph;
}

/** lib/: file → the files that it requires. */
function graphOfLib() {
  const names = filesOf(path.join(root, 'lib'), '.js').map((name) => `lib/${name}`);
  return new Map(
    names.map((file) => {
      const text = fs.readFileSync(path.join(root, file), 'utf8');
      const required = [...text.matchAll(/require\('(\.[^']+\.js)'\)/g)].map(([, to]) => to);
      return [file, new Set(required.map((to) => path.posix.join(path.posix.dirname(file), to)))];
    }),
  );
}

/** The circles of a graph: what can be reached from each other, by Tarjan. */
function circlesOf(graph) {
  const [index, low, stack, circles] = [new Map(), new Map(), [], []];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(file, Math.min(low.get(file), low.get(next)));
      } else if (stack.includes(next)) {
        low.set(file, Math.min(low.get(file), index.get(next)));
      }
    }
    if (low.get(file) === index.get(file)) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) {
        circles.push(circle);
      }
    }
  };
  for (const file of graph.keys()) {
    if (!index.has(file)) {
      visit(file);
    }
  }
  return circles;
}

/** Returns the part of a path after `within`, down to a folder of its own or a file: what LAYERS names. */
const folderOf = (file, within) => path.posix.relative(within, file).split(/[/.]/)[0];

/** Yields what is wrong with the arrows of the addon (`within` is src) or of lib/. */
function* upward(graph, within) {
  const levelOf = (file) => LAYERS[within].findIndex((folders) => folders.includes(folderOf(file, within)));
  for (const [file, targets] of graph) {
    if (file === 'src/lib.rs') {
      continue;
    }
    if (levelOf(file) < 0) {
      yield `${file} is in no layer: scripts/layers.js names them`;
    }
    for (const target of targets) {
      if (!target.startsWith(`${within}/`)) {
        yield `${file} requires ${target}, which is above it`;
      } else if (folderOf(target, within) !== folderOf(file, within) && levelOf(target) <= levelOf(file)) {
        yield `${file} imports from ${target}, which is not below it`;
      } else if (ENTRIES.includes(folderOf(file, within)) && levelOf(target) > 1) {
        yield `${file} requires ${target}: an entry point builds on lib/index.js`;
      }
    }
  }
}

function faults() {
  const graphs = CRATES.map((crate) => graphOf(modulesOf(crate)));
  const lib = graphOfLib();
  const circles = [...graphs, lib].flatMap(circlesOf).map((files) => `a circle: ${[...files].sort().join(', ')}`);
  return [...circles, ...upward(graphs[0], 'src'), ...upward(lib, 'lib')];
}

if (require.main === module) {
  const found = faults();
  for (const fault of found) {
    console.error(fault);
  }
  process.exitCode = found.length > 0 ? 1 : 0;
}

module.exports = { circlesOf, faults, home, pathsOf, upward };
