/**
 * Snapshots in pieces, from one member to another: PIECE `id ⏎ number, last, the position and the size in JSON ⏎ bytes`, and
 * ACK for each piece that the receiver has taken. So few pieces are under way that neither end holds more than some, however
 * large the whole is.
 */

const { MOST, headed, isNumber, isPosition, piecesOf, readHeaded } = require('./frames.js');

/** Pieces under way at most. */
const WINDOW = 16;
const PIECE_BYTES = MOST - 4096;

/** The giving end. */
class Giving {
  #acknowledged = 0;
  #wake = () => {};
  #isOver = false;

  /** `send(head, bytes)` sends a piece and resolves once there is room for another. */
  async run(chunks, { id, position, total, send }) {
    let number = 0;
    for await (const { bytes, last } of piecesOf(chunks, PIECE_BYTES)) {
      while (!this.#isOver && number - this.#acknowledged >= WINDOW) {
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#isOver) {
        return;
      }
      await send(headed({ id, number, last, position, total }), bytes);
      number += 1;
    }
  }

  acknowledge(number) {
    this.#acknowledged = Math.max(this.#acknowledged, number);
    this.#wake();
  }

  stop() {
    this.#isOver = true;
    this.#wake();
  }
}

/** The receiving end: an iterable of the pieces' bytes. */
class Taking {
  #pieces = [];
  #next = 0;
  #wake = () => {};
  #error;
  bytes = 0;

  /** `acknowledge(number)` is called for each piece that was taken. */
  constructor(acknowledge) {
    this.acknowledge = acknowledge;
  }

  /** Takes a piece, if it is the next one. Returns whether it is. */
  push({ number, last }, bytes) {
    if (number !== this.#next) {
      return false;
    }
    this.#next += 1;
    this.#pieces.push({ number, last, bytes });
    this.#wake();
    return true;
  }

  fail(error) {
    this.#error = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      if (this.#error !== undefined) {
        throw this.#error;
      }
      const piece = this.#pieces.shift();
      if (piece === undefined) {
        await new Promise((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.bytes += piece.bytes.length;
      this.acknowledge(piece.number + 1);
      if (piece.bytes.length > 0) {
        yield piece.bytes;
      }
      if (piece.last) {
        return;
      }
    }
  }
}

/** Reads a piece: `{ id, number, last, position, total, bytes }`; nothing if it is malformed. */
function readPiece(body) {
  const piece = readHeaded(body);
  const isPiece = typeof piece?.id === 'string' && isNumber(piece.number) && isPosition(piece.position);
  return isPiece ? piece : undefined;
}

module.exports = { Giving, Taking, readPiece };
