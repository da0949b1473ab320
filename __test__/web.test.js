/** cspread/web, without a browser: what it serves, to whom, and that it is bounded. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const zlib = require('node:zlib');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const { serve } = require('cspread/web');
const { cspread, start } = require('./helpers/command.js');
const { Log } = require('./helpers/log.js');
const { openModern } = require('./helpers/modern.js');
const { daemonFor } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { until } = require('./helpers/until.js');

async function pageFor(t, options) {
  const page = await serve({ port: 0, ...options });
  t.after(() => page.close());
  return page;
}

/** Asks; resolves with { status, headers, text }. */
async function ask(page, to, { method = 'GET', headers = {} } = {}) {
  const request = http.request({ host: '127.0.0.1', port: page.port, path: to, method, headers, agent: false });
  request.end();
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
  }
  return { status: response.statusCode, headers: response.headers, text };
}

/** Follows the events as the page does; a log of [event, data]. */
async function follow(t, page) {
  const request = http.get({ host: '127.0.0.1', port: page.port, path: '/events', agent: false });
  const [response] = await once(request, 'response');
  t.after(() => response.destroy());
  response.on('error', () => {});
  const log = new Log();
  let rest = '';
  response.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop();
    for (const [, event, data] of parts
      .map((part) => /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [])
      .filter(([it]) => it)) {
      log.push([event, JSON.parse(data)]);
    }
  });
  return log;
}

/** Posts as the page's own script does. */
const post = (page, to) =>
  ask(page, to, {
    method: 'POST',
    headers: { host: `127.0.0.1:${page.port}`, origin: `http://127.0.0.1:${page.port}` },
  });

test('the page is whole, small, and allows itself nothing from elsewhere', async (t) => {
  const { address } = await daemonFor(t, {});
  const page = await pageFor(t, { address });
  let size = 0;
  for (const [to, type] of Object.entries({
    '/': 'text/html',
    '/app.js': 'text/javascript',
    '/app.css': 'text/css',
    '/icon.svg': 'image/svg+xml',
  })) {
    const { status, headers, text } = await ask(page, to);
    assert.equal(status, 200);
    assert.ok(headers['content-type'].startsWith(type));
    assert.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    size += zlib.gzipSync(text).length;
  }
  assert.ok(size < 150_000, `${size} bytes, compressed`);
  assert.equal((await ask(page, '/package.json')).status, 404);
  assert.equal((await ask(page, '/../package.json')).status, 404);
  assert.equal((await ask(page, '/', { method: 'PUT' })).status, 405);
  for (const odd of ['//', '/%', '/?%', 'http://[', '/__proto__', '/transcript?observer=x']) {
    assert.ok((await ask(page, odd)).status < 500, odd);
  }
});

test('requests by another name, or from another site, get nothing', async (t) => {
  const { address } = await daemonFor(t, {});
  const page = await pageFor(t, { address });
  const right = `127.0.0.1:${page.port}`;
  for (const host of [right, `localhost:${page.port}`, `[::1]:${page.port}`]) {
    assert.equal((await ask(page, '/', { headers: { host } })).status, 200, host);
  }
  for (const host of ['evil.example', `evil.example:${page.port}`, '127.0.0.1.evil.example']) {
    for (const to of ['/', '/events', '/transcript?observer=0&group=a']) {
      assert.equal((await ask(page, to, { headers: { host } })).status, 403, host);
    }
  }
  const watch = (origin) => ask(page, '/watch?group=a', { method: 'POST', headers: { host: right, ...origin } });
  for (const origin of ['http://evil.example', 'null', `http://localhost:${page.port + 1}`, `https://${right}`]) {
    assert.equal((await watch({ origin })).status, 403, origin);
  }
  assert.equal((await watch({})).status, 403);
  assert.equal((await watch({ origin: `http://${right}` })).status, 204);
  for (const group of ['', 'a b', '#private', 'x'.repeat(32)]) {
    assert.equal((await post(page, `/watch?group=${encodeURIComponent(group)}`)).status, 400, group);
  }
});

