/**
 * The figures of a session and of a daemon, as Prometheus has them: name without the prefix, kind, help, and how to read it. A
 * figure of `stats()` that says nothing (`drops`, always 0) is not among them.
 */

/** Makes a row whose value is a figure of `stats()`, times `labels` if it shares its name with others. */
const stat = (name, kind, figure, help, labels = {}) => ({
  name,
  kind,
  help,
  labels,
  read: (_target, stats) => stats[figure],
});

const SESSION = [
  {
    name: 'connected',
    kind: 'gauge',
    help: 'Whether the session is connected: 1 or 0.',
    labels: {},
    read: ({ state }) => Number(state === 'connected'),
  },
  {
    name: 'groups',
    kind: 'gauge',
    help: 'Groups whose member the session is.',
    labels: {},
    read: ({ groups }) => groups.size,
  },
  stat('received_messages_total', 'counter', 'messagesReceived', 'Messages received, memberships included.'),
  stat('received_bytes_total', 'counter', 'bytesReceived', 'Bytes received after the handshake.'),
  stat('received_batches_total', 'counter', 'batches', 'Calls that delivered messages.'),
  stat('reads_total', 'counter', 'reads', 'System calls that read.'),
  stat('receive_queue_bytes', 'gauge', 'receiveQueueBytes', 'Bytes received and not yet delivered.'),
  stat(
    'receive_queue_high_water_bytes',
    'gauge',
    'receiveQueueHighWater',
    'Most bytes that were received and not yet delivered.',
  ),
  stat('sent_messages_total', 'counter', 'messagesSent', 'Messages accepted to be sent.'),
  stat('sent_bytes_total', 'counter', 'bytesSent', 'Bytes accepted to be sent.'),
  stat('writes_total', 'counter', 'writes', 'System calls that wrote.'),
  stat('send_queue_bytes', 'gauge', 'sendQueueBytes', 'Bytes accepted and not yet handed to the kernel.'),
  stat('views_total', 'counter', 'viewChanges', 'Views delivered.'),
  stat('stray_views_total', 'counter', 'strayViews', 'Views of groups that the session has not asked for.'),
  stat('reconnects_total', 'counter', 'reconnects', 'How often the session reconnected.'),
];

const CUT = 'Sessions that the daemon cut off, by cause.';

const DAEMON = [
  stat('sessions', 'gauge', 'sessions', 'Sessions now, handshakes included.'),
  stat('groups', 'gauge', 'groups', 'Groups now.'),
  stat('connected_sessions_total', 'counter', 'connected', 'Sessions that connected.'),
  stat('refused_sessions_total', 'counter', 'refused', 'Attempts refused.'),
  stat('cut_sessions_total', 'counter', 'cutSlow', CUT, { cause: 'slow' }),
  stat('cut_sessions_total', 'counter', 'cutFaulty', CUT, { cause: 'faulty' }),
  stat('received_messages_total', 'counter', 'messagesIn', 'Messages that clients sent, pings included.'),
  stat('received_bytes_total', 'counter', 'bytesIn', 'Bytes read.'),
  stat('sent_messages_total', 'counter', 'messagesOut', 'Messages queued for clients, memberships included.'),
  stat('sent_bytes_total', 'counter', 'bytesOut', 'Bytes written.'),
  stat('reads_total', 'counter', 'reads', 'System calls that read.'),
  stat('writes_total', 'counter', 'writes', 'System calls that wrote.'),
  stat('queued_bytes', 'gauge', 'queuedBytes', 'Bytes that wait to be written, counted for each session.'),
  stat('held_bytes', 'gauge', 'heldBytes', 'Memory held for clients, what waits to be written counted once.'),
];

module.exports = { DAEMON, SESSION };
