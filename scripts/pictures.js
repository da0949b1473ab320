/**
 * Draws docs/images/{chat,bench,top}.svg: runs each command on a terminal, with other sessions that take part, and
 * draws its screen; and docs/images/web.png, the page. pictures.js NAME… draws those only. It needs python3, as the tests that use
 * a terminal do, and Chromium for the page.
 */

const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: later } = require('node:timers/promises');
const { SpreadDaemon, connect } = require('..');
const { onTerminal } = require('../__test__/helpers/terminal.js');
const { drawn } = require('./screenshot.js');

const COLUMNS = 84;

async function members(address, names, groups) {
  const sessions = {};
  for (const name of names) {
    sessions[name] = await connect({ address, name });
    for (const group of groups) {
      await sessions[name].join(group);
    }
  }
  return sessions;
}

/** Name → a function that resolves with the terminal once its screen shows what the picture is to show. */
const PICTURES = {
  async chat(run, address) {
    const { ben, carla } = await members(address, ['ben', 'carla'], ['ops']);
    const chat = run(['chat', 'ops', '--name', 'anna', '-a', address], 15);
    await chat.until(/anna joined/);
    ben.send('ops', 'the new build is on db1 and db2; db3 is next');
    await chat.until(/db3 is next/);
    chat.type('wait for the backup, please: it has twenty minutes to go\r');
    await chat.until(/anna wait/);
    const emil = await connect({ address, name: 'emil' });
    await emil.join('ops');
    emil.send('ops', 'バックアップは完了しました (the backup is done)', { service: 'safe' });
    await chat.until(/backup is done/);
    carla.send(chat.self, 'lunch?');
    await chat.until(/lunch/);
    await carla.disconnect();
    await chat.until(/carla is gone/);
    chat.type('/who\r');
    await chat.until(/^ops anna/m);
    chat.type('go ahead, ben');
    await chat.until(/go ahead, ben$/m);
    return chat;
  },

  async bench(run) {
    const bench = run(['bench', '--embedded', '--senders', '2', '--receivers', '2', '--size', '100'], 22);
    await bench.exit;
    return bench;
  },

  async top(run, address) {
    const sessions = await members(address, ['orders-1', 'orders-2', 'pricing', 'risk'], ['trades', 'prices']);
    let beat = 0;
    const wave = (length, least, most) => least + ((most - least) * (1 + Math.sin((beat / length) * 2 * Math.PI))) / 2;
    const timer = setInterval(() => {
      beat += 1;
      for (const [name, group, count, bytes] of [
        ['orders-1', 'trades', wave(90, 2, 12), 40],
        ['orders-2', 'trades', wave(60, 1, 9), 140],
        ['risk', 'trades', beat % 120 < 20 ? 4 : 0, 600],
        ['pricing', 'prices', wave(40, 20, 60), 24],
      ]) {
        for (let sent = 0; sent < Math.floor(count); sent += 1) {
          sessions[name].send(group, Buffer.alloc(bytes));
        }
      }
    }, 20);
    const top = run(['top', 'trades', 'prices', '--interval', '150', '--name', 'audit', '-a', address], 12);
    await later(8000);
    clearInterval(timer);
    return top;
  },
};

/** Draws the page of an embedded daemon, with members that send. */
async function web() {
  const { serve } = require('../lib/web/index.js');
  const { chromium } = require('playwright-core');
  const daemon = await SpreadDaemon.start({ port: 0 });
  const groups = ['trades', 'prices', 'risk'];
  const page = await serve({ daemon, groups, port: 0 });
  const { address } = daemon;
  const here = await members(address, ['orders-1', 'orders-2', 'audit'], ['trades', 'risk']);
  const there = await members(address, ['pricing', 'limits'], ['prices', 'risk']);
  let beat = 0;
  const timer = setInterval(() => {
    beat += 1;
    here['orders-1'].send('trades', JSON.stringify({ order: beat, symbol: 'ABC', amount: (beat * 37) % 500 }));
    for (let sent = 0; sent < 3 + 2 * Math.sin(beat / 20); sent += 1) {
      there.pricing.send(
        'prices',
        JSON.stringify({ symbol: 'ABC', price: 100 + Math.round(10 * Math.sin(beat / 30)) }),
      );
    }
    there.limits.send('risk', 'checked');
  }, 50);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const view = await browser.newPage({ viewport: { width: 1200, height: 860 }, colorScheme: 'dark' });
  await view.goto(page.url);
  await later(25_000);
  await here.audit.disconnect();
  await later(1500);
  const file = path.join(__dirname, '..', 'docs', 'images', 'web.png');
  await view.screenshot({ path: file });
  console.log(file, fs.statSync(file).size, 'bytes');
  clearInterval(timer);
  await browser.close();
}

async function picture(name) {
  const daemon = await SpreadDaemon.start({ port: 0 });
  const ends = [];
  const run = (args, rows) => {
    const terminal = onTerminal({ after: (end) => ends.push(end) }, args, { columns: COLUMNS, rows });
    return Object.assign(terminal, { self: '#anna#localhost' });
  };
  const terminal = await PICTURES[name](run, daemon.address);
  const file = path.join(__dirname, '..', 'docs', 'images', `${name}.svg`);
  fs.writeFileSync(file, drawn(terminal.screen, `cspread ${name}, on a terminal`));
  console.log(file, fs.statSync(file).size, 'bytes');
  for (const end of ends) {
    end();
  }
}

async function main(names) {
  for (const name of names.length > 0 ? names : [...Object.keys(PICTURES), 'web']) {
    await (name === 'web' ? web() : picture(name));
  }
  // The sessions that took part are still connected.
  process.exit();
}

main(process.argv.slice(2));
