/** cspread/metrics, and `daemon --metrics`: names, formats, what is not measured, and the real Prometheus. */

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { urlToHttpOptions } = require('node:url');
const { connect } = require('..');
const { metrics } = require('cspread/metrics');
const { runFile } = require('./helpers/child.js');
const { cspread, start } = require('./helpers/command.js');
const { openModern, scriptedModern } = require('./helpers/modern.js');
const { message } = require('./helpers/scripted-session.js');
const { sendSignal } = require('./helpers/signal.js');
const { daemonFor, unique } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

const root = path.join(__dirname, '..');

/** Returns series → value of a text. */
function samples(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Returns name → kind of a text. */
function families(text) {
  return Object.fromEntries(Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, kind]) => [name, kind]));
}

test('a session’s figures are those of stats(), a daemon’s too', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await openModern(t, daemon.address);
  await session.join('room');
  for (let count = 0; count < 5; count += 1) {
    session.send('room', 'hello');
  }
  await session.ping();
  const { text, contentType } = await metrics([session, daemon]);
  assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
  const found = samples(text);
  const own = `{session="${session.name}",address="${session.address}"}`;
  assert.equal(found.get(`cspread_session_sent_messages_total${own}`), 5);
  assert.equal(found.get(`cspread_session_received_messages_total${own}`), 6);
  assert.equal(found.get(`cspread_session_views_total${own}`), 1);
  assert.equal(found.get(`cspread_session_connected${own}`), 1);
  assert.equal(found.get(`cspread_session_groups${own}`), 1);
  assert.equal(found.get(`cspread_session_ping_seconds_count${own}`), 1);
  const its = `{daemon="localhost",address="${daemon.address}"}`;
  assert.equal(found.get(`cspread_daemon_groups${its}`), daemon.stats().groups);
  assert.equal(found.get(`cspread_daemon_cut_sessions_total${its.replace('}', ',cause="slow"}')}`), 0);
  await session.disconnect();
  const after = samples((await metrics(session)).text);
  assert.equal(after.get(`cspread_session_connected${own}`), 0);
  assert.equal(after.get(`cspread_session_sent_messages_total${own}`), 5);
});

test('docs/metrics.md lists each name with its kind, and no other', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await openModern(t, daemon.address);
  const { text } = await metrics([session, daemon]);
  const document = fs.readFileSync(path.join(root, 'docs', 'metrics.md'), 'utf8');
  const listed = Array.from(document.matchAll(/^\| `(cspread_\w+)` \| (\w+) \|/gm), ([, name, kind]) => [name, kind]);
  assert.deepEqual(Object.fromEntries(listed.sort()), Object.fromEntries(Object.entries(families(text)).sort()));
});

test('OpenMetrics names each series as the text does', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await openModern(t, daemon.address);
  const plain = await metrics([session, daemon]);
  const open = await metrics([session, daemon], { openMetrics: true });
  assert.equal(open.contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.ok(open.text.endsWith('# EOF\n'));
  assert.deepEqual([...samples(open.text).keys()].sort(), [...samples(plain.text).keys()].sort());
});

test('nothing measured, no sample; a late answer is in a later scrape', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const early = await metrics(session);
  assert.doesNotMatch(early.text, /ping_seconds|NaN|Inf/);
  assert.match(early.text, /^cspread_session_connected\S* 1$/m);
  const { body } = await connection.next();
  connection.send(message(me, body, { sender: me, type: 4 }));
  await until(async () => /ping_seconds_count\S+ 1$/m.test((await metrics(session)).text));
});

