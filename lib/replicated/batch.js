/** The operations of one turn, which leave in one message: each with its length before it, and those who wait for it. */

const { Buffer } = require('node:buffer');
const { MOST } = require('./frames.js');

/** Most bytes of an operation. */
const MOST_OPERATION = MOST - 4096;
/** Most bytes of a batch. */
const MOST_BATCH = MOST - 2048;

class Batch {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;
  /** `resolve` and `reject` of each operation, one after the other. */
  #waiters = [];

  get isEmpty() {
    return this.#waiters.length === 0;
  }

  /** Returns whether there is room for an operation of at most so many bytes. */
  hasRoom(size) {
    return this.#length + size + 4 <= MOST_BATCH;
  }

  /** Adds an operation, which `write(buffer, at)` writes, returning where it ends. Returns a promise of its result. */
  add(size, write) {
    const from = this.#length + 4;
    if (from + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(from + size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    const end = write(this.#bytes, from);
    this.#bytes.writeUInt32BE(end - from, this.#length);
    this.#length = end;
    return new Promise((resolve, reject) => {
      this.#waiters.push(resolve, reject);
    });
  }

  /** Takes all of it: `{ bytes, waiters }`, whose bytes are valid until the next operation is added. */
  take() {
    const taken = { bytes: this.#bytes.subarray(0, this.#length), waiters: this.#waiters };
    this.#waiters = [];
    this.#length = 0;
    return taken;
  }
}

module.exports = { Batch, MOST_OPERATION };
