/** `cspread listen`: prints deliveries of groups, for people or for scripts. */

const { textOf } = require('./contents.js');
const { Failed, Usage } = require('./failures.js');
const { hanging, plural } = require('./layout.js');
const { library } = require('./library.js');
const { CONNECTING, connecting, group, integer } = require('./options.js');
const { note } = require('./stderr.js');
const { dim, escaped, harmless, hue, interrupted } = require('./terminal.js');

const options = {
  ...CONNECTING,
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
};

const examples = [
  ['cspread listen room --views', 'messages and membership changes'],
  ['cspread listen a b --json | jq .sender', 'for a script'],
  ['cspread listen backup --raw --count 1 | gunzip > state', 'one message, its bytes unchanged'],
];

function contents(data) {
  const text = textOf(data);
  return text === undefined ? { base64: data.toString('base64') } : { data: text };
}

function asJson(delivery) {
  const { kind, group: name } = delivery;
  switch (kind) {
    case 'message':
    case 'reject': {
      const { groups, sender, data, type, service } = delivery;
      return { kind, group: name, groups, sender, type, service, ...contents(data) };
    }
    case 'membership': {
      const { cause, member, joined, left, view } = delivery;
      return { kind, group: name, cause, member, joined, left, members: view?.members ?? [] };
    }
    default:
      return { kind, group: name };
  }
}

function asText(delivery, showGroup) {
  const where = showGroup ? `${dim(delivery.group)} ` : '';
  switch (delivery.kind) {
    case 'message': {
      const { sender, data } = delivery;
      return `${where}${hue(sender)(sender)} ${hanging(harmless(textOf(data) ?? plural(data.length, 'byte')))}`;
    }
    case 'membership': {
      const { cause, member, view, joined, left } = delivery;
      const who = member ?? [...joined.map((one) => `+${one}`), ...left.map((one) => `-${one}`)].join(' ');
      return `${where}${dim(`* ${cause}${who ? ` ${who}` : ''}: ${view ? view.members.join(' ') : 'left'}`)}`;
    }
    default:
      return `${where}${dim(`* ${delivery.kind}`)}`;
  }
}

/** Writes a delivery; resolves when stdout can take more. */
function print(delivery, { raw, json, views }, showGroup) {
  const isMessage = delivery.kind === 'message';
  if (raw) {
    return isMessage ? write(delivery.data) : undefined;
  }
  if (json) {
    return write(`${escaped(JSON.stringify(asJson(delivery)))}\n`);
  }
  return isMessage || views ? write(`${asText(delivery, showGroup)}\n`) : undefined;
}

function write(data) {
  return process.stdout.write(data) ? undefined : new Promise((resolve) => process.stdout.once('drain', resolve));
}

async function run({ values, positionals }) {
  const groups = [...new Set(positionals.map(group))];
  if (values.raw && values.json) {
    throw new Usage('--raw and --json cannot be used together');
  }
  const count = integer(values, 'count', Number.POSITIVE_INFINITY, 1);
  const timeout = integer(values, 'timeout', undefined, 1, 2 ** 31 - 1);
  const session = await library().connect(connecting(values));
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
  await Promise.race([joined, end]);
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
