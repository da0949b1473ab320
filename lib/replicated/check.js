/** Checks of arguments, with Node's codes, and the options that all blocks have. */

const { Buffer } = require('node:buffer');
const timers = require('node:timers');
const { hrtime } = require('node:process');
const { check, wrongType, wrongValue } = require('../index.js');

const { boolean, string: text } = check;

const integer = (what, value, least, most = Number.MAX_SAFE_INTEGER) => check.integer(what, value, least, most);

const POLICIES = ['primary', 'merge', 'largest'];

/** The clock of this member: monotonic, and compared with no other. */
const CLOCK = Object.freeze({
  now: () => Number(hrtime.bigint() / 1000n) / 1000,
  setTimeout: (fn, ms) => timers.setTimeout(fn, ms),
  clearTimeout: (timer) => timers.clearTimeout(timer),
});

const isObject = (value) => typeof value === 'object' && value !== null;

function fn(what, value) {
  if (typeof value !== 'function') {
    throw wrongType(what, 'a function', value);
  }
  return value;
}

function oneOf(what, value, values) {
  if (!values.includes(value)) {
    throw wrongValue(what, `one of ${values.join(', ')}`, value);
  }
  return value;
}

/** Checks that an object has these methods. */
function methods(what, value, names) {
  if (!isObject(value)) {
    throw wrongType(what, 'an object', value);
  }
  for (const name of names) {
    fn(`${what}.${name}`, value[name]);
  }
  return value;
}

function signal(value) {
  if (value !== undefined && !(isObject(value) && 'aborted' in value && typeof value.addEventListener === 'function')) {
    throw wrongType('signal', 'an AbortSignal', value);
  }
  return value;
}

/** Checks options, or nothing: a copy of the own properties, which may only have these names. */
const known = (value, names) => check.known('options', value, names);

/** Checks what every block is given. `names` are the options of this one. */
function block(session, group, options, names, defaultName) {
  methods('session', session, ['join', 'send', 'on']);
  text('group', group);
  const given = known(options, ['name', 'clock', ...names]);
  const name = text('name', given.name ?? defaultName);
  if (Buffer.byteLength(name) < 1 || Buffer.byteLength(`${group}/${name}`) > 200) {
    throw wrongValue('name', 'from 1 to 160 bytes long', name);
  }
  const clock = methods('clock', given.clock ?? CLOCK, ['now', 'setTimeout', 'clearTimeout']);
  return { ...given, name, clock };
}

/** Checks the partition policy, which the user has to choose, and the members of the first primary. */
function partition({ partition: policy, first }) {
  oneOf('partition', policy, POLICIES);
  if (policy === 'primary') {
    return { policy, first: integer('first', first, 1, 10_000) };
  }
  if (first !== undefined) {
    throw wrongValue('first', "left out: it is for partition 'primary'", first);
  }
  return { policy };
}

module.exports = {
  block,
  boolean,
  fn,
  integer,
  isObject,
  known,
  methods,
  oneOf,
  partition,
  signal,
  text,
  wrongType,
  wrongValue,
};
