/** `cspread send`: sends messages, from the arguments or from stdin. */

const { setTimeout: later } = require('node:timers/promises');
const { Failed, Usage, isLost } = require('./failures.js');
const { library } = require('./library.js');
const { CONNECTING, SERVICES, choice, connecting, group, integer } = require('./options.js');
const { note } = require('./stderr.js');
const { interrupted } = require('./terminal.js');

/** Most bytes of a message with its groups, and those that each group takes of them. */
const [MOST_BYTES, GROUP_BYTES] = [140_000, 32];

/** Own messages that may be on their way back, with --confirm: below the bound at which daemons cut off a session. */
const WINDOW = 500;

const options = {
  ...CONNECTING,
  service: {
    type: 'string',
    short: 's',
    argument: 'SERVICE',
    choices: SERVICES,
    about: `${SERVICES.join(', ')}; agreed by default`,
  },
  type: { type: 'string', short: 't', argument: 'NUMBER', about: "the message's type, 0 to 32767; 0 by default" },
  lines: { type: 'boolean', short: 'l', about: 'sends each line of stdin as a message' },
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'sends the message so many times, 1 by default' },
  rate: { type: 'string', short: 'r', argument: 'NUMBER', about: 'messages a second at most; no bound by default' },
  confirm: { type: 'boolean', about: 'waits until its own copy of each message came back' },
};

const examples = [
  ['cspread send room "hello, everybody"', 'a text'],
  ['gzip < state | cspread send backup -', 'the bytes of stdin, in one message'],
  ['tail -f app.log | cspread send logs - --lines', 'each line as a message, as soon as it is read'],
  ['cspread send room tick --count 60 --rate 1', 'a message a second, for a minute'],
  ['cspread send room "the last one" --confirm', 'ends once the message is delivered'],
  ["cspread send '#anna#localhost' hi", 'to one session'],
  ['cspread send room -- -h', 'a text that begins with -'],
];

/** Reads stdin: in one piece, or line by line. Keeps no more of it than a message may have. */
async function* stdin(byLine, most) {
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    if (byLine) {
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield rest.subarray(0, end);
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > most) {
      const hint = byLine ? '' : '; --lines sends each line as a message';
      throw new Failed(`stdin has more than the ${most} bytes of a message${hint}`);
    }
  }
  if (!byLine || rest.length > 0) {
    yield rest;
  }
}

/** Yields each message so many times. */
async function* repeated(messages, count) {
  for await (const data of messages) {
    for (let sent = 0; sent < count; sent += 1) {
      yield data;
    }
  }
}

/** Yields the messages, so many a second at most. Being late for one does not make the next ones come sooner. */
async function* paced(messages, rate) {
  let due = performance.now();
  for await (const data of messages) {
    const wait = due - performance.now();
    if (wait > 0) {
      await later(wait);
    }
    due = Math.max(due, performance.now() - 1000 / rate) + 1000 / rate;
    yield data;
  }
}

/** Counts the copies that come back; `all(number)` resolves once there are so many. */
function copiesOf(session) {
  let count = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let resolve;
  session.on('message', ({ sender }) => {
    count += sender === session.privateGroup ? 1 : 0;
    if (count >= wanted) {
      resolve();
    }
  });
  return (number) =>
    new Promise((done) => {
      [wanted, resolve] = [number, done];
      if (count >= wanted) {
        done();
      }
    });
}

async function sendAll(session, targets, messages, { confirm, ...how }) {
  const copies = confirm ? copiesOf(session) : undefined;
  let sent = 0;
  for await (const data of messages) {
    sent += 1;
    if (!session.send(targets, data, how)) {
      await session.drained();
    }
  }
  // The answer proves that the daemon has taken everything sent before.
  await session.ping();
  await copies?.(sent);
}

async function run({ values, positionals: [to, text = '-'] }) {
  const target = to.startsWith('#') ? to : group(to);
  const service = choice(values, 'service', 'agreed', SERVICES);
  const how = { service, type: integer(values, 'type', 0, 0, 32_767), confirm: values.confirm };
  const count = integer(values, 'count', 1, 1);
  const rate = integer(values, 'rate', undefined, 1, 1_000_000);
  if (how.confirm && service === 'unreliable') {
    throw new Usage('--confirm needs a service whose messages are not lost, and unreliable ones may be');
  }
  if (values.lines && count > 1) {
    throw new Usage('--lines and --count cannot be used together');
  }
  const window = how.confirm ? { sendWindow: WINDOW } : {};
  const session = await library().connect({ ...connecting(values), ...window, membership: false });
  const targets = how.confirm ? [...new Set([target, session.privateGroup])] : [target];
  // Stdin may be slow: the end of the session does not wait for it.
  const lost = new Promise((_, reject) => session.on('disconnect', ({ error }) => reject(error)));
  const stopped = interrupted().then(() => {
    throw new Failed('interrupted before everything was sent', 130);
  });
  const isFromStdin = text === '-';
  if (isFromStdin && process.stdin.isTTY) {
    note(values.lines ? 'each line is a message; Ctrl-D ends' : 'Ctrl-D on a line of its own ends the message');
  }
  const given = isFromStdin ? stdin(values.lines, MOST_BYTES - targets.length * GROUP_BYTES) : [text];
  const all = repeated(given, count);
  const messages = rate === undefined ? all : paced(all, rate);
  try {
    const sent = sendAll(session, targets, messages, how).catch((error) =>
      isLost(error) ? lost : Promise.reject(error),
    );
    await Promise.race([sent, lost, stopped]);
  } finally {
    if (isFromStdin) {
      process.stdin.destroy();
    }
    await session.disconnect();
  }
}

module.exports = {
  summary: 'sends a message to a group, from the arguments or from stdin',
  usage: 'GROUP [TEXT|-]',
  positionals: { least: 1, most: 2 },
  takesText: true,
  notes: [
    'Without TEXT, or with -, it sends the bytes of stdin. It ends when the daemon has taken everything, with --confirm when it has delivered it.',
  ],
  options,
  examples,
  run,
};
