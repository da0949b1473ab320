/**
 * The documents: links lead somewhere, commands exist, code is what the types allow, and what is said to print
 * something prints it.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { execFileSync } = require('node:child_process');
const ts = require('typescript');
const { cspread } = require('./helpers/command.js');
const { DOCUMENTS, ROOT, anchors, blocks, blocksOf, commands, links, prose, read } = require('./helpers/documents.js');

/** What blocks are written in, and which test looks at them. */
const LANGUAGES = {
  js: 'compiled here; those that run are run in docs-run.test.js',
  sh: 'commands, here',
  ini: 'its form, here',
  rust: 'of one line, which its crate compiles',
  text: 'drawings, tables of figures, and output: compared in docs-run.test.js where a block is said to print it',
};

for (const document of DOCUMENTS) {
  test(`${document}: its links lead somewhere`, () => {
    for (const link of links(document)) {
      const [target, anchor] = link.split('#');
      const file = target === '' ? document : path.posix.join(path.posix.dirname(document), target);
      assert.ok(fs.existsSync(path.join(ROOT, file)), `${link} of ${document}`);
      if (anchor !== undefined) {
        assert.ok(anchors(file).includes(anchor), `${link} of ${document}: there is no such heading`);
      }
    }
  });

  test(`${document}: its blocks say what they are in`, () => {
    for (const { language, line } of blocks(document)) {
      assert.ok(language in LANGUAGES, `${document}:${line}: '${language}'`);
    }
  });

  test(`${document}: its commands exist`, async (t) => {
    for (const command of commands(document)) {
      await exists(t, command, document);
    }
  });

  test(`${document}: its units are units`, () => {
    for (const { code } of blocksOf(document, 'ini')) {
      for (const line of code.split('\n')) {
        assert.match(line, /^(|\[[A-Z]\w+\]|[A-Z]\w+=\S.*)$/);
      }
    }
  });
}

/** Scripts of the package that have a help: what it names is what they take. */
const HELPFUL = {
  bench: 'bench/run.js',
  soak: 'scripts/soak.js',
  'test:full': 'scripts/test-full.js',
  'test:repeat': 'scripts/test-repeat.js',
};

/** Checks a command that a document tells its readers to type. */
async function exists(t, command, document) {
  const words = command.replace(/^([A-Z_]+=\S* )*/, '').split(/\s+/);
  const [program, first, second] = words;
  const what = `${document}: ${command}`;
  if (program === 'npm') {
    const known = ['audit', 'ci', 'install', 'test'].includes(first) || (first === 'run' && scripts().includes(second));
    assert.ok(known, what);
    const flags = words.slice(words.indexOf('--') + 1).filter((word) => /^--\w/.test(word));
    if (HELPFUL[second] && words.includes('--')) {
      const help = execFileSync(process.execPath, [HELPFUL[second], '--help'], { cwd: ROOT, encoding: 'utf8' });
      assert.ok(
        flags.every((flag) => flag === '--help' || help.includes(`${flag} `)),
        what,
      );
    }
  } else if (program === 'npx') {
    assert.equal(first, 'cspread', what);
    await isOfCommandLine(t, words.slice(2), what);
  } else if (program === 'node') {
    const file = words.slice(1).find((word) => !word.startsWith('-'));
    // Readers have an app of their own.
    assert.ok(file === 'app.js' || fs.existsSync(path.join(ROOT, file)), what);
  } else if (program.includes('/')) {
    assert.ok(fs.existsSync(path.join(ROOT, path.dirname(document), program)), what);
  } else {
    assert.ok(['cargo', 'bash', 'cd', 'deno'].includes(program), what);
  }
}

function scripts() {
  return Object.keys(JSON.parse(read('package.json')).scripts);
}

const helps = new Map();

/** Checks that a command of cspread exists, with these flags. */
async function isOfCommandLine(t, [command, ...rest], what) {
  if (command === undefined || /^[A-Z…]/.test(command)) {
    return;
  }
  if (!helps.has(command)) {
    helps.set(command, await cspread(t, [command, '--help']));
  }
  const { code, out } = helps.get(command);
  assert.equal(code, 0, what);
  for (const flag of rest.filter((word) => word.startsWith('-') && word !== '-')) {
    assert.match(out, new RegExp(`(^|[\\s,])${flag}\\b`, 'm'), what);
  }
}

