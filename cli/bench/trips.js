/** Round trips: a session sends itself a message through JavaScript, one after the other. */

const { isLost } = require('../failures.js');
const { library } = require('../library.js');
const { percentile } = require('../percentile.js');

/** The first round trips warm everything up and are not counted. */
const WARM_UP = 200;

/** Measures round trips and returns their percentiles; `over` rejects to end it early. */
async function roundTrips({ where, size, service, trips }, progress, over) {
  const session = await library().connect(where);
  const message = Buffer.alloc(size, 'x');
  const micros = new Float64Array(trips);
  try {
    const done = new Promise((resolve, reject) => {
      let number = -WARM_UP;
      let sent;
      const send = () => {
        sent = process.hrtime.bigint();
        try {
          session.send(session.privateGroup, message, { service });
        } catch (error) {
          if (!isLost(error)) {
            reject(error);
          }
        }
      };
      session.on('disconnect', ({ error }) => reject(error));
      session.on('message', () => {
        if (number >= 0) {
          micros[number] = Number(process.hrtime.bigint() - sent) / 1000;
        }
        number += 1;
        progress(Math.max(0, number) / trips);
        if (number === trips) {
          resolve();
        } else {
          send();
        }
      });
      send();
    });
    await Promise.race([done, over]);
  } finally {
    // A message may still be on its way: nothing answers it.
    session.removeAllListeners('message');
    await session.disconnect();
  }
  micros.sort();
  const at = (share) => percentile(micros, share);
  return {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: micros[trips - 1],
    histogram: histogram(micros),
  };
}

/** Counts the values in each quarter of an octave: [upper bound in µs, count]. */
function histogram(sorted) {
  const buckets = new Map();
  for (const value of sorted) {
    const bucket = Math.ceil(Math.log2(Math.max(value, 1)) * 4);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  const [first, last] = [Math.min(...buckets.keys()), Math.max(...buckets.keys())];
  return Array.from({ length: last - first + 1 }, (_, index) => [
    Number((2 ** ((first + index) / 4)).toPrecision(3)),
    buckets.get(first + index) ?? 0,
  ]);
}

module.exports = { roundTrips };
