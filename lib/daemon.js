class SpreadDaemon {}
module.exports = { SpreadDaemon };
