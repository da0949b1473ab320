/** A sender's thread: sends as many messages as its credit allows. */

const { parentPort, workerData } = require('node:worker_threads');
const { connect } = require('../..');
const { isLost } = require('../failures.js');

async function main() {
  const { where, group, index, count, size, service, credit } = workerData;
  const session = await connect({ ...where, membership: false });
  // The thread's 'error' event reports it to the parent.
  session.on('disconnect', ({ error }) => {
    throw error;
  });
  const message = Buffer.alloc(size, 'x');
  message.writeUInt32LE(index, 0);
  let sent = 0;
  let allowed = credit;
  const fill = () => {
    for (; sent < Math.min(allowed, count); sent += 1) {
      message.writeUInt32LE(sent, 4);
      session.send(group, message, { service });
    }
  };
  const go = (more) => {
    allowed += more;
    try {
      fill();
    } catch (error) {
      if (!isLost(error)) {
        throw error;
      }
    }
  };
  parentPort.on('message', go);
  go(0);
}

main();
