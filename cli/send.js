/** `cspread send`: one message, from the arguments or from stdin. */

const { library } = require('./library.js');
const { CONNECTING, SERVICES, choice, connecting, group, integer } = require('./options.js');

const options = {
  ...CONNECTING,
  service: { type: 'string', short: 's', argument: 'SERVICE', about: `${SERVICES.join(', ')}; agreed by default` },
  type: { type: 'string', short: 't', argument: 'NUMBER', about: "the message's type, 0 to 32767, 0 by default" },
  lines: { type: 'boolean', short: 'l', about: 'a message for each line of stdin' },
};

const examples = [
  ['cspread send room "hello, everybody"', 'a text'],
  ['gzip < state | cspread send backup -', 'bytes, as they are, in one message'],
  ['tail -f app.log | cspread send logs - --lines', 'a message for each line, as it comes'],
  ["cspread send '#anna#localhost' hi", 'to one session'],
  ['cspread send room -- -h', 'a text that begins with -'],
];

async function* stdin(byLine) {
  if (!byLine) {
    const chunks = [];
    for await (const chunk of process.stdin) {
      chunks.push(chunk);
    }
    yield Buffer.concat(chunks);
    return;
  }
  let rest = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) {
    yield rest;
  }
}

async function run({ values, positionals: [to, text = '-'] }) {
  const target = to.startsWith('#') ? to : group(to);
  const how = { service: choice(values, 'service', 'agreed', SERVICES), type: integer(values, 'type', 0, 0, 32_767) };
  const session = await library().connect({ ...connecting(values), membership: false });
  // Whatever ends the session before all is sent is told by the calls.
  session.on('disconnect', () => {});
  try {
    for await (const data of text === '-' ? stdin(values.lines) : [text]) {
      if (!session.send(target, data, how)) {
        await session.drained();
      }
    }
    // There and back: the daemon has taken what was sent before.
    await session.ping();
  } finally {
    await session.disconnect();
  }
}

module.exports = {
  summary: 'sends a message to a group, from the arguments or from stdin',
  usage: 'GROUP [TEXT|-]',
  positionals: { least: 1, most: 2 },
  takesText: true,
  notes: [
    'Without TEXT, or with -, the message is what comes on stdin, byte by byte. It ends when the daemon has taken all.',
  ],
  options,
  examples,
  run,
};
