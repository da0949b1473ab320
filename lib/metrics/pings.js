/**
 * The round trips of a session: one ping a scrape. A ping that has no answer when the scrape ends is not given up: its time
 * is in a later scrape, so that slow answers count as well as quick ones.
 */

const { clearTimeout, setTimeout } = require('node:timers');
const { Histogram } = require('./prometheus.js');

/** The longest that a scrape waits for an answer, in ms. */
const PATIENCE = 1000;

const ABOUT = {
  name: 'cspread_session_ping_seconds',
  help: 'Round trips from the session through its daemon and back; one is measured at each scrape.',
  /** In seconds: from a quick machine's loopback to the longest change of a network. */
  buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [],
};

/** Session → { histogram, count, asked }: its answers, their number, and the ping under way. */
const measured = new WeakMap();

/** Returns the samples of a session, { metricName, labels, value }, after one more answer or PATIENCE. */
async function pings(session) {
  if (!measured.has(session)) {
    measured.set(session, { histogram: new Histogram(ABOUT), count: 0, asked: undefined });
  }
  const times = measured.get(session);
  if (session.state === 'connected') {
    times.asked ??= ask(session, times);
  }
  await inTime(times.asked);
  return times.count > 0 ? (await times.histogram.get()).values : [];
}

async function ask(session, times) {
  try {
    times.histogram.observe((await session.ping()) / 1000);
    times.count += 1;
  } catch {
    // The session is over: there is nothing to measure.
  } finally {
    times.asked = undefined;
  }
}

async function inTime(promise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

module.exports = { ABOUT, pings };
