/**
 * Spread's PWORD method: a user's name and a password, to be passed as `connect({ auth: [pword('user', 'secret')] })`.
 *
 * Both go over the network in clear text. So this sends them only to a daemon on this machine, unless `clearText: true`
 * declares that the network can be trusted with them.
 */

const { once } = require('node:events');

const USER_BYTES = 32;
const PASSWORD_BYTES = 8;
const RIGHT = 1;

const LOCAL = /^(127\.\d+\.\d+\.\d+:\d+|\[::1\]:\d+|\/.*)$/;

/** Returns a field of this length, padded with zeros. */
function field(what, text, length) {
  const bytes = Buffer.from(text);
  if (bytes.length > length) {
    throw new RangeError(`the ${what} is longer than the ${length} bytes that Spread has for it`);
  }
  return Buffer.concat([bytes], length);
}

/** Returns the method for this user. */
function pword(user, password, { clearText = false } = {}) {
  const credentials = Buffer.concat([field('user', user, USER_BYTES), field('password', password, PASSWORD_BYTES)]);
  return {
    name: 'PWORD',
    async authenticate(stream, { address }) {
      if (!LOCAL.test(address)) {
        if (!clearText) {
          throw new Error(`the password would go to ${address} in clear text: only clearText: true allows that`);
        }
        process.emitWarning(`the password goes to ${address} in clear text`, 'SpreadPasswordWarning');
      }
      stream.write(credentials);
      // The answer is one byte; the bytes after it belong to the session.
      let answer = stream.read(1);
      while (answer === null) {
        await once(stream, 'readable');
        answer = stream.read(1);
      }
      if (answer[0] !== RIGHT) {
        throw new Error(`the daemon does not take this password of user '${user}'`);
      }
    },
  };
}

module.exports = { pword };
