/** All that index.js names. In the tarball this file holds all of lib/, since one file loads faster than thirty. */

const constants = require('./constants.js');
const { SpreadDaemon } = require('./daemon.js');
const { libspreadVersion } = require('./engine.js');
const { SpreadError, SpreadSession, connect } = require('./session.js');
const { sameId } = require('./view.js');

module.exports = { SpreadDaemon, SpreadError, SpreadSession, connect, constants, libspreadVersion, sameId };