test('with a token nobody gets anything without it', async (t) => {
  const { address } = await daemonFor(t, {});
  const page = await pageFor(t, { address, token: 'a secret;=' });
  for (const to of ['/', '/app.js', '/events', '/?token=wrong', '/?token=']) {
    assert.equal((await ask(page, to)).status, 401, to);
  }
  const entered = await ask(page, new URL(page.url).search.replace(/^/, '/'));
  assert.equal(entered.status, 303);
  assert.match(entered.headers['set-cookie'][0], /HttpOnly; SameSite=Strict/);
  const [cookie] = entered.headers['set-cookie'][0].split(';');
  assert.equal((await ask(page, '/', { headers: { cookie } })).status, 200);
  assert.equal((await ask(page, '/', { headers: { cookie: `${cookie}x` } })).status, 401);
});

test('views, messages and rates, as they come; a group that is no longer watched', async (t) => {
  const { address } = await daemonFor(t, {});
  const page = await pageFor(t, { address, groups: ['room'] });
  const log = await follow(t, page);
  const friend = await openModern(t, address, { name: 'friend' });
  await friend.join('room');
  await until(() => friend.groups.get('room').members.length === 2);
  friend.send('room', Buffer.from([0, 255]), { type: 7 });
  const tick = (condition) => log.find(([event, data]) => event === 'tick' && condition(data)).then(([, data]) => data);
  const { steps } = await tick((data) => data.steps.some(({ member }) => member === friend.privateGroup));
  const step = steps.find(({ member }) => member === friend.privateGroup);
  assert.deepEqual([step.group, step.cause, step.joined, step.count], ['room', 'join', [friend.privateGroup], 2]);
  const { messages } = await tick((data) => data.messages.length > 0);
  const { sender, type, hex, size } = messages[0];
  assert.deepEqual([sender, type, hex, size], [friend.privateGroup, 7, '00ff', 2]);
  const { point } = await tick((data) => data.point.groups.room?.[0] > 0);
  assert.ok(point.members[friend.privateGroup][1] > 0);
  const kept = JSON.parse((await ask(page, '/transcript?observer=0&group=room')).text);
  assert.deepEqual(
    kept.map(({ kind }) => kind).filter((kind) => kind !== 'view'),
    ['message'],
  );
  assert.equal((await post(page, '/unwatch?group=room')).status, 204);
  await until(() => friend.groups.get('room').members.length === 1);
});