test('targets that are none, options that are none; the later of two with the same labels', async (t) => {
  const daemon = await daemonFor(t, {});
  for (const wrong of [undefined, null, {}, [daemon, 'x'], 'session']) {
    await assert.rejects(metrics(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  await assert.rejects(metrics(daemon, { openMetrics: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(metrics(daemon, { openmetrics: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  const name = unique();
  const before = await connect({ address: daemon.address, name });
  await before.disconnect();
  const now = await openModern(t, daemon.address, { name });
  const { text } = await metrics([before, now, daemon, daemon]);
  assert.equal(text.match(/^cspread_session_connected\S* 1$/gm).length, 1);
  assert.equal(text.match(/^cspread_daemon_sessions\{/gm).length, 1);
  assert.equal((await metrics([])).text.trim(), '');
});

test('nothing of it is loaded by the package itself', () => {
  const script =
    "require('cspread'); console.log(Object.keys(require.cache).some((file) => /metrics|prom-client/.test(file)))";
  assert.equal(spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).stdout, 'false\n');
});

/** Asks for a path as it is; resolves with the status. */
async function statusOf(url, path) {
  const request = http.get({ ...urlToHttpOptions(new URL(url)), path, agent: false });
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

/** Starts `daemon --metrics`; resolves with the URL and the daemon's address. */
async function scraped(t, flags = []) {
  const { child, lines, over } = start(t, ['daemon', '--port', '0', '--log', 'json', '--metrics', '0', ...flags]);
  const line = (event) => lines.find((each) => each.includes(`"event":"${event}"`)).then(JSON.parse);
  const { addresses } = await line('listening');
  const { url } = await line('metrics');
  return { url, address: addresses[0], child, over };
}

test('daemon --metrics: both formats, /healthz, and what is not there', async (t) => {
  const { url, child, over } = await scraped(t);
  const open = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const get = (to, accept = '*/*', method = 'GET') =>
    fetch(new URL(to, url), { method, headers: { accept, connection: 'close' } });
  const formats = { '*/*': 'text/plain', 'text/plain': 'text/plain', [open]: 'application/openmetrics-text' };
  formats['application/openmetrics-text;q=0.1, text/plain'] = 'text/plain';
  for (const [accept, wanted] of Object.entries(formats)) {
    const response = await get('/metrics', accept);
    assert.equal(response.headers.get('content-type').split(';')[0], wanted, accept);
    assert.match(await response.text(), /^cspread_daemon_sessions\{/m);
  }
  assert.equal(await (await get('/healthz')).text(), 'ok\n');
  assert.equal((await get('/')).status, 404);
  assert.equal(await statusOf(url, '//'), 404);
  assert.equal((await get('/metrics', '*/*', 'POST')).status, 405);
  assert.equal((await get('/metrics', '*/*', 'HEAD')).status, 200);
  if (process.platform !== 'win32') {
    sendSignal(child, 'SIGTERM');
    assert.equal((await over).code, 0);
  }
});

test('daemon --metrics: it warns where other machines can read it', async (t) => {
  const flags = ['daemon', '--port', '0', '--log', 'json', '--metrics', '0.0.0.0:0'];
  const { child, lines, over } = start(t, flags);
  await lines.find((line) => line.includes('"event":"metrics"'));
  child.kill();
  assert.match((await over).errors, /^cspread: warning: everybody who reaches http:\S+ can read the figures\.\n/);
});

test('daemon --metrics: a place that is none, or taken', async (t) => {
  for (const wrong of ['x', '70000', '1.2.3.4:', '']) {
    const { code, errors } = await cspread(t, ['daemon', '--port', '0', `--metrics=${wrong}`]);
    assert.equal(code, 2, wrong);
    assert.match(errors, /--metrics takes a port, or HOST:PORT/);
  }
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { code, errors } = await cspread(t, ['daemon', '--port', '0', '--metrics', String(taken.address().port)]);
  assert.equal(code, 1);
  assert.match(errors, /cannot serve metrics: .*(EADDRINUSE|in use)/);
});

const has = (command) => spawnSync(command, ['--version']).status === 0;
const skip = has('prometheus') && has('promtool') ? false : 'prometheus and promtool are not installed';

test('promtool accepts the text', { skip }, async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await openModern(t, daemon.address);
  const { text } = await metrics([session, daemon]);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

/** Starts a real Prometheus that scrapes these; resolves with its URL. */
async function prometheus(t, targets) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-prometheus-'));
  const quoted = targets.map((target) => `'${target}'`).join(', ');
  const jobs = `scrape_configs:\n  - job_name: cspread\n    static_configs:\n      - targets: [${quoted}]\n`;
  fs.writeFileSync(path.join(folder, 'prometheus.yml'), `global:\n  scrape_interval: 200ms\n${jobs}`);
  const port = await freePort();
  const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
  const child = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    fs.rmSync(folder, { recursive: true });
  });
  return `http://127.0.0.1:${port}`;
}

/** Returns a port that was free just now: Prometheus does not print the one that it chooses. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Returns the results of a query, none if there is no answer yet. */
async function query(url, expression) {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  assert.notEqual(answer?.status, 'error', `${expression}: ${answer?.error}`);
  return answer?.data?.result ?? [];
}

test('a real Prometheus scrapes it, and runs each query of the dashboard', { skip }, async (t) => {
  const { url: daemonUrl, address } = await scraped(t);
  const env = { SPREAD_DAEMON: address, PORT: '0' };
  const { lines } = runFile(t, path.join(root, 'examples', 'metrics', 'server.js'), [], { env });
  const own = (await lines.find((line) => line.includes('metrics at'))).split(' ').at(-1);
  const url = await prometheus(
    t,
    [daemonUrl, own].map((each) => new URL(each).host),
  );
  await until(async () => (await query(url, 'up == 1')).length === 2);
  const dashboard = JSON.parse(fs.readFileSync(path.join(root, 'examples', 'metrics', 'dashboard.json'), 'utf8'));
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  assert.ok(expressions.length > 15);
  for (const expression of expressions) {
    // What Grafana puts there is at least four scrapes.
    await until(async () => (await query(url, expression.replaceAll('$__rate_interval', '5s'))).length > 0);
  }
});
