/** An embedded daemon in a process of its own, so that it does not share a thread pool or a heap with what is measured. */

const { fork } = require('node:child_process');
const { once } = require('node:events');

async function daemonFor() {
  const child = fork(__filename, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [address] = await once(child, 'message');
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
