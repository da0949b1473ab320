/**
 * Arguments as node-cspread took them, on sessions of its constructor: names and payloads became strings, services
 * numbers, flags truth. These stand in for lib/check.js's functions of the same names. What was a mistake there as well
 * is still refused.
 */

const check = require('./check.js');
const { wrongType } = require('./errors.js');

function digits(value) {
  return typeof value === 'number' ? String(value) : value;
}

/** A name: a string or a number. */
function string(what, value) {
  return check.string(what, digits(value));
}

/** One name or several. */
function groups(what, value) {
  return check.groups(what, Array.isArray(value) ? Array.from(value, digits) : digits(value));
}

/** A number, or its digits. */
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

/** Anything. */
function boolean(_what, value) {
  return Boolean(value);
}

/** A view; of anything else its text. */
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
