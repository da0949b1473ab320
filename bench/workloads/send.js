/**
 * What a server takes of one publisher, to a topic without subscribers. It is over when a last message, to the
 * publisher itself, is back: then the server has dealt with all of them.
 */

const { pattern, stamp } = require('../lib/payload.js');
const { meter } = require('../lib/meter.js');
const { whole } = require('../lib/whole.js');

/** What is published may be used again after so many batches. */
const BATCHES_KEPT = 4;

async function send({ peer, where, size, seconds, warm, server }) {
  const client = await peer.client(where, { workload: 'send', role: 'sender', size });
  const [topic, end] = [`bench${process.pid}`, `end${process.pid}`];
  let onEnd;
  await client.subscribe(end, () => onEnd());
  const isBack = () =>
    new Promise((resolve) => {
      onEnd = resolve;
      client.publish(end, Buffer.alloc(8, '0'));
    });
  const batch = peer.batch(size);
  const payloads = Array.from({ length: batch * BATCHES_KEPT }, () => pattern(size));
  let sent = 0;
  const until = async (time) => {
    while (performance.now() < time) {
      for (let index = 0; index < batch; index += 1) {
        const data = payloads[sent % payloads.length];
        stamp(data, sent);
        client.publish(topic, data);
        sent += 1;
      }
      await client.ready();
    }
    await client.ready();
    await isBack();
  };
  await until(performance.now() + warm * 1000);
  const running = meter(server);
  const before = sent;
  await until(performance.now() + seconds * 1000);
  return running.stop(sent - before);
}

module.exports = {
  name: 'send',
  about: 'one publisher, no subscriber; what the server has taken',
  by: 'rate',
  run: whole({ side: 'sender' }),
  sides: { sender: send },
};
