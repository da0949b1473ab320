/** The stream between an authentication method and the daemon. */

const { Duplex } = require('node:stream');
const { native } = require('../native/pump.js');

class Exchange extends Duplex {
  #id;
  #turn;
  #given = 0;

  constructor(id, turn) {
    super({ __proto__: null, highWaterMark: 64 * 1024 });
    this.#id = id;
    this.#turn = turn;
  }

  /** Takes bytes from the daemon. */
  give(bytes) {
    this.#given += bytes.length;
    this.push(bytes);
  }

  /** Returns how many bytes the method has used. */
  get used() {
    return this.#given - this.readableLength;
  }

  _read() {}

  _write(chunk, _encoding, done) {
    native.authWrite(this.#id, this.#turn, chunk);
    done();
  }
}

module.exports = Exchange;
