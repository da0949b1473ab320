/** Digests of the state, which members compare at equal indexes: those that differ from most are named. */

const crypto = require('node:crypto');

/** Digests of so many indexes are kept. */
const MOST = 4;

class Digests {
  #machine;
  #tell;
  /** Index → member → digest. */
  #heard = new Map();

  /** `tell({ index, members })` reports members whose states differ. */
  constructor(machine, tell) {
    this.#machine = machine;
    this.#tell = tell;
  }

  /** Resolves with the digest of the state as of the call. */
  async make() {
    const hash = crypto.createHash('sha256');
    const chunks = this.#machine.snapshot();
    for await (const chunk of ArrayBuffer.isView(chunks) ? [chunks] : chunks) {
      hash.update(chunk);
    }
    return hash.digest('hex');
  }

  hear(sender, { index, digest }, members) {
    const heard = this.#heard.get(index) ?? new Map();
    this.#heard.set(index, heard.set(sender, digest));
    if (this.#heard.size > MOST) {
      this.#heard.delete(Math.min(...this.#heard.keys()));
    }
    this.compare(members);
  }

  /** Compares the digests of indexes for which every member has sent its own. */
  compare(members) {
    for (const [index, heard] of this.#heard) {
      if (members.length > 0 && members.every((name) => heard.has(name))) {
        this.#heard.delete(index);
        const counts = new Map();
        for (const name of members) {
          counts.set(heard.get(name), (counts.get(heard.get(name)) ?? 0) + 1);
        }
        const [most] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
        const others = members.filter((name) => heard.get(name) !== most);
        if (others.length > 0) {
          this.#tell({ index, members: others });
        }
      }
    }
  }
}

module.exports = { Digests };
