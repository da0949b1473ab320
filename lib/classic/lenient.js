/**
 * Arguments as node-cspread accepted them, on sessions of the constructor: names and payloads become strings, services
 * numbers, flags booleans. These replace lib/shared/check.js's functions of the same names. They refuse what was a mistake in
 * node-cspread too.
 */

const check = require('../shared/check.js');
const { wrongType } = require('../shared/errors.js');

function digits(value) {
  return typeof value === 'number' ? String(value) : value;
}

/** Checks a name: a string or a number. */
function string(what, value) {
  return check.string(what, digits(value));
}

/** Checks one name or several. */
function groups(what, value) {
  return check.groups(what, Array.isArray(value) ? Array.from(value, digits) : digits(value));
}

/** Checks a number, or its digits. */
function integer(what, value, least, most) {
  if (typeof value !== 'string') {
    return check.integer(what, value, least, most);
  }
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) {
    throw wrongType(what, 'a number, or a string of digits', value);
  }
  return check.integer(what, number, least, most);
}

/** Accepts any value, by its truthiness. */
function boolean(_what, value) {
  return Boolean(value);
}

/** Returns a view unchanged, and the text of anything else. */
function data(value) {
  if (ArrayBuffer.isView(value)) {
    return value;
  }
  if (typeof value === 'symbol') {
    throw wrongType('data', 'a view, or something that has a text', value);
  }
  return check.data(String(value));
}

module.exports = { boolean, data, groups, integer, string };
