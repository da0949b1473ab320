/**
 * A process of a soak: the daemon, or the load of one engine. It says what it holds of the system, again and again, and at
 * the end once everything is closed: side.js ROLE OPTIONS_AS_JSON, with --expose-gc.
 */

const { setTimeout: later } = require('node:timers/promises');
const { SpreadDaemon } = require('../..');
const { descriptors, memory, threads } = require('../../__test__/helpers/footprint.js');
const { Cutter } = require('./cutter.js');
const { Load } = require('./load.js');
const { Order } = require('./order.js');

const SAMPLE_MS = 2000;
const CUT_MS = 3000;
/** How many there are of each kind. */
const SENDERS = 5;
const READERS = 2;
const JOINERS = 3;
const RETURNERS = 4;

const [, , role, given] = process.argv;
const options = JSON.parse(given);

let isOver = false;
const over = new Promise((resolve) => {
  process.once('message', () => {
    isOver = true;
    resolve();
  });
});

function held() {
  return { descriptors: descriptors(), threads: threads(), memory: memory(), rss: process.memoryUsage().rss };
}

async function sampling(counts) {
  const say = () => process.send({ sample: { ...held(), counts: { ...counts() } } });
  while (!isOver) {
    say();
    await Promise.race([over, later(SAMPLE_MS, undefined, { ref: false })]);
  }
  say();
}

async function daemon() {
  const running = await SpreadDaemon.start({ port: 0, host: '127.0.0.1' });
  process.send({ address: running.address, port: running.port });
  await sampling(() => running.stats());
  await running.stop();
}

async function load() {
  const { address, port, engine, libspread, rate } = options;
  // Whatever is made at the first connection and kept is none of a leak.
  await new Load({ address, engine, libspread, order: new Order() }).warmUp();
  const before = held();
  const order = new Order();
  const cutter = await Cutter.before(port);
  const members = new Load({ address, engine, libspread, order });
  const kinds = [];
  const witness = new Promise((resolve) => kinds.push(members.witness(resolve)));
  await Promise.race([witness, ...kinds]);
  const add = (count, act) => kinds.push(...Array.from({ length: count }, act));
  add(SENDERS, (_, index) => members.sender(index, rate / SENDERS));
  add(READERS, (_, index) => members.reader(index));
  add(JOINERS, (_, index) => members.joiner(index));
  add(RETURNERS, (_, index) => members.returner(index, cutter.address));
  add(1, () => members.workers());
  const cutting = setInterval(() => cutter.cut(), CUT_MS);
  over.then(() => members.stop());
  // What is wrong with one of them is wrong with all.
  await Promise.race([Promise.all(kinds), sampling(() => members.counts)]);
  const [session] = await Promise.all(kinds);
  order.check();
  clearInterval(cutting);
  await session.disconnect();
  await cutter.close();
  process.send({ end: { before, after: await settled(before), checked: order.checked } });
}

/** What is held once what has ended is gone: the kernel and Node take a moment. */
async function settled(before) {
  let after = held();
  for (
    let look = 0;
    look < 100 && (after.descriptors > before.descriptors || after.threads > before.threads);
    look += 1
  ) {
    await later(100);
    after = held();
  }
  return after;
}

// The process that has started it is gone.
process.once('disconnect', () => process.exit());

const roles = { daemon, load };
roles[role]().then(
  () => process.disconnect(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
