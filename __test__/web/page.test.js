/** The page in a real browser: Chromium, driven by playwright-core. `npm run test:web` runs this. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { after, before, test } = require('node:test');
const { serve } = require('cspread/web');
const { connect } = require('../..');
const { openModern } = require('../helpers/modern.js');
const { daemonFor } = require('../helpers/sessions.js');
const { until } = require('../helpers/until.js');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Returns the file of an installed Chromium, if there is one. */
function chromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  for (const name of names) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}

const executablePath = chromium();
const skip = executablePath ? false : 'Chromium is not installed';

let browser;

before(async () => {
  if (!skip) {
    browser = await require('playwright-core').chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }
});

after(() => browser?.close());

/** Opens the page; what it complains of, or asks of another place, fails the test. */
async function open(t, url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => new URL(request.url()).hostname !== '127.0.0.1' && faults.push(request.url()));
  page.on('console', (message) => /Content Security Policy/.test(message.text()) && faults.push(message.text()));
  t.after(async () => {
    await page.close();
    assert.deepEqual(faults, []);
  });
  await page.goto(url);
  return page;
}

async function pageFor(t, options, look) {
  const served = await serve({ port: 0, ...options });
  t.after(() => served.close());
  return { served, page: await open(t, served.url, look) };
}

test('a member that joins, sends and leaves is on the page', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const { page } = await pageFor(t, { address, groups: ['room'] });
  await page.getByText(/as #/).first().waitFor();
  const anna = await openModern(t, address, { name: 'anna' });
  const began = performance.now();
  await anna.join('room');
  await page.locator('#daemons .chip', { hasText: 'anna' }).waitFor();
  t.diagnostic(`a member that joins is on the page after ${Math.round(performance.now() - began)} ms`);
  await page.locator('.step', { hasText: 'anna joined' }).waitFor();
  anna.send('room', 'good morning');
  await page.locator('#messages li', { hasText: 'good morning' }).waitFor();
  await page.getByRole('button', { name: 'hex' }).click();
  await page.locator('#messages li', { hasText: '67 6f 6f 64' }).waitFor();
  await anna.leave('room');
  await page.locator('.step', { hasText: 'anna left' }).waitFor();
  await page.locator('#daemons .chip', { hasText: 'anna' }).waitFor({ state: 'detached' });
});

test('hostile names and messages stay text', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const group = '<img/src=x/onerror=hit()>';
  const { page } = await pageFor(t, { address, groups: [group] });
  const session = await openModern(t, address, { name: '<b>&amp;' });
  await session.join(group);
  await until(() => session.groups.get(group)?.members.length === 2);
  const text = '<script>hit()</script><img src=x onerror="hit()"> {{hit()}} \u202eevil';
  session.send(group, text);
  await page.locator('#messages .body', { hasText: text.replace('\u202e', '\ufffd') }).waitFor();
  await page.locator('#daemons .chip', { hasText: '<b>&amp;' }).waitFor();
  await page.locator('#groups .group', { hasText: group }).waitFor();
  await page.getByRole('button', { name: 'show', exact: true }).click();
  await page.locator('#transcripts li', { hasText: '<script>hit()' }).waitFor();
  assert.equal(await page.evaluate(() => document.querySelectorAll('img, b, body script').length), 0);
});

