// The module is SpreadSession itself, with everything else as its properties. Each is assigned by its name, since that
// is how Node finds out what an `import` may name.

const {
  SpreadDaemon,
  SpreadError,
  SpreadSession,
  connect,
  constants,
  libspreadVersion,
  sameId,
} = require('./lib/index.js');

Object.defineProperties(
  SpreadSession.prototype,
  Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, { __proto__: null, value }])),
);

module.exports = SpreadSession;
module.exports.default = SpreadSession;
module.exports.SpreadSession = SpreadSession;
module.exports.SpreadDaemon = SpreadDaemon;
module.exports.SpreadError = SpreadError;
module.exports.connect = connect;
module.exports.libspreadVersion = libspreadVersion;
module.exports.sameId = sameId;

module.exports.UNRELIABLE_MESS = constants.UNRELIABLE_MESS;
module.exports.RELIABLE_MESS = constants.RELIABLE_MESS;
module.exports.FIFO_MESS = constants.FIFO_MESS;
module.exports.CAUSAL_MESS = constants.CAUSAL_MESS;
module.exports.AGREED_MESS = constants.AGREED_MESS;
module.exports.SAFE_MESS = constants.SAFE_MESS;
module.exports.REGULAR_MESS = constants.REGULAR_MESS;
module.exports.SELF_DISCARD = constants.SELF_DISCARD;
module.exports.DROP_RECV = constants.DROP_RECV;
module.exports.REG_MEMB_MESS = constants.REG_MEMB_MESS;
module.exports.TRANSITION_MESS = constants.TRANSITION_MESS;
module.exports.CAUSED_BY_JOIN = constants.CAUSED_BY_JOIN;
module.exports.CAUSED_BY_LEAVE = constants.CAUSED_BY_LEAVE;
module.exports.CAUSED_BY_DISCONNECT = constants.CAUSED_BY_DISCONNECT;
module.exports.CAUSED_BY_NETWORK = constants.CAUSED_BY_NETWORK;
module.exports.MEMBERSHIP_MESS = constants.MEMBERSHIP_MESS;
module.exports.REJECT_MESS = constants.REJECT_MESS;
module.exports.LOW_PRIORITY = constants.LOW_PRIORITY;
module.exports.MEDIUM_PRIORITY = constants.MEDIUM_PRIORITY;
module.exports.HIGH_PRIORITY = constants.HIGH_PRIORITY;
module.exports.DEFAULT_SPREAD_PORT = constants.DEFAULT_SPREAD_PORT;
module.exports.MAX_GROUP_NAME = constants.MAX_GROUP_NAME;
module.exports.MAX_PRIVATE_NAME = constants.MAX_PRIVATE_NAME;
module.exports.MAX_PROC_NAME = constants.MAX_PROC_NAME;
module.exports.ACCEPT_SESSION = constants.ACCEPT_SESSION;
module.exports.ILLEGAL_SPREAD = constants.ILLEGAL_SPREAD;
module.exports.COULD_NOT_CONNECT = constants.COULD_NOT_CONNECT;
module.exports.REJECT_QUOTA = constants.REJECT_QUOTA;
module.exports.REJECT_NO_NAME = constants.REJECT_NO_NAME;
module.exports.REJECT_ILLEGAL_NAME = constants.REJECT_ILLEGAL_NAME;
module.exports.REJECT_NOT_UNIQUE = constants.REJECT_NOT_UNIQUE;
module.exports.REJECT_VERSION = constants.REJECT_VERSION;
module.exports.CONNECTION_CLOSED = constants.CONNECTION_CLOSED;
module.exports.REJECT_AUTH = constants.REJECT_AUTH;
module.exports.ILLEGAL_SESSION = constants.ILLEGAL_SESSION;
module.exports.ILLEGAL_SERVICE = constants.ILLEGAL_SERVICE;
module.exports.ILLEGAL_MESSAGE = constants.ILLEGAL_MESSAGE;
module.exports.ILLEGAL_GROUP = constants.ILLEGAL_GROUP;
module.exports.BUFFER_TOO_SHORT = constants.BUFFER_TOO_SHORT;
module.exports.GROUPS_TOO_SHORT = constants.GROUPS_TOO_SHORT;
module.exports.MESSAGE_TOO_LONG = constants.MESSAGE_TOO_LONG;
module.exports.NET_ERROR_ON_SESSION = constants.NET_ERROR_ON_SESSION;

for (const name of Object.keys(constants)) {
  Object.defineProperty(SpreadSession, name, { __proto__: null, writable: false, configurable: false });
}
