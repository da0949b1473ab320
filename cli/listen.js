/** `cspread listen`: prints deliveries of groups, for people or for scripts. */

const { Failed, Usage } = require('./failures.js');
const { library } = require('./library.js');
const { asJson, asText, asTranscript } = require('./listen/formats.js');
const { RECONNECTING, announce, lostForGood, reconnecting } = require('./losses.js');
const { CONNECTING, connecting, group, integer } = require('./options.js');
const { note } = require('./stderr.js');
const { interrupted } = require('./terminal.js');

const options = {
  ...CONNECTING,
  ...RECONNECTING,
  json: {
    type: 'boolean',
    about: 'prints a JSON object a line: messages (in base64 if not UTF-8) and membership changes',
  },
  raw: { type: 'boolean', about: 'prints only the bytes of the messages, one after the other' },
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'ends after so many messages' },
  timeout: {
    type: 'string',
    argument: 'MS',
    about: 'ends after this time: with exit code 3 if --count was not reached',
  },
  views: { type: 'boolean', about: 'prints membership changes as well as messages' },
  time: { type: 'boolean', about: 'prints when each delivery came; with --json as `time`' },
  transcript: {
    type: 'boolean',
    about: 'prints all deliveries as every member sees them, a line each, so that diff compares two members',
  },
};

const examples = [
  ['cspread listen room --views', 'messages and membership changes'],
  ['cspread listen a b --json | jq .sender', 'for a script'],
  ['cspread listen room --transcript > a', 'what this member sees, to compare with what another one sees'],
  ['cspread listen backup --raw --count 1 | gunzip > state', 'one message, its bytes unchanged'],
];

/** Writes a delivery; resolves when stdout can take more. */
function print(delivery, { raw, json, views, transcript, time }, showGroup) {
  const isMessage = delivery.kind === 'message';
  const how = { showGroup, time: time ? new Date() : undefined };
  if (raw) {
    return isMessage ? write(delivery.data) : undefined;
  }
  if (transcript) {
    return write(`${asTranscript(delivery)}\n`);
  }
  if (json) {
    return write(`${asJson(delivery, how)}\n`);
  }
  return isMessage || views ? write(`${asText(delivery, how)}\n`) : undefined;
}

function write(data) {
  return process.stdout.write(data) ? undefined : new Promise((resolve) => process.stdout.once('drain', resolve));
}

async function run({ values, positionals }) {
  const groups = [...new Set(positionals.map(group))];
  const formats = ['raw', 'json', 'transcript'].filter((name) => values[name]);
  if (values.time && (values.raw || values.transcript)) {
    formats.push('time');
  }
  if (formats.length > 1) {
    throw new Usage(`--${formats[0]} and --${formats.at(-1)} cannot be used together`);
  }
  const count = integer(values, 'count', Number.POSITIVE_INFINITY, 1);
  const timeout = integer(values, 'timeout', undefined, 1, 2 ** 31 - 1);
  const session = await library().connect({ ...connecting(values), ...reconnecting(values) });
  announce(session, note);
  const lost = lostForGood(session);
  lost.catch(() => session.disconnect());
  const deliveries = session.deliveries();
  const ends = [interrupted().then(() => 'interrupted')];
  let timer;
  if (timeout !== undefined) {
    ends.push(
      new Promise((resolve) => {
        timer = setTimeout(resolve, timeout, 'timeout');
      }),
    );
  }
  const end = Promise.race(ends);
  end.then(() => session.disconnect());
  // A failed join ends the command, even if other groups were joined.
  const joined = Promise.all(groups.map((name) => session.join(name)));
  joined.then(
    () => process.stderr.isTTY && note(`listening to ${groups.join(', ')} as ${session.privateGroup}; Ctrl-C ends`),
    () => session.disconnect(),
  );
  let messages = 0;
  for await (const delivery of deliveries) {
    await print(delivery, values, groups.length > 1);
    messages += delivery.kind === 'message' ? 1 : 0;
    if (messages >= count) {
      break;
    }
  }
  clearTimeout(timer);
  await session.disconnect();
  if (messages >= count) {
    return 0;
  }
  // Without an end it was asked for, the session is lost, or a group was refused.
  await Promise.race([joined.then(() => Promise.race([lost, end])), end]);
  if ((await end) === 'timeout' && count !== Number.POSITIVE_INFINITY) {
    throw new Failed(`received ${messages} of ${count} messages in ${timeout} ms`, 3);
  }
  return 0;
}

module.exports = {
  summary: 'prints the messages of groups',
  usage: 'GROUP…',
  positionals: { least: 1, most: 1000 },
  options,
  examples,
  run,
};
