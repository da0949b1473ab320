/**
 * A leader: the members stand for the office in the order in which they came, and when the leader leaves, the next one takes over,
 * with a greater token. The same by views alone: docs/long-forms.md.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');
const { Election } = require('../lib/replicated');

/** Starts a worker that always knows whether it leads. */
async function worker(address, name) {
  const session = await connect({ address, name });
  const election = new Election(session, 'workers', { partition: 'primary', first: 1 });
  const leads = new Promise((resolve) => {
    election.on('leader', ({ isLeader, token }) => {
      console.log(`${name} ${isLeader ? 'leads' : 'follows'}, token ${token}`);
      if (isLeader) {
        resolve();
      }
    });
  });
  await election.ready;
  await election.sync();
  return { session, election, leads };
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const anna = await worker(address, 'anna');
  await anna.leads;
  const ben = await worker(address, 'ben');
  await anna.election.close();
  await ben.leads;
  await Promise.all([anna, ben].map(({ session }) => session.disconnect()));
  await daemon?.stop();
}

main();
