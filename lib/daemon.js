'use strict';
class SpreadDaemon {}
module.exports = { SpreadDaemon };
