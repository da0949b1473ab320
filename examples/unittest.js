/**
 * node-cspread's unittest: two sessions, odd and even, each in a group of its own name. Each sends the numbers below
 * 100 of the other parity to the other group, and checks that it receives all of its own, in order.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names (such as 4803@localhost).
 */

const SpreadSession = require('..');
const { SpreadDaemon } = SpreadSession;

const { SAFE_MESS, SELF_DISCARD } = SpreadSession;
const BELOW = 100;
const PARITIES = ['even', 'odd'];

/** Any failure, of either session, ends the example. */
const failed = {};
failed.promise = new Promise((_, reject) => {
  failed.with = (text) => reject(new Error(text));
});

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON || daemon.address;
  const players = PARITIES.map((parity) => new Player(address, parity));
  try {
    // Spread drops messages to a group without members, so neither sends before both have joined.
    await Promise.race([failed.promise, Promise.all(players.map((player) => player.joined))]);
    players[0].sendTo(PARITIES[1]);
    players[1].sendTo(PARITIES[0]);
    await Promise.race([failed.promise, Promise.all(players.map((player) => player.done))]);
  } finally {
    await Promise.all(players.map((player) => player.session.disconnect()));
    await daemon?.stop();
  }
}

class Player {
  constructor(address, parity) {
    this.parity = parity;
    this.expected = numbers(parity);
    this.joined = new Promise((resolve) => {
      this.onJoined = resolve;
    });
    this.done = new Promise((resolve) => {
      this.onDone = resolve;
    });
    // Two runs at a time on one daemon need different names: the process's number tells them apart.
    this.group = `${parity}-${process.pid}`;
    this.session = new SpreadSession(
      address,
      `${parity[0]}${process.pid}`,
      (session) => session.join(this.group),
      (text) => failed.with(`${parity} cannot connect: ${text}`),
    );
    this.session.memberJoinedGroup = (group, member) => {
      console.log(`${parity}: ${member} joined ${group}`);
      if (member === this.session.privateGroup) {
        this.onJoined();
      }
    };
    this.session.dataHandler = (group, sender, data) => this.take(group, sender, JSON.parse(data).number);
    this.session.onDisconnect = (text) => failed.with(`${parity} was disconnected: ${text}`);
    this.session.onError = (text) => failed.with(`${parity}: ${text}`);
  }

  sendTo(other) {
    for (const number of numbers(other)) {
      this.session.multicast(SAFE_MESS | SELF_DISCARD, `${other}-${process.pid}`, JSON.stringify({ number }));
    }
  }

  take(group, sender, number) {
    console.log(`${this.parity}: ${number} from ${sender} to ${group}`);
    const wanted = this.expected.shift();
    if (number !== wanted) {
      failed.with(`${this.parity} got ${number} instead of ${wanted}`);
    } else if (this.expected.length === 0) {
      this.onDone();
    }
  }
}

/** Returns the numbers of a parity, in order. */
function numbers(parity) {
  return Array.from({ length: BELOW / 2 }, (_, index) => 2 * index + PARITIES.indexOf(parity));
}

main().then(
  () => console.log('both sessions have every number, in order'),
  (error) => {
    console.error(`failed: ${error.message}`);
    process.exitCode = 1;
  },
);
