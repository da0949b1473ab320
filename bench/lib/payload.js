/**
 * What payloads are made of: their place in the stream in the first four bytes, its complement in the last four, and a
 * pattern between. All of it is letters, since one peer takes payloads for text. wire/wire.h is alike.
 */

const { Buffer } = require('node:buffer');

/** Every so many messages the whole payload is compared, and not its ends alone. */
const WHOLE = 1024;

/** A payload that is no longer than this is not to be had: the stamps need it. */
const LEAST = 8;

function pattern(size) {
  return Buffer.from(Array.from({ length: Math.max(size, LEAST) }, (_, at) => 48 + ((at * 31 + 7) % 64)));
}

function put(data, at, place) {
  data[at] = 48 + (place & 63);
  data[at + 1] = 48 + ((place >>> 6) & 63);
  data[at + 2] = 48 + ((place >>> 12) & 63);
  data[at + 3] = 48 + ((place >>> 18) & 63);
}

function stamp(data, place) {
  put(data, 0, place);
  put(data, data.length - 4, ~place);
}

function placeAt(data, at) {
  return (data[at] - 48) | ((data[at + 1] - 48) << 6) | ((data[at + 2] - 48) << 12) | ((data[at + 3] - 48) << 18);
}

/** Checks payloads of one size: `check(data, place)` throws for one that is not as it was sent. */
function checker(size) {
  const whole = pattern(size);
  return (data, place) => {
    if (typeof data === 'string') {
      data = Buffer.from(data, 'latin1');
    }
    const last = data.length - 4;
    if (placeAt(data, 0) !== (place & 0xffffff) || placeAt(data, last) !== (~place & 0xffffff)) {
      throw new Error(`message ${data.length >= LEAST ? placeAt(data, 0) : '?'} instead of ${place & 0xffffff}`);
    }
    if (data.length !== whole.length) {
      throw new Error(`${data.length} bytes instead of ${whole.length}`);
    }
    if (place % WHOLE === 0 && whole.compare(data, 4, last, 4, last) !== 0) {
      throw new Error(`message ${place} has other bytes than were sent`);
    }
  };
}

module.exports = { checker, pattern, stamp };
