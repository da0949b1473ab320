/** To oneself and back, with 200 messages under way at most, and filled up when 100 are back. */

const { checker, pattern, stamp } = require('../lib/payload.js');
const { meter } = require('../lib/meter.js');
const { whole } = require('../lib/whole.js');

const WINDOW = 200;
/** What is published is used again when it must be back already. */
const PAYLOADS = 4 * WINDOW;

async function loop({ peer, where, size, seconds, warm, server }) {
  const client = await peer.client(where, { workload: 'loop', role: 'loop', size });
  const payloads = Array.from({ length: PAYLOADS }, () => pattern(size));
  const check = checker(size);
  const topic = `bench${process.pid}`;
  let sent = 0;
  let back = 0;
  let from;
  const begun = performance.now();
  const fill = () => {
    for (; sent - back < WINDOW; sent += 1) {
      const data = payloads[sent % PAYLOADS];
      stamp(data, sent);
      client.publish(topic, data);
    }
  };
  return new Promise((resolve, reject) => {
    const look = () => {
      const elapsed = (performance.now() - begun) / 1000;
      if (from === undefined && elapsed >= warm) {
        from = { meter: meter(server), back };
      } else if (from !== undefined && elapsed >= warm + seconds) {
        resolve(from.meter.stop(back - from.back));
      }
    };
    const handle = (data) => {
      check(data, back);
      back += 1;
      if (sent - back <= WINDOW / 2) {
        look();
        fill();
      }
    };
    client.subscribe(topic, handle).then(fill, reject);
  });
}

module.exports = {
  name: 'loop',
  about: 'to oneself and back, 200 messages under way',
  by: 'rate',
  run: whole({ side: 'loop' }),
  sides: { loop },
};