test('docs/cli.md: each command has a section, with flags that it has', async (t) => {
  const [, ...sections] = prose('docs/cli.md').split(/^## /m);
  const listed = Array.from(prose('docs/cli.md').matchAll(/^\| \[`(\w+)/gm), ([, command]) => command);
  const told = sections.map((section) => section.split('\n', 1)[0]);
  assert.deepEqual(told.slice(1), listed);
  for (const section of sections) {
    const [heading] = section.split('\n', 1);
    const command = listed.includes(heading) ? heading : 'ping';
    const flags = Array.from(section.matchAll(/`(--?[a-z][a-z-]*)/g), ([, flag]) => flag);
    await isOfCommandLine(t, [command, ...flags], `docs/cli.md, ${heading}`);
  }
});

/** What pieces of a larger whole take for granted. */
const GIVEN = `
import cspread = require('cspread');
declare global {
  const SpreadSession: typeof cspread;
  const SpreadDaemon: typeof cspread.SpreadDaemon;
  const connect: typeof cspread.connect;
  const session: cspread.Session;
  function save(data: Buffer): Promise<void>;
  function handle(what: unknown): Promise<void>;
  function start(session: cspread): void;
  function fail(text: string): void;
}
`;

test('the documents’ JavaScript is what the types allow', () => {
  const files = new Map([[path.join(ROOT, 'given.ts'), GIVEN]]);
  for (const document of DOCUMENTS) {
    for (const { code, line } of blocksOf(document, 'js')) {
      // On the lines where the document has it; within a function, so that it may await and has names of its own.
      const text = `${'\n'.repeat(line - 2)}(async () => {\n${code}\n});export {};`;
      files.set(path.join(ROOT, `${document.replaceAll('/', '-')}-${line}.js`), text);
    }
  }
  assert.ok(files.size > 15, `${files.size} files`);
  assert.deepEqual(complaints(files), []);
});

test('and what the types do not allow is found', () => {
  const wrong = "(async () => { session.on('mesage', () => {}); await connect({ adress: '4803' }); });export {};";
  const files = new Map([
    [path.join(ROOT, 'given.ts'), GIVEN],
    [path.join(ROOT, 'wrong.js'), wrong],
  ]);
  assert.equal(complaints(files).length, 2);
});

/** Returns the compiler's complaints about files that exist in memory only. */
function complaints(files) {
  const options = {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    strict: true,
    noImplicitAny: false,
    // Who subscribes to a channel knows what comes.
    strictFunctionTypes: false,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
    paths: { cspread: [path.join(ROOT, 'index.d.ts')], 'cspread/*': [path.join(ROOT, 'lib/*/index.d.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(path.normalize(name)) || fileExists(name);
  host.readFile = (name) => files.get(path.normalize(name)) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = files.get(path.normalize(name));
    return text === undefined
      ? getSourceFile.call(host, name, version, ...rest)
      : ts.createSourceFile(name, text, version);
  };
  host.getCurrentDirectory = () => ROOT;
  const program = ts.createProgram([...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const where = file ? `${path.basename(file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : '';
    return `${where}${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** Numbers that stand in more than one place: the constant, and the documents that give it. */
const LIMITS = 'spread-proto/src/limits.rs';
const TOLD = [
  ['src/js/names.rs', 'MOST', ['ARCHITECTURE.md', 'SECURITY.md']],
  [
    LIMITS,
    'MAX_MULTICAST_GROUPS',
    ['README.md', 'docs/guide.md', 'docs/errors.md', 'docs/operations.md', 'index.d.ts', 'lib/shared/errors.js'],
  ],
  [LIMITS, 'DEFAULT_MULTICAST_SIZE', ['README.md', 'docs/errors.md', 'docs/operations.md']],
  [LIMITS, 'MAX_MULTICAST_SIZE', ['docs/protocol.md']],
  [LIMITS, 'MAX_DAEMON_SESSIONS', ['docs/errors.md', 'docs/protocol.md', 'docs/operations.md']],
];

test('documents give the numbers of the code', () => {
  for (const [file, name, documents] of TOLD) {
    const [, made] = new RegExp(`const ${name}: usize = ([\\d_]+);`).exec(read(file));
    const number = made.replaceAll('_', ',');
    for (const document of documents) {
      assert.match(prose(document), new RegExp(`(?<![\\d,])${number}(?!,?\\d)`), `${name} in ${document}`);
    }
  }
});

test('README says which runtimes were tried, and how much of the suite they leave out', () => {
  const { LEFT_OUT } = require('../scripts/left-out.js');
  const { dependencies } = JSON.parse(read('tools/runtimes/package.json'));
  const versions = { Deno: dependencies['@deno/linux-x64-glibc'], Bun: dependencies['@oven/bun-linux-x64'] };
  for (const [runtime, files] of Object.entries(LEFT_OUT)) {
    const count = Object.values(files).flatMap(Object.keys).length;
    const row = new RegExp(
      `^\\| ${runtime} .*but for ${count} tests: ${versions[runtime].replaceAll('.', '\\.')}, `,
      'm',
    );
    assert.match(prose('README.md'), row);
  }
});
