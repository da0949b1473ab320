/**
 * All that index.js names, and what the further entry points (lib/testing and its like) are built on. In the tarball this
 * file holds all of lib/ below it, since one file loads faster than fifty.
 */

const check = require('./shared/check.js');
const constants = require('./shared/constants.js');
const { SpreadError, wrongType, wrongValue } = require('./shared/errors.js');
const { named } = require('./shared/named.js');
const { libspreadVersion } = require('./native/engine.js');
const { sameId } = require('./stream/view.js');
const { isFresh, observe } = require('./session/observe.js');
const { SpreadSession } = require('./classic/constructor.js');
const { connect } = require('./modern/connect.js');
const { SpreadDaemon } = require('./daemon/daemon.js');

module.exports = {
  SpreadDaemon,
  /** Loaded when it is first asked for: programs that do not test have no use for it. */
  get SpreadNetwork() {
    return require('./daemon/network.js').SpreadNetwork;
  },
  SpreadError,
  SpreadSession,
  check,
  connect,
  constants,
  isFresh,
  libspreadVersion,
  named,
  observe,
  sameId,
  wrongType,
  wrongValue,
};
