/** Runs an embedded daemon in its own process: it shares neither thread pool nor heap with what is measured. */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { Failed } = require('../failures.js');

async function daemonFor() {
  const child = fork(__filename, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const failed = once(child, 'exit').then(() => {
    throw new Failed('the embedded daemon did not start');
  });
  const [address] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  return {
    address,
    async stop() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

if (require.main === module) {
  const { SpreadDaemon } = require('../..');
  // Ctrl-C reaches the whole process group; the parent decides when to stop.
  process.on('SIGINT', () => {});
  SpreadDaemon.start({ port: 0 }).then((daemon) => {
    process.send(daemon.address);
    process.on('disconnect', () => daemon.stop());
  });
}

module.exports = { daemonFor };
