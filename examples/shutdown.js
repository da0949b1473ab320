/**
 * Graceful shutdown: on SIGTERM the service takes no more work, leaves its group, so that the others know that it left
 * on purpose, sends its last answers, and ends. Nothing that was accepted is lost.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names. It sends itself the SIGTERM.
 */

const { SpreadDaemon, connect } = require('..');

const GROUP = 'jobs';

async function service(address, name) {
  const session = await connect({ address, name });
  const done = (async () => {
    // One after the other: the loop ends at the session's own leave, which comes after the last job.
    for await (const { kind, sender, data, view } of session.deliveries({ group: GROUP })) {
      if (kind === 'message') {
        session.send(sender, `${data} done`);
      } else if (view === null) {
        break;
      }
    }
  })();
  await session.join(GROUP);
  return async () => {
    // No job arrives after this; the loop may have some that did.
    await session.leave(GROUP);
    await done;
    // The session still sends what it accepted.
    await session.disconnect();
  };
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;
  const shutDown = await service(address, 'service');
  const client = await connect({ address, name: 'client' });

  const finished = new Promise((resolve) => {
    process.once('SIGTERM', () => {
      console.log('going down');
      resolve(shutDown());
    });
  });
  const answers = client.messages();
  for (const job of ['job 1', 'job 2', 'job 3']) {
    client.send(GROUP, job);
  }
  await client.ping();
  process.kill(process.pid, 'SIGTERM');
  await finished;
  for await (const { data } of answers) {
    console.log(String(data));
    if (String(data) === 'job 3 done') {
      break;
    }
  }
  await client.disconnect();
  await daemon?.stop();
  console.log('down');
}

main();
