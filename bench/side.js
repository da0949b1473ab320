/** One side of a run, in its own process: told by its parent what to do, it answers with a result. */

const { byName } = require('./peers');
const { byName: workload } = require('./workloads');

function tell(kind, value) {
  process.send({ kind, value });
}

function fail(error) {
  tell('failed', error?.stack ?? String(error));
  process.exitCode = 1;
}

process.once('message', async (options) => {
  process.on('uncaughtException', fail);
  const heard = (kind) =>
    new Promise((resolve) => {
      const listen = (value) => {
        if (value === kind) {
          process.off('message', listen);
          resolve();
        }
      };
      process.on('message', listen);
    });
  try {
    const code = workload(options.workload).sides[options.side];
    tell('result', await code({ ...options, peer: byName(options.peer), tell, heard }));
  } catch (error) {
    fail(error);
  }
});
process.once('disconnect', () => process.exit(0));
