/**
 * How much of each is done: `quick` by default, `full` with CSPREAD_COUNTS=full (`npm run test:full`). The runner
 * prints those in force.
 */

const COUNTS = {
  /** Messages of mixed sizes that eight members send in all, and each of them receives. */
  orderedMessages: { quick: 40_000, full: 10_000_000 },
  /** Random lives of three sessions and a daemon, for each seed. */
  modelRuns: { quick: 300, full: 100 },
  /** Random lives of each block of cspread/replicated. */
  replicatedSeeds: { quick: 20, full: 300 },
  /** Random histories of a network that the order checker accepts, for each seed and kind. */
  evsRuns: { quick: 60, full: 200 },
  /** Lives of each of five members that the order checker watches. */
  churnLives: { quick: 20, full: 200 },
  /** Random changes of a network of three daemons, for each seed. */
  partitions: { quick: 12, full: 40 },
  /** Places at which a stream of messages is cut, for each seed. */
  cuts: { quick: 500, full: 500 },
  /** Of the bits of 40 frames, one in so many is flipped, each in a session of its own. */
  bitsToFlip: { quick: 101, full: 1 },
  /** Daemons that are killed in mid-stream. */
  kills: { quick: 1, full: 200 },
  /** Times that a daemon, or a member, stands still under load. */
  stops: { quick: 1, full: 10 },
  /** Links on which packets vanish, of each kind. */
  halfOpen: { quick: 1, full: 20 },
  /** Sessions that lose their daemon at once, and how often. */
  stormSessions: { quick: 20, full: 200 },
  storms: { quick: 1, full: 5 },
  /** Rounds of every state in which a process ends, by every way. */
  exits: { quick: 1, full: 5 },
  /** Workers that connect and are terminated, one after the other. */
  terminatedWorkers: { quick: 25, full: 500 },
  /** Connects and disconnects without a leak. */
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
