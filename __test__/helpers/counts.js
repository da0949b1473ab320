/**
 * How much of each is done: `quick` by default, `full` with CSPREAD_COUNTS=full (`npm run test:full`). The runner
 * prints those in force.
 */

const COUNTS = {
  /** Messages that eight members send in all, and each of them receives. */
  orderedMessages: { quick: 40_000, full: 1_000_000 },
  /** Random lives of three sessions and a daemon, for each seed. */
  modelRuns: { quick: 300, full: 100 },
  /** Workers that connect and are terminated, one after the other. */
  terminatedWorkers: { quick: 25, full: 200 },
  /** Connects and disconnects that leave nothing behind. */
  connects: { quick: 500, full: 10_000 },
  /** Closed sessions that are collected. */
  collectedSessions: { quick: 500, full: 10_000 },
  /** Messages that a busy thread finds when it is back: 20,000 a second for 5 s. */
  messagesWhileBusy: { quick: 100_000, full: 100_000 },
  /** Messages of a flood during which a timer comes due; they wait in the client, which takes 64 MiB. */
  flood: { quick: 100_000, full: 500_000 },
};

const mode = process.env.CSPREAD_COUNTS === 'full' ? 'full' : 'quick';

module.exports = {
  mode,
  ...Object.fromEntries(Object.entries(COUNTS).map(([name, values]) => [name, values[mode]])),
};
