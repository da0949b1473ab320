/** `cspread send`: sends messages, from the arguments or from stdin. */

const { Failed, isLost } = require('./failures.js');
const { library } = require('./library.js');
const { CONNECTING, SERVICES, choice, connecting, group, integer } = require('./options.js');
const { note } = require('./stderr.js');
const { interrupted } = require('./terminal.js');

/** Most bytes of a message to one group. */
const MOST_BYTES = 140_000 - 32;

const options = {
  ...CONNECTING,
  service: { type: 'string', short: 's', argument: 'SERVICE', about: `${SERVICES.join(', ')}; agreed by default` },
  type: { type: 'string', short: 't', argument: 'NUMBER', about: "the message's type, 0 to 32767; 0 by default" },
  lines: { type: 'boolean', short: 'l', about: 'sends each line of stdin as a message' },
};

const examples = [
  ['cspread send room "hello, everybody"', 'a text'],
  ['gzip < state | cspread send backup -', 'the bytes of stdin, in one message'],
  ['tail -f app.log | cspread send logs - --lines', 'each line as a message, as soon as it is read'],
  ["cspread send '#anna#localhost' hi", 'to one session'],
  ['cspread send room -- -h', 'a text that begins with -'],
];

/** Reads stdin: in one piece, or line by line. Keeps no more of it than a message may have. */
async function* stdin(byLine) {
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    if (byLine) {
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield rest.subarray(0, end);
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > MOST_BYTES) {
      const hint = byLine ? '' : '; --lines sends each line as a message';
      throw new Failed(`stdin has more than the ${MOST_BYTES} bytes of a message${hint}`);
    }
  }
  if (!byLine || rest.length > 0) {
    yield rest;
  }
}

async function sendAll(session, target, messages, how) {
  for await (const data of messages) {
    if (!session.send(target, data, how)) {
      await session.drained();
    }
  }
  // The answer proves that the daemon has taken everything sent before.
  await session.ping();
}

async function run({ values, positionals: [to, text = '-'] }) {
  const target = to.startsWith('#') ? to : group(to);
  const how = { service: choice(values, 'service', 'agreed', SERVICES), type: integer(values, 'type', 0, 0, 32_767) };
  const session = await library().connect({ ...connecting(values), membership: false });
  // Stdin may be slow: the end of the session does not wait for it.
  const lost = new Promise((_, reject) => session.on('disconnect', ({ error }) => reject(error)));
  const stopped = interrupted().then(() => {
    throw new Failed('interrupted before everything was sent', 130);
  });
  const isFromStdin = text === '-';
  if (isFromStdin && process.stdin.isTTY) {
    note(values.lines ? 'each line is a message; Ctrl-D ends' : 'Ctrl-D on a line of its own ends the message');
  }
  const messages = isFromStdin ? stdin(values.lines) : [text];
  try {
    const sent = sendAll(session, target, messages, how).catch((error) =>
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
  notes: ['Without TEXT, or with -, it sends the bytes of stdin. It ends when the daemon has taken everything.'],
  options,
  examples,
  run,
};
