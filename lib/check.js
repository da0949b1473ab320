/** Checks of arguments: a wrong type or range is a TypeError or RangeError that says what was expected. */

const { Buffer } = require('node:buffer');
const { outOfRange, unknownOption, wrongType, wrongValue } = require('./errors.js');

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
  const items = [];
  for (const item of value) {
    items.push(string(`each of ${what}`, item));
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
  if (!Array.isArray(value)) {
    return data(value);
  }
  // A loop: Array.from() with a function costs ten times as much.
  const parts = [];
  for (const part of value) {
    parts.push(data(part));
  }
  return parts;
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
};
