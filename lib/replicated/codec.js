/** How values become bytes: by name, or by the user's own functions. */

const { Buffer } = require('node:buffer');
const v8 = require('node:v8');
const check = require('./check.js');

const CODECS = Object.freeze({
  json: {
    encode(value) {
      const text = JSON.stringify(value);
      if (text === undefined) {
        throw check.wrongValue('value', 'a value that JSON has', value);
      }
      return Buffer.from(text);
    },
    decode: (bytes) => JSON.parse(bytes.toString()),
  },
  buffer: {
    encode(value) {
      if (!ArrayBuffer.isView(value)) {
        throw check.wrongType('value', 'a Buffer, a typed array or a DataView', value);
      }
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    },
    decode: (bytes) => Buffer.from(bytes),
  },
  structured: { encode: (value) => v8.serialize(value), decode: (bytes) => v8.deserialize(bytes) },
});

/** Returns the codec of an option: 'json' by default. */
function codecOf(value = 'json') {
  if (typeof value === 'string') {
    return CODECS[check.oneOf('codec', value, Object.keys(CODECS))];
  }
  const own = check.methods('codec', value, ['encode', 'decode']);
  return {
    encode(item) {
      const bytes = own.encode(item);
      if (!ArrayBuffer.isView(bytes)) {
        throw check.wrongType('what codec.encode() returns', 'a Uint8Array', bytes);
      }
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode: (bytes) => own.decode(bytes),
  };
}

module.exports = { codecOf };
