/** Checks of arguments: a wrong type or range is a TypeError or RangeError that says what was expected. */

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

/** A payload: a string without lone surrogates, or a view. */
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

/** One group or several; what is a legal name is for Spread's rules to say. */
function groups(what, value) {
  if (typeof value === 'string') {
    return value;
  }
  if (!Array.isArray(value)) {
    throw wrongType(what, 'a string or an array of strings', value);
  }
  return strings(what, value);
}

/** An array of strings. */
function strings(what, value) {
  if (!Array.isArray(value)) {
    throw wrongType(what, 'an array of strings', value);
  }
  return each(value, (item) => string(`each of ${what}`, item));
}

/**
 * An array of the caller's, whose elements are read once and then checked. What native code is given has each element as
 * its own: push() would call an accessor that somebody has put on Array.prototype, and so would whoever reads the hole.
 */
function each(value, check) {
  const items = [...value];
  for (let index = 0; index < items.length; index += 1) {
    check(items[index]);
  }
  return items;
}

/** An encoding that Buffer knows, or null for none. */
function encoding(value) {
  if (value === null || (typeof value === 'string' && Buffer.isEncoding(value))) {
    return value;
  }
  throw wrongValue('encoding', "an encoding that Buffer knows, such as 'utf8', or null for Buffers", value);
}

/** Options: any object but an array. */
function options(what, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(what, 'an object', value);
  }
  return value;
}

/** A payload, or several that make one. */
function gathered(value) {
  return Array.isArray(value) ? each(value, data) : data(value);
}

/** A checked payload, with nothing in place of the views that have no bytes; one whose memory is gone is refused. */
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

/** Options, or nothing: a copy of what the object has of its own, which are only these names. */
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
