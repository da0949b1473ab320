/** An embedded daemon in a process of its own, so that it does not share a thread pool or a heap with what is measured. */

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
  // Ctrl-C goes to the whole group of processes; the parent decides.
  process.on('SIGINT', () => {});
  SpreadDaemon.start({ port: 0 }).then((daemon) => {
    process.send(daemon.address);
    process.on('disconnect', () => daemon.stop());
  });
}

module.exports = { daemonFor };
