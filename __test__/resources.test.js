/** A process that is out of descriptors or threads hears so, by the system's own word, and lives on. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { onLibspread } = require('./helpers/engine.js');
const { daemonFor } = require('./helpers/sessions.js');

const { EAGAIN, EMFILE } = os.constants.errno;

/** What there is none of → how a process comes to that, and the system's word for it. */
const WAYS = {
  descriptors: { through: ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'], errno: -EMFILE, word: /open files/ },
  threads: { through: [], errno: -EAGAIN, word: /temporarily unavailable/ },
};

/** What the calls of the fixture come to: the call that the system refused, or 'done'. */
const NATIVE = {
  'descriptors first': { 'by address': 'epoll_create1', 'by name': 'epoll_create1', 'by path': 'epoll_create1' },
  'descriptors later': { 'by address': 'connect', 'by name': 'getaddrinfo', 'by path': 'connect' },
  'threads first': { 'by address': 'pthread_create', 'by name': 'pthread_create' },
  'threads later': { 'by address': 'done', 'by name': 'pthread_create' },
};
const LIBSPREAD = {
  'descriptors first': { 'by address': 'dlopen', 'by name': 'dlopen' },
  'descriptors later': { 'by address': 'connect', 'by name': 'connect' },
  'threads first': { 'by address': 'pthread_create', 'by name': 'pthread_create' },
  'threads later': { 'by address': 'pthread_create', 'by name': 'pthread_create' },
};

function missing(what) {
  if (process.platform !== 'linux') {
    return 'other systems have other bounds, and other words';
  }
  const { error } = what === 'threads' ? spawnSync('prlimit', ['--version']) : {};
  return error ? `no prlimit here: ${error.code}` : false;
}

for (const [title, expected] of Object.entries(onLibspread ? LIBSPREAD : NATIVE)) {
  const [what, when] = title.split(' ');
  const { through, errno, word } = WAYS[what];
  test(`${title}: what a process without ${what} hears`, { skip: missing(what) }, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 's.sock');
    const { address } = await daemonFor(t, { path: file });
    const args = [what, when, address, ...('by path' in expected ? [file] : [])];
    const { exit, lines } = run(t, 'exhausted.js', args, { through });
    const { code, errors } = await exit;
    assert.deepEqual([code, errors], [0, '']);
    const said = JSON.parse((await lines.count(1))[0]);
    const syscalls = {
      ...expected,
      daemon: what === 'threads' ? 'pthread_create' : 'listen',
      ...(what === 'descriptors' && { afterwards: 'done' }),
    };
    assert.deepEqual(Object.keys(said).sort(), Object.keys(syscalls).sort());
    for (const [call, syscall] of Object.entries(syscalls)) {
      const { message, ...fields } = said[call];
      if (syscall === 'done') {
        assert.equal(said[call], 'done', call);
      } else {
        assert.deepEqual(fields, { name: 'SpreadError', code: 'ERR_SPREAD_RESOURCES', errno, syscall }, call);
        assert.match(message, /^out of resources while /);
        assert.match(message, word);
      }
    }
  });
}
