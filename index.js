// The module is SpreadSession itself, with everything else as its properties.

const constants = require('./lib/constants.js');
const { SpreadDaemon } = require('./lib/daemon.js');
const { SpreadError, SpreadSession } = require('./lib/session.js');

for (const target of [SpreadSession, SpreadSession.prototype]) {
  for (const [name, value] of Object.entries(constants)) {
    Object.defineProperty(target, name, { value, enumerable: target === SpreadSession });
  }
}

module.exports = SpreadSession;
module.exports.SpreadSession = SpreadSession;
module.exports.SpreadDaemon = SpreadDaemon;
module.exports.SpreadError = SpreadError;
module.exports.default = SpreadSession;
