/**
 * Diagnostics: channels of node:diagnostics_channel, and lines on standard error with NODE_DEBUG=cspread.
 * docs/diagnostics.md lists them. They carry the sizes of payloads, not the payloads.
 *
 * A channel without subscribers costs nothing.
 */

const { channel } = require('node:diagnostics_channel');
const process = require('node:process');
const { debuglog, types } = require('node:util');

const NAMES = [
  'connecting',
  'connected',
  'failed',
  'lost',
  'reconnecting',
  'reconnected',
  'closed',
  'membership',
  'refused',
  'slowConsumer',
  'sent',
  'received',
];

const channels = Object.fromEntries(NAMES.map((name) => [name, channel(`cspread:${name}`)]));
const debug = debuglog('cspread');

/** Publishes an event of a session; `details` are the message's other properties. */
function publish(name, session, details = {}) {
  const { hasSubscribers } = channels[name];
  if (hasSubscribers) {
    channels[name].publish({ session, ...details });
  }
  // Bun does not say whether it is enabled.
  if (debug.enabled ?? process.env.NODE_DEBUG) {
    const texts = Object.entries(details).map(([key, value]) => `${key}=${show(value)}`);
    debug('%s %s %s', session.privateGroup ?? session.name ?? '(no name yet)', name, texts.join(' '));
  }
}

function show(value) {
  if (types.isNativeError(value)) {
    return `${value.code ?? value.name} (${value.message})`;
  }
  return value?.members === undefined ? JSON.stringify(value) : `[${value.members.join(' ')}]`;
}

module.exports = { received: channels.received, sent: channels.sent, publish };
