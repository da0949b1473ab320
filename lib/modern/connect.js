/** connect(): opens a session that reports by events and promises. */

const { CallSite, ownError, wrongType } = require('../shared/errors.js');
const signals = require('../shared/signals.js');
const { begin } = require('../session/connection.js');
const { parse } = require('../session/options.js');
const { initialize, prototype } = require('../session/session.js');
const { Reconnecting } = require('./reconnect.js');
const { reporter } = require('./reporter.js');

/** The constructor of all these sessions: one, so that they have one shape. */
function Unopened() {
  initialize(this);
}
Unopened.prototype = prototype;

/** Connects, to an address, several, or by options. Every fault is a rejection. */
async function connect(...args) {
  if (args.length > 1) {
    throw wrongType('the second argument', 'left out: connect() takes one, an address or options', args[1]);
  }
  const { signal, ...options } = parse(args[0]);
  if (signal?.aborted) {
    throw signals.reasonOf(signal);
  }
  const session = new Unopened();
  const site = new CallSite(connect);
  let forget;
  let hasAborted = false;
  try {
    return await new Promise((resolve, reject) => {
      const state = begin(session, options, reporter(resolve, reject), site);
      state.encoding = null;
      state.reconnecting = options.reconnect && new Reconnecting(options.reconnect);
      forget = signals.onAbort(signal, () => {
        // Once it is connected the signal has no effect, even if the promise has not resolved yet.
        if (state.phase === 'connecting') {
          hasAborted = true;
          reject(signals.reasonOf(signal));
          session.disconnect();
        }
      });
    });
  } catch (error) {
    throw hasAborted ? error : ownError(error);
  } finally {
    forget?.();
  }
}

module.exports = { connect };
