/**
 * How a connection was lost. A daemon gives no reasons: it hangs up. What is known on this side points to one, and no
 * more than that is claimed.
 */

const { fromNative } = require('./errors.js');

/** Code → the reason it stands for. */
const REASONS = {
  ERR_SPREAD_SLOW_CONSUMER: 'overflow',
  ERR_SPREAD_PING_TIMEOUT: 'unreachable',
  ERR_SPREAD_PROTOCOL: 'protocol',
};

/** What native code says of an end: { error, reason, unsentMessages, unsentBytes }. */
function lossOf(ended) {
  const { code, hint, torn, unsentMessages, unsentBytes } = ended;
  return { error: fromNative(ended), reason: REASONS[code] ?? likely(hint, torn), unsentMessages, unsentBytes };
}

function likely(hint, torn) {
  if (hint === 'unreachable') {
    return hint;
  }
  // A daemon that cuts off a slow reader does so wherever its socket had no more room: mostly within a message.
  if (torn) {
    return 'slow';
  }
  // It hung up with requests of this session's still unread: it did not like one of them, or died over it.
  return hint === 'reset' ? 'refused' : 'daemon';
}

module.exports = { lossOf };
