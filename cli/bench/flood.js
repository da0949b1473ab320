/** The flood: senders in threads, receivers in this one, and a bounded number of messages in flight. */

const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { Failed } = require('../failures.js');
const { library } = require('../library.js');

/** The receivers ask for more after this part of the window. */
const PART = 4;

/** Runs the flood and returns its figures; `over` rejects to end it early. */
async function flood({ where, messages, size, senders, receivers, service, window }, progress, over) {
  const { connect } = library();
  const group = `bench${process.pid}`;
  const sessions = await Promise.all(Array.from({ length: receivers }, () => connect({ ...where, overflow: 'pause' })));
  const counts = Array.from({ length: senders }, (_, index) => Math.floor((messages + index) / senders));
  const credit = Math.floor(window / senders / PART);
  const workers = [];
  try {
    await Promise.all(sessions.map((session) => session.join(group)));
    let begun;
    const done = new Promise((resolve, reject) => {
      const left = { receivers: receivers };
      for (const session of sessions) {
        session.on('disconnect', ({ error }) => reject(error));
      }
      for (const [index, count] of counts.entries()) {
        const data = { where, group, index, count, size, service, credit: credit * PART };
        const worker = new Worker(path.join(__dirname, 'sender.js'), { workerData: data });
        worker.on('error', reject);
        workers.push(worker);
      }
      let total = 0;
      /** Sender → how many receivers are at each multiple of its credit. */
      const marks = counts.map(() => new Map());
      const reached = (sender, mark) => {
        const there = (marks[sender].get(mark) ?? 0) + 1;
        marks[sender].set(mark, there);
        if (there === receivers) {
          marks[sender].delete(mark);
          workers[sender].postMessage(credit);
        }
      };
      for (const session of sessions) {
        const next = counts.map(() => 0);
        let missing = messages;
        session.on('message', ({ data }) => {
          begun ??= { at: performance.now(), cpu: process.cpuUsage() };
          const sender = data.readUInt32LE(0);
          const number = data.readUInt32LE(4);
          if (number !== next[sender]) {
            reject(new Failed(`received message ${number} of sender ${sender}, expected ${next[sender]}`));
          }
          next[sender] += 1;
          missing -= 1;
          total += 1;
          if (next[sender] % credit === 0) {
            reached(sender, next[sender]);
            progress(total / messages / receivers, (total / (performance.now() - begun.at)) * 1000);
          }
          if (missing === 0) {
            left.receivers -= 1;
            if (left.receivers === 0) {
              resolve({ ...begun, seconds: (performance.now() - begun.at) / 1000 });
            }
          }
        });
      }
    });
    const { seconds, cpu } = await Promise.race([done, over]);
    const used = process.cpuUsage(cpu);
    const delivered = messages * receivers;
    return {
      seconds,
      rate: messages / seconds,
      delivered: delivered / seconds,
      bytes: (delivered * size) / seconds,
      cpuMicros: (used.user + used.system) / delivered,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    await Promise.all(sessions.map((session) => session.disconnect()));
  }
}

module.exports = { flood };
