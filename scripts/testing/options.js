/** Options of the scripts that run tests: a value that will not do is an error that says what will. */

/** Names with commas or blanks between. */
function list(text) {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** A whole number from 1 on. */
function count(flag, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`--${flag} is a number from 1 on, not '${text}'`);
  }
  return number;
}

/** Names, each of which is among `all`. */
function known(what, names, all) {
  for (const name of names) {
    if (!all.includes(name)) {
      throw new Error(`there is no ${what} '${name}': ${all.join(' ')}`);
    }
  }
  return names;
}

module.exports = { count, known, list };
