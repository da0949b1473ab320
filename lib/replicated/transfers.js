/** The snapshots that one block gives to other members, and the one, or for a merge the ones, that it takes. */

const { SpreadError } = require('../index.js');
const frames = require('./frames.js');
const { Giving, Taking, readPiece } = require('./transfer.js');

const KIND = Object.freeze({ PIECE: 8, ACK: 9 });

class Transfers {
  #host;
  /** Member → what it is given. */
  #givings = new Map();
  /** `{ id, sides, givers, total, states }`: `givers` are names → what comes from them. */
  #taking;

  /**
   * `host` has `group`, `name` and `machine`, and the functions `awaits(id)`, `step(event)`, `report(error)`, `progress(value)`,
   * `isOwn(life)` and `nameOf(life)`.
   */
  constructor(host) {
    this.#host = host;
  }

  /** Gives a snapshot as of now to these members. */
  give({ id, to, position }) {
    for (const name of to) {
      this.#give(name, id, position);
    }
  }

  stop(names) {
    for (const name of names) {
      this.#givings.get(name)?.stop();
      this.#givings.delete(name);
    }
  }

  /** Gives nothing more to members that are gone. */
  keep(members) {
    this.stop([...this.#givings.keys()].filter((name) => !members.includes(name)));
  }

  /** Begins to take snapshots; those under way are of no use any more. */
  take({ id, from, sides }) {
    this.abandon();
    const head = this.#host.group.privateHead(KIND.ACK, this.#host.name);
    const givers = new Map();
    for (const name of from) {
      const acknowledge = (number) => {
        this.#send(name, head, [JSON.stringify({ id, number })]);
        this.#progress();
      };
      givers.set(name, new Taking(acknowledge));
    }
    this.#taking = { id, sides, givers, total: 0, states: undefined };
    this.#restore(this.#taking);
  }

  /** Puts what was restored in the place of the state. Returns where it came from. */
  install() {
    const { states, sides, givers } = this.#taking;
    this.#taking = undefined;
    this.#host.machine.install(sides === undefined ? states[0] : this.#merge(sides, states));
    const [[from]] = givers;
    return { from, bytes: bytesOf(givers) };
  }

  /** Handles a message to this member alone. Returns whether it is well-formed. */
  received(sender, kind, body) {
    if (kind === KIND.ACK) {
      const fields = frames.readJson(body);
      const giving = this.#givings.get(sender);
      if (giving !== undefined && giving.id === fields?.id && frames.isNumber(fields.number)) {
        giving.acknowledge(fields.number);
      }
      return fields !== undefined;
    }
    const piece = kind === KIND.PIECE ? readPiece(body) : undefined;
    if (piece !== undefined) {
      this.#takePiece(sender, piece);
    }
    return piece !== undefined;
  }

  abandon() {
    for (const taking of this.#taking?.givers.values() ?? []) {
      taking.fail(new SpreadError('ERR_SPREAD_ABORTED', 'the snapshot is no longer of use'));
    }
  }

  async #give(name, id, position) {
    this.stop([name]);
    const giving = Object.assign(new Giving(), { id });
    this.#givings.set(name, giving);
    const { group, machine, report } = this.#host;
    const head = group.privateHead(KIND.PIECE, this.#host.name);
    const send = async (front, bytes) => {
      if (!group.sendTo(name, head, [front, bytes])) {
        await group.drained();
      }
    };
    try {
      // A picture as of now: it is asked for before anything else is applied.
      const chunks = machine.snapshot();
      const isWhole = ArrayBuffer.isView(chunks);
      const total = isWhole ? chunks.byteLength : undefined;
      await giving.run(isWhole ? [chunks] : chunks, { id, position, total, send });
    } catch (error) {
      if (this.#givings.get(name) === giving && error.code !== 'ERR_SPREAD_NOT_CONNECTED') {
        report(error);
      }
    }
  }

  /** Sends to one member. A lost connection is reported in its own place. */
  #send(name, head, body) {
    try {
      this.#host.group.sendTo(name, head, body);
    } catch (error) {
      if (error.code !== 'ERR_SPREAD_NOT_CONNECTED') {
        this.#host.report(error);
      }
    }
  }

  async #restore(taking) {
    const { id, givers } = taking;
    const { machine, awaits, step, report } = this.#host;
    try {
      taking.states = await Promise.all([...givers.values()].map((giver) => machine.restore(giver)));
      if (awaits(id)) {
        step({ type: 'restored', id });
      }
    } catch (error) {
      if (awaits(id)) {
        step({ type: 'failed', id });
        report(error);
      }
    }
  }

  #merge(sides, states) {
    const { machine, isOwn, nameOf } = this.#host;
    let other = 0;
    const all = sides.map(({ lives, position }) => {
      const state = lives.some(isOwn) ? machine.state() : states[other++];
      return { state, members: lives.map(nameOf).filter(Boolean), index: position.index };
    });
    return machine.merge(all);
  }

  #takePiece(sender, piece) {
    const { id, givers, sides } = this.#taking ?? {};
    const giver = piece.id === id ? givers.get(sender) : undefined;
    if (giver?.push(piece, piece.bytes) && piece.number === 0) {
      this.#taking.total += piece.total ?? 0;
      if (sides === undefined) {
        this.#host.step({ type: 'located', id, position: piece.position });
      }
    }
  }

  #progress() {
    if (this.#taking !== undefined) {
      const { givers, total } = this.#taking;
      this.#host.progress({ bytes: bytesOf(givers), total: total === 0 ? undefined : total });
    }
  }
}

function bytesOf(givers) {
  return [...givers.values()].reduce((sum, giver) => sum + giver.bytes, 0);
}

module.exports = { Transfers };
