/** Checks of arguments: a wrong type or range causes a TypeError or RangeError that names the expected one. */

const { Buffer } = require('node:buffer');
const { byteLength, isGone } = require('./bytes.js');
const { memoryGone, outOfRange, unknownOption, wrongType, wrongValue } = require('./errors.js');

function string(what, value) {
  if (typeof value !== 'string') {
    throw wrongType(what, 'a string', value);
  }
  return value;
}

function boolean(what, value) {
  if (typeof value !== 'boolean') {
    throw wrongType(what, 'a boolean', value);
  }
  return value;
}

function callback(what, value) {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw wrongType(what, 'a function', value);
  }
  return value ?? undefined;
}

function integer(what, value, least, most) {
  if (typeof value !== 'number') {
    throw wrongType(what, 'a number', value);
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(what, `an integer from ${least} to ${most}`, value);
  }
  return value;
}

/** Checks a payload: a string without lone surrogates, or a view. */
function data(value) {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) {
      throw wrongValue('data', 'a string without lone surrogates, which UTF-8 cannot carry', value);
    }
  } else if (!ArrayBuffer.isView(value)) {
    throw wrongType('data', 'a string, a Buffer, a typed array or a DataView', value);
  }
  return value;
}

/** Checks one group or several; spread-proto judges whether the names are legal. */
function groups(what, value) {
  if (typeof value === 'string') {
    return value;
  }
  if (!Array.isArray(value)) {
    throw wrongType(what, 'a string or an array of strings', value);
  }
  return strings(what, value);
}

/** Checks an array of strings. */
function strings(what, value) {
  if (!Array.isArray(value)) {
    throw wrongType(what, 'an array of strings', value);
  }
  return each(value, (item) => string(`each of ${what}`, item));
}

/**
 * Copies the caller's array, and reads each element once before checking it. Every element of the copy is its own
 * property: push(), and reading a hole, would call an accessor that a program has put on Array.prototype.
 */
function each(value, check) {
  const items = [...value];
  for (let index = 0; index < items.length; index += 1) {
    check(items[index]);
  }
  return items;
}

/** Checks an encoding: one that Buffer knows, or null for none. */
function encoding(value) {
  if (value === null || (typeof value === 'string' && Buffer.isEncoding(value))) {
    return value;
  }
  throw wrongValue('encoding', "an encoding that Buffer knows, such as 'utf8', or null for Buffers", value);
}

/** Checks options: any object but an array. */
function options(what, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(what, 'an object', value);
  }
  return value;
}

/** Checks a payload, or several that make one. */
function gathered(value) {
  return Array.isArray(value) ? each(value, data) : data(value);
}

/** Removes the views without bytes from a checked payload; refuses a view whose memory is gone. */
function withoutEmpty(payload) {
  if (Array.isArray(payload)) {
    return payload.map(withoutEmpty);
  }
  if (typeof payload === 'string' || byteLength(payload) > 0) {
    return payload;
  }
  if (isGone(payload)) {
    throw memoryGone('data');
  }
  return '';
}

/** Checks options, or nothing: returns a copy of the object's own properties, which may only have these names. */
function known(what, value, names) {
  const given = { __proto__: null };
  if (value !== undefined) {
    for (const name of Object.keys(options(what, value))) {
      if (!names.includes(name)) {
        throw unknownOption(what, name, names);
      }
      given[name] = value[name];
    }
  }
  return given;
}

module.exports = {
  boolean,
  callback,
  data,
  encoding,
  gathered,
  groups,
  integer,
  known,
  options,
  string,
  strings,
  withoutEmpty,
};
