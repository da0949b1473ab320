/**
 * Presence: every member knows which services of a fleet are up, as soon as that changes, without heartbeats of its
 * own. Three services come up, one leaves, one dies.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');

const GROUP = 'fleet';

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;
  const open = (name) => connect({ address, name });

  const monitor = await open('monitor');
  const changes = monitor.deliveries({ group: GROUP });
  await monitor.join(GROUP);

  const [api, queue] = [await open('api'), await open('queue')];
  await api.join(GROUP);
  await queue.join(GROUP);
  await api.leave(GROUP);
  // To the others a crash and a disconnect are the same: the member is gone.
  await queue.disconnect();

  for await (const { cause, member, view } of changes) {
    const up = view.members.map((each) => each.split('#')[1]);
    console.log(`${member.split('#')[1]}: ${cause}; up: ${up.join(', ')}`);
    if (cause === 'disconnect') {
      break;
    }
  }
  await Promise.all([api.disconnect(), monitor.disconnect()]);
  await daemon?.stop();
}

main();
