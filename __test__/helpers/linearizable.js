/**
 * Whether a history of one register is linearizable, by the search of Wing and Gong: is there an order of its operations, with
 * each between its beginning and its end, in which all have the results that they had?
 *
 * An operation is `{ kind, value, expected, result, start, end }`: kind 'set' or 'compare' (of the value before), 'delete' or
 * 'get'. One without an `end` may take effect at any time, or never; `result` is then unknown.
 */

/** Applies an operation to a value: `[value, result]`. */
function applied({ kind, value, expected }, before) {
  switch (kind) {
    case 'set':
      return [value, true];
    case 'delete':
      return [undefined, before !== undefined];
    case 'compare':
      return before === expected ? [value, true] : [before, false];
    default:
      return [before, before];
  }
}

function isLinearizable(history) {
  const operations = history.toSorted((one, other) => one.start - other.start);
  const tried = new Set();
  const search = (done, before) => {
    const open = operations.filter((_, at) => !done[at]);
    if (open.every(({ end }) => end === undefined)) {
      return true;
    }
    const key = `${done.map(Number).join('')} ${before}`;
    if (tried.has(key)) {
      return false;
    }
    tried.add(key);
    const horizon = Math.min(...open.map(({ end }) => end ?? Number.POSITIVE_INFINITY));
    return operations.some((operation, at) => {
      if (done[at] || operation.start > horizon) {
        return false;
      }
      const [after, result] = applied(operation, before);
      const fits = operation.end === undefined || result === operation.result;
      return fits && search(done.with(at, true), after);
    });
  };
  return search(
    operations.map(() => false),
    undefined,
  );
}

module.exports = { isLinearizable };