test('by keyboard alone: filter, watch a group, scroll back, and to now', { skip }, async (t) => {
  const daemon = await daemonFor(t, {});
  const { page } = await pageFor(t, { address: daemon.address });
  await page.getByLabel('Watch a group').focus();
  await page.keyboard.type('room');
  await page.keyboard.press('Enter');
  await page.locator('#groups .group', { hasText: 'room' }).waitFor();
  const anna = await openModern(t, daemon.address, { name: 'anna' });
  await anna.join('room');
  await page.locator('.step', { hasText: 'anna joined' }).waitFor();
  await page.getByRole('slider').focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('step 1 of 2').waitFor();
  const ben = await openModern(t, daemon.address, { name: 'ben' });
  await ben.join('room');
  await page.getByText('step 1 of 3').waitFor();
  await page.getByRole('button', { name: 'back to now' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.step', { hasText: 'ben joined' }).waitFor();
  await page.getByLabel('Filter').focus();
  await page.keyboard.type('anna');
  await page.locator('#daemons .chip', { hasText: 'ben' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'watch room' }).focus();
  await page.keyboard.press('Space');
  await until(() => anna.groups.get('room').members.length === 2);
});

test('two daemons that know nothing of each other: both views, and transcripts side by side', { skip }, async (t) => {
  const [one, two] = [await daemonFor(t, { name: 'one' }), await daemonFor(t, { name: 'two' })];
  const { page } = await pageFor(t, { address: [one.address, two.address], groups: ['room'] });
  const anna = await openModern(t, one.address, { name: 'anna' });
  const ben = await openModern(t, two.address, { name: 'ben' });
  await anna.join('room');
  await ben.join('room');
  await page.locator('.sides li', { hasText: 'anna' }).waitFor();
  await page.locator('.sides li', { hasText: 'ben' }).waitFor();
  await page.getByText('2 views: 2 and 2 members').waitFor();
  await page.getByRole('button', { name: 'compare' }).click();
  await page.getByText('they have no view in common yet').waitFor();
});

test('two members of one group: the same deliveries, and where they differ', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const { page } = await pageFor(t, { address: [address, address], groups: ['room'] });
  const anna = await openModern(t, address, { name: 'anna' });
  await anna.join('room');
  anna.send('room', 'to both');
  await page.locator('#messages li', { hasText: 'to both' }).waitFor();
  await page.getByRole('button', { name: 'compare' }).click();
  await page.getByText(/^the same, all [34] deliveries that both have$/).waitFor();
  await page.route('**/transcript*', async (route) => {
    const response = await route.fetch();
    const kept = await response.json();
    const isSecond = route.request().url().includes('observer=1');
    await route.fulfill({
      json: kept.map((each) => ({ ...each, text: isSecond ? each.text.replace('to both', 'to one') : each.text })),
    });
  });
  await page.getByRole('button', { name: 'compare' }).click();
  await page.getByText(/they differ from delivery \d on/).waitFor();
  assert.equal(await page.locator('li.differs').count(), 2);
});

test('the daemon goes and comes back, and so does the server', { skip }, async (t) => {
  const daemon = await daemonFor(t, {});
  const served = await serve({ address: daemon.address, groups: ['room'], port: 0 });
  const page = await open(t, served.url);
  await page.getByText(/as #/).waitFor();
  await daemon.stop();
  await page.getByText('the daemon is gone: trying to come back').waitFor();
  await page.getByRole('progressbar').waitFor();
  const next = await daemonFor(t, { port: daemon.port });
  await page.getByText(/as #/).waitFor();
  await served.close();
  await page.getByText('the server of this page does not answer: trying again').waitFor();
  const again = await serve({ address: next.address, groups: ['room'], port: served.port });
  t.after(() => again.close());
  await page.getByText(/as #/).waitFor();
  assert.equal(await page.locator('progress').count(), 0);
});

test('with a token: the address has it once, and then the browser', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const { page, served } = await pageFor(t, { address, token: 'secret', groups: ['room'] });
  await page.getByText(/as #/).waitFor();
  assert.equal(page.url(), `http://127.0.0.1:${served.port}/`);
});

test('10,000 members and 1,000 groups stay usable', { skip }, async (t) => {
  const daemon = await daemonFor(t, {});
  const sessions = [];
  for (let count = 0; count < 100; count += 1) {
    const session = await connect({ address: daemon.address, membership: false, engine: 'native' });
    t.after(() => session.disconnect());
    // Ten groups of its own, and ninety that it shares: 10,000 memberships in 1,090 groups.
    const own = Array.from({ length: 10 }, (_, group) => `own-${count}-${group}`);
    const shared = Array.from({ length: 90 }, (_, group) => `shared-${group}`);
    await Promise.all([...own, ...shared].map((group) => session.join(group)));
    sessions.push(session);
  }
  const { page } = await pageFor(t, { daemon });
  await page.getByText('1,090 groups').waitFor();
  const frames = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const times = [];
        let last = performance.now();
        const step = (now) => {
          times.push(now - last);
          last = now;
          times.length < 120 ? requestAnimationFrame(step) : resolve(times.sort((a, b) => a - b));
        };
        requestAnimationFrame(step);
      }),
  );
  t.diagnostic(`frames: median ${frames[60].toFixed(1)} ms, slowest ${frames[119].toFixed(1)} ms`);
  await page.getByLabel('Filter').fill('own-77-3');
  await page.locator('#groups .group', { hasText: 'own-77-3' }).waitFor();
  assert.equal(await page.locator('#daemons .chip').count(), 1);
  assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 3000, 'what is drawn is bounded');
});

for (const [what, look] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  '360 px': { viewport: { width: 360, height: 740 } },
})) {
  test(`axe finds no serious fault: ${what}`, { skip }, async (t) => {
    const { address } = await daemonFor(t, {});
    const { page } = await pageFor(
      t,
      { address: [address, address], groups: ['room', 'other'] },
      { bypassCSP: true, ...look },
    );
    const anna = await openModern(t, address, { name: 'anna' });
    await anna.join('room');
    anna.send('room', 'hello');
    await page.locator('#messages li', { hasText: 'hello' }).waitFor();
    await page.getByRole('button', { name: 'compare' }).click();
    await page.getByText('the same, all').waitFor();
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run());
    const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
    assert.deepEqual(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
    const { scrollWidth, innerWidth } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      innerWidth,
    }));
    assert.ok(scrollWidth <= innerWidth, `${scrollWidth} px of ${innerWidth}`);
  });
}
