/** ref() and unref(): a session or a daemon holds the process while it is open, by the one doorbell. */

const { hold, release } = require('./pump.js');

class Holder {
  #isOver = false;
  #isHolding = false;

  constructor() {
    this.ref();
  }

  /** Holds the process, as long as what this belongs to is open. */
  ref() {
    if (!this.#isHolding && !this.#isOver) {
      this.#isHolding = true;
      hold();
    }
  }

  /** Lets the process end. */
  unref() {
    if (this.#isHolding) {
      this.#isHolding = false;
      release();
    }
  }

  /** Lets the process end, for good. */
  end() {
    this.#isOver = true;
    this.unref();
  }
}

module.exports = { Holder };
