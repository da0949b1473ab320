/**
 * How a connection was lost. A daemon gives no reasons: it hangs up. The facts known on this side point to a likely
 * reason, and `reason` claims no more.
 */

const { fromNative } = require('../shared/errors.js');

/** Code → the reason it stands for. */
const REASONS = {
  ERR_SPREAD_SLOW_CONSUMER: 'overflow',
  ERR_SPREAD_PING_TIMEOUT: 'unreachable',
  ERR_SPREAD_PROTOCOL: 'protocol',
};

/** Reads native code's report of an end: { error, reason, unsentMessages, unsentBytes }. */
function lossOf(ended) {
  const { code, hint, torn, unsentMessages, unsentBytes } = ended;
  return { error: fromNative(ended), reason: REASONS[code] ?? likely(hint, torn), unsentMessages, unsentBytes };
}

function likely(hint, torn) {
  if (hint === 'unreachable') {
    return hint;
  }
  // A daemon cuts off a slow reader wherever its socket had no more room: mostly within a message.
  if (torn) {
    return 'slow';
  }
  // It hung up with requests of this session still unread: it rejected one of them, or died over it.
  return hint === 'reset' ? 'refused' : 'daemon';
}

module.exports = { lossOf };
