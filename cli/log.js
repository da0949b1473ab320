/** A service's log: it never stops the service. What nobody reads is left out, and what cannot be written is lost. */

/** What may wait for whoever reads. */
const MOST_WAITING = 1024 * 1024;

/** Writes lines to a stream. `lost(count)` is the line that stands in the place of so many. */
function logger(stream, lost) {
  let missing = 0;
  return (line) => {
    if (stream.writableLength > MOST_WAITING) {
      missing += 1;
      return;
    }
    if (missing > 0) {
      write(stream, lost(missing));
      missing = 0;
    }
    write(stream, line);
  };
}

/** A stream reports what it cannot write as an event; Deno's standard output throws it. */
function write(stream, line) {
  try {
    stream.write(`${line}\n`);
  } catch {}
}

module.exports = { logger };
