/**
 * Whether all receivers of a group get the same messages in the same order, without a gap. One of them is the witness: it
 * stays all the time, and numbers what it gets. Each of the others has to get consecutive numbers, from whichever is its
 * first on; what it has got before the witness waits until that has it, too.
 */

/** Messages kept after the slowest receiver's last: a new receiver may begin with one of them. */
const MOST_BEHIND = 100_000;

class Order {
  /** Message → its number; the oldest are forgotten once everybody is beyond them. */
  #numbers = new Map();
  #count = 0;
  #receivers = new Set();
  checked = 0;

  /** How many messages it remembers. */
  get remembered() {
    return this.#numbers.size;
  }

  /** The witness has got a message. */
  witnessed(message) {
    this.#numbers.set(message, this.#count);
    this.#count += 1;
  }

  /** A receiver that has joined just now: what it gets is to be said to `got()`, and the end of that to `end()`. */
  receiver(name) {
    const receiver = { name, last: undefined, waiting: [] };
    this.#receivers.add(receiver);
    return {
      got: (message) => receiver.waiting.push(message),
      end: () => {
        // The last ones may still be on their way to the witness.
        receiver.isOver = true;
      },
    };
  }

  /** Checks what has come meanwhile; throws at the first that is not as it must be. */
  check() {
    let oldest = this.#count;
    for (const receiver of this.#receivers) {
      this.#checkOne(receiver);
      oldest = Math.min(oldest, receiver.last ?? 0);
      if (receiver.isOver && receiver.waiting.length === 0) {
        this.#receivers.delete(receiver);
      }
    }
    for (const [message, number] of this.#numbers) {
      if (number >= oldest - MOST_BEHIND) {
        break;
      }
      this.#numbers.delete(message);
    }
  }

  #checkOne(receiver) {
    let done = 0;
    for (const message of receiver.waiting) {
      const number = this.#numbers.get(message);
      if (number === undefined) {
        break;
      }
      if (receiver.last !== undefined && number !== receiver.last + 1) {
        throw new Error(`${receiver.name} got ${message}, number ${number}, behind number ${receiver.last}`);
      }
      receiver.last = number;
      done += 1;
    }
    receiver.waiting.splice(0, done);
    this.checked += done;
    if (receiver.waiting.length > MOST_BEHIND) {
      throw new Error(`${receiver.name} got ${receiver.waiting[0]}, and the witness did not`);
    }
  }
}

module.exports = { Order };
