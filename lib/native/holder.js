/** ref() and unref(): a session or a daemon keeps the process alive while it is open. */

const { ref, unref } = require('./pump.js');

class Holder {
  #isOver = false;
  #isRefed = false;

  constructor() {
    this.ref();
  }

  /** Keeps the process alive, as long as what this belongs to is open. */
  ref() {
    if (!this.#isRefed && !this.#isOver) {
      this.#isRefed = true;
      ref();
    }
  }

  /** Lets the process end. */
  unref() {
    if (this.#isRefed) {
      this.#isRefed = false;
      unref();
    }
  }

  /** Lets the process end, for good. */
  end() {
    this.#isOver = true;
    this.unref();
  }
}

module.exports = { Holder };
