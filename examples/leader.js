/**
 * A leader without an election: every member has the same view at the same place in the stream, so the first member of
 * the view leads. When it leaves, the next view names another.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');

const GROUP = 'workers';

/** Starts a worker that always knows whether it leads. */
async function worker(address, name) {
  const session = await connect({ address, name });
  session.on('membership', ({ view }) => {
    const leads = view?.index === 0;
    if (leads !== session.leads) {
      session.leads = leads;
      console.log(`${name} ${leads ? 'leads' : 'follows'}`);
    }
  });
  await session.join(GROUP);
  return session;
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const [anna, ben, cleo] = [
    await worker(address, 'anna'),
    await worker(address, 'ben'),
    await worker(address, 'cleo'),
  ];
  for (const leader of [anna, ben]) {
    const next = leader === anna ? ben : cleo;
    const taken = new Promise((resolve) => {
      next.on('membership', ({ view }) => view?.index === 0 && resolve());
    });
    await leader.disconnect();
    await taken;
  }
  await cleo.disconnect();
  await daemon?.stop();
}

main();