test('as many groups as it watches at most', async (t) => {
  const { address } = await daemonFor(t, {});
  const groups = Array.from({ length: 100 }, (_, number) => `g${number}`);
  const page = await pageFor(t, { address, groups });
  assert.equal((await post(page, '/watch?group=g7')).status, 204);
  assert.equal((await post(page, '/watch?group=more')).status, 409);
  assert.equal((await post(page, '/unwatch?group=g7')).status, 204);
  assert.equal((await post(page, '/watch?group=more')).status, 204);
  await assert.rejects(serve({ address, port: 0, groups: [...groups, 'more'] }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('an embedded daemon: all sessions and groups, without joining one', async (t) => {
  const daemon = await daemonFor(t, {});
  const anna = await openModern(t, daemon.address, { name: 'anna', engine: 'native' });
  await anna.join('somewhere');
  const page = await pageFor(t, { daemon });
  const log = await follow(t, page);
  const [, data] = await log.find(([, { groups }]) => groups?.length === 1);
  assert.deepEqual([data.groups[0].name, data.groups[0].watched], ['somewhere', false]);
  assert.ok(data.sessions.includes(anna.privateGroup));
  assert.equal(anna.groups.get('somewhere').members.length, 1);
});

test('two sides of a network: what each observer sees, and their transcripts', async (t) => {
  const [one, two] = [await daemonFor(t, { name: 'one' }), await daemonFor(t, { name: 'two' })];
  const page = await pageFor(t, { address: [one.address, two.address], groups: ['room'] });
  const log = await follow(t, page);
  const [, { groups, observers }] = await log.find(([, data]) => data.groups?.[0]?.views.length === 2);
  assert.deepEqual(
    groups[0].views.map((view) => view.observers),
    [[0], [1]],
  );
  assert.deepEqual(
    observers.map(({ state }) => state),
    ['connected', 'connected'],
  );
});

test('a daemon that goes and comes back, and none from the start', async (t) => {
  const first = await daemonFor(t, {});
  const page = await pageFor(t, { address: first.address, groups: ['room'] });
  const log = await follow(t, page);
  await until(() => first.stats().groups === 1);
  await first.stop();
  await log.find(([, data]) => data.observers?.[0].state === 'reconnecting');
  const next = await daemonFor(t, { port: first.port });
  await until(() => next.stats().groups === 1);
  await next.stop();
  const other = await pageFor(t, { address: first.address, groups: ['room'] });
  const last = await daemonFor(t, { port: first.port });
  await until(() => last.stats().sessions === 2);
  assert.equal((await ask(other, '/')).status, 200);
});

test('a flood is counted whole, and kept in samples', async (t) => {
  const { address } = await daemonFor(t, {});
  const page = await pageFor(t, { address, groups: ['room'] });
  const log = await follow(t, page);
  const friend = await openModern(t, address, { sendWindow: 500 });
  await friend.join('room');
  await until(() => friend.groups.get('room').members.length === 2);
  for (let sent = 0; sent < 20_000; sent += 1) {
    if (!friend.send('room', 'x'.repeat(300))) {
      await friend.drained();
    }
  }
  await friend.ping();
  await log.find(([, data]) => data.point?.missed > 0);
  const ticks = () => log.entries.filter(([event]) => event === 'tick').map(([, data]) => data);
  await until(() => ticks().at(-1).messages.length === 0 && !ticks().at(-1).point.groups.room);
  for (const { messages } of ticks()) {
    assert.ok(messages.length <= 100);
    assert.ok(messages.every(({ hex, cut }) => hex.length === 512 && cut));
  }
  const kept = JSON.parse((await ask(page, '/transcript?observer=0&group=room')).text);
  assert.ok(kept.length <= 2000);
  assert.ok(kept.some(({ kind }) => kind === 'missed'));
});

test('options that are wrong', async (t) => {
  const daemon = await daemonFor(t, {});
  const wrong = [
    [{}, 'ERR_INVALID_ARG_VALUE'],
    [{ address: daemon.address, daemon }, 'ERR_INVALID_ARG_VALUE'],
    [{ daemon: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ daemon, port: 70_000 }, 'ERR_OUT_OF_RANGE'],
    [{ daemon, groups: 'room' }, 'ERR_INVALID_ARG_TYPE'],
    [{ daemon, groups: ['a b'] }, 'ERR_INVALID_ARG_VALUE'],
    [{ daemon, host: '0.0.0.0' }, 'ERR_INVALID_ARG_VALUE'],
    [{ daemon, token: 5 }, 'ERR_INVALID_ARG_TYPE'],
    [{ daemon, Port: 1 }, 'ERR_INVALID_ARG_VALUE'],
    [{ address: [] }, 'ERR_INVALID_ARG_VALUE'],
    [{ address: 'nowhere' }, 'ERR_SPREAD_ILLEGAL_ADDRESS'],
  ];
  for (const [options, code] of wrong) {
    await assert.rejects(serve(options), { code }, JSON.stringify(options.address ?? options.groups ?? code));
  }
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  await assert.rejects(serve({ daemon, port: taken.address().port }), { code: 'EADDRINUSE' });
  // What was refused left no session.
  await until(() => daemon.stats().sessions === 0);
});

test('the command line: web, and daemon --web', async (t) => {
  const { address } = await daemonFor(t, {});
  const web = start(t, ['web', 'room', '-a', address, '--port', '0']);
  const line = await web.lines.find((each) => each.includes('the page is at'));
  const [url] = /http:\S+(?=;)/.exec(line);
  assert.equal((await ask({ port: new URL(url).port }, '/')).status, 200);
  const daemon = start(t, ['daemon', '--port', '0', '--web', '0', '--log', 'json']);
  const { url: its } = JSON.parse(await daemon.lines.find((each) => each.includes('"event":"web"')));
  assert.equal((await ask({ port: new URL(its).port }, '/app.css')).status, 200);
  if (process.platform !== 'win32') {
    for (const { child, over } of [web, daemon]) {
      sendSignal(child, 'SIGTERM');
      assert.equal((await over).code, 0);
    }
  }
  for (const args of [
    ['web', '-a', address, '--host', '0.0.0.0'],
    ['daemon', '--port', '0', '--web', '0.0.0.0:0'],
  ]) {
    const { code, errors } = await cspread(t, args);
    assert.equal(code, 2);
    assert.match(errors, /token/);
  }
  assert.equal((await cspread(t, ['web', 'a b', '-a', address])).code, 2);
});

test('nothing of it is loaded by the package itself', () => {
  const script = "require('cspread'); console.log(Object.keys(require.cache).some((file) => /lib.web/.test(file)))";
  const root = path.join(__dirname, '..');
  assert.equal(spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).stdout, 'false\n');
});
