/**
 * Views (Buffers, typed arrays, DataViews) as the language itself sees them: no code of the caller runs here, even if a
 * class of the caller overrides its length.
 */

const { types } = require('node:util');

const uncurried = (method) => Function.prototype.call.bind(method);
const getter = (of, name) => uncurried(Object.getOwnPropertyDescriptor(of, name).get);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayLength = getter(TypedArrayPrototype, 'byteLength');
const dataViewLength = getter(DataView.prototype, 'byteLength');
const typedArrayAt = uncurried(TypedArrayPrototype.at);

/** Returns the length of a view in bytes; 0 if its memory is gone. */
function byteLength(view) {
  if (types.isTypedArray(view)) {
    return typedArrayLength(view);
  }
  return isGone(view) ? 0 : dataViewLength(view);
}

/**
 * Returns whether a view's memory is gone: it was transferred, or its buffer has shrunk so that it is out of its
 * bounds.
 */
function isGone(view) {
  try {
    // Either throws for such a view alone.
    if (types.isTypedArray(view)) {
      typedArrayAt(view, 0);
    } else {
      dataViewLength(view);
    }
    return false;
  } catch {
    return true;
  }
}

module.exports = { byteLength, isGone };
