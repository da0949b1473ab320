/** Options of the scripts that run tests: an invalid value is an error that names the valid ones. */

/** Splits names at commas or blanks. */
function list(text) {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Returns a flag's whole number of at least 1. */
function count(flag, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`--${flag} takes a whole number of at least 1, not '${text}'`);
  }
  return number;
}

/** Returns the names, each checked to be among `all`. */
function known(what, names, all) {
  for (const name of names) {
    if (!all.includes(name)) {
      throw new Error(`unknown ${what} '${name}': ${all.join(' ')}`);
    }
  }
  return names;
}

module.exports = { count, known, list };
