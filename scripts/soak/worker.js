/** In a worker: a member that sends a few messages to itself and others, and ends. */

const { workerData } = require('node:worker_threads');
const { connect } = require('../..');

async function main() {
  const session = await connect({ ...workerData, timeout: 30_000 });
  await session.join('workers');
  let back = 0;
  const all = new Promise((resolve) => {
    session.on('message', ({ sender }) => {
      back += sender === session.privateGroup ? 1 : 0;
      if (back === 100) {
        resolve();
      }
    });
  });
  for (let number = 0; number < 100; number += 1) {
    session.send('workers', Buffer.alloc(number * 20), { service: number % 2 ? 'agreed' : 'safe' });
  }
  await all;
  await session.disconnect();
}

main();
