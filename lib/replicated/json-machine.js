/** The machine of a block whose operations and state are JSON. */

const { Buffer } = require('node:buffer');

async function restore(chunks) {
  const parts = [];
  for await (const chunk of chunks) {
    parts.push(chunk);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}

/** Makes a machine of the block's own functions: `run(operation)`, `members(entry)`, `state()`, `install(state)`, `merge(sides)`. */
function jsonMachine({ run, ...functions }) {
  return {
    ...functions,
    run: (bytes, from, to) => run(JSON.parse(bytes.toString('utf8', from, to))),
    snapshot: () => Buffer.from(JSON.stringify(functions.state())),
    restore,
  };
}

module.exports = { jsonMachine };
