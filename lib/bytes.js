/**
 * Views (Buffers, typed arrays, DataViews) as the language itself sees them: whatever a class of the caller's says of its
 * own length, no code of the caller's runs here.
 */

const { types } = require('node:util');

const uncurried = (method) => Function.prototype.call.bind(method);
const getter = (of, name) => uncurried(Object.getOwnPropertyDescriptor(of, name).get);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedArrayLength = getter(TypedArrayPrototype, 'byteLength');
const dataViewLength = getter(DataView.prototype, 'byteLength');
const typedArrayAt = uncurried(TypedArrayPrototype.at);

/** The length of a view in bytes; 0 for one whose memory is gone. */
function byteLength(view) {
  if (types.isTypedArray(view)) {
    return typedArrayLength(view);
  }
  return isGone(view) ? 0 : dataViewLength(view);
}

/** Returns whether a view's memory is gone: it was transferred, or its buffer has shrunk so that it is out of its bounds. */
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
