/** `cspread top`: groups as they live: members, changes, and who sends how much. */

const { fit, short, sparkline } = require('./layout.js');
const { library } = require('./library.js');
const { CONNECTING, connecting, group, integer } = require('./options.js');
const { bold, dim, height, hue, interrupted, width, yellow } = require('./terminal.js');

const options = {
  ...CONNECTING,
  interval: { type: 'string', short: 'i', argument: 'MS', about: 'between two looks, 1000 by default' },
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'ends after so many looks' },
  json: { type: 'boolean', about: 'a JSON object a look, instead of the picture' },
};

const examples = [
  ['cspread top orders prices', 'two groups; q ends'],
  ['cspread top orders --json -c 10', 'ten looks, for a script'],
];

/** What ends it is Ctrl-C, q, and escape by itself: other keys send that with more behind. */
const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

function ends(keys) {
  return keys.includes(CTRL_C) || keys === ESCAPE || (!keys.startsWith(ESCAPE) && keys.includes('q'));
}

/** Looks that a sparkline has. */
const HISTORY = 60;

/** What is known of one group. */
class Watched {
  views = 0;
  last = '';
  members = [];
  /** Sender → { messages, bytes, history }: since the last look, and messages a second of those before. */
  senders = new Map();

  message({ sender, data }) {
    const entry = this.senders.get(sender) ?? { messages: 0, bytes: 0, history: [] };
    entry.messages += 1;
    entry.bytes += data.length;
    this.senders.set(sender, entry);
  }

  membership({ view, cause, member }) {
    this.views += 1;
    this.members = view?.members ?? [];
    this.last = `${cause}${member ? ` ${member}` : ''}`;
  }

  /** A look: rates a second of everybody who has sent, the busiest first. */
  look(seconds) {
    const rows = [];
    for (const [sender, entry] of this.senders) {
      const [messages, bytes] = [entry.messages / seconds, entry.bytes / seconds];
      entry.history = [...entry.history, messages].slice(-HISTORY);
      [entry.messages, entry.bytes] = [0, 0];
      if (entry.history.some((rate) => rate > 0)) {
        rows.push({ sender, messages, bytes, history: entry.history });
      } else {
        this.senders.delete(sender);
      }
    }
    return rows.sort((a, b) => b.messages - a.messages || a.sender.localeCompare(b.sender));
  }
}

function asJson(groups, seconds) {
  const about = [...groups].map(([name, watched]) => [
    name,
    {
      members: watched.members,
      views: watched.views,
      senders: watched.look(seconds).map(({ sender, messages, bytes }) => ({ sender, messages, bytes })),
    },
  ]);
  return JSON.stringify({ time: new Date().toISOString(), groups: Object.fromEntries(about) });
}

/** The picture, in so many columns and rows. */
function picture(groups, seconds, columns, rows) {
  const lines = [];
  for (const [name, watched] of groups) {
    const senders = watched.look(seconds);
    const total = senders.reduce((sum, { messages }) => sum + messages, 0);
    const { members, views, last } = watched;
    const head = `${members.length} members  ${views} views  ${short(Math.round(total))} msg/s`;
    lines.push(bold(fit(`${name}  `, Math.max(8, columns - head.length - 1))) + head);
    lines.push(dim(fit(`last: ${last || 'nothing'}  ${members.join(' ')}`, columns)));
    const nameColumns = Math.min(33, Math.max(10, Math.floor(columns / 3)));
    const spark = Math.max(0, Math.min(HISTORY, columns - nameColumns - 23));
    for (const { sender, messages, bytes, history } of senders) {
      const recent = history.slice(-spark).map((rate) => rate);
      const line = spark > 0 ? ` ${sparkline(recent).padStart(spark)}` : '';
      const rates = `${fit(`${short(Math.round(messages))}/s`, 9, true)} ${fit(`${short(Math.round(bytes))}B/s`, 11, true)}`;
      lines.push(`${hue(sender)(fit(sender, nameColumns))}${rates}${yellow(line)}`);
    }
    if (senders.length === 0) {
      lines.push(dim('nobody sends'));
    }
    lines.push('');
  }
  return lines.length > rows ? [...lines.slice(0, rows - 1), dim(`… ${lines.length - rows + 1} lines more`)] : lines;
}

/** Draws over what was drawn before; on a pipe, below it. */
function draw(lines) {
  if (process.stdout.isTTY) {
    process.stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`);
  } else {
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

/** A screen of its own, left as it was found; keys end it. Resolves when one does. */
function ownScreen() {
  const { stdin, stdout } = process;
  if (!stdout.isTTY) {
    return { key: new Promise(() => {}), restore() {} };
  }
  stdout.write('\u001b[?1049h\u001b[?25l');
  const isRaw = Boolean(stdin.isTTY && stdin.setRawMode);
  const key = new Promise((resolve) => {
    if (isRaw) {
      stdin.setRawMode(true);
      stdin.setEncoding('utf8').on('data', (keys) => ends(keys) && resolve());
    }
  });
  const restore = () => {
    if (isRaw) {
      stdin.setRawMode(false);
      stdin.pause();
    }
    stdout.write('\u001b[?25h\u001b[?1049l');
  };
  process.once('exit', restore);
  return { key, restore: () => process.off('exit', restore) && restore() };
}

async function run({ values, positionals }) {
  const groups = new Map(positionals.map((name) => [group(name), new Watched()]));
  const interval = integer(values, 'interval', 1000, 10, 3_600_000);
  const looks = integer(values, 'count', Number.POSITIVE_INFINITY, 1);
  const session = await library().connect(connecting(values));
  session.on('message', (message) => {
    for (const name of message.groups) {
      groups.get(name)?.message(message);
    }
  });
  session.on('membership', (membership) => groups.get(membership.group)?.membership(membership));
  const lost = new Promise((_, reject) => session.on('disconnect', ({ error }) => reject(error)));
  // It may come while the groups are joined.
  lost.catch(() => {});
  await Promise.all([...groups.keys()].map((name) => session.join(name)));

  const { key, restore } = values.json ? { key: new Promise(() => {}), restore() {} } : ownScreen();
  const over = Promise.race([interrupted(), key, lost]);
  let since = performance.now();
  let left = looks;
  let timer;
  const looked = new Promise((resolve) => {
    const look = () => {
      const seconds = Math.max(0.001, (performance.now() - since) / 1000);
      since = performance.now();
      if (values.json) {
        console.log(asJson(groups, seconds));
      } else {
        draw(picture(groups, seconds, width(), height()));
      }
      left -= 1;
      if (left <= 0) {
        resolve();
      }
    };
    timer = setInterval(look, interval);
    if (!values.json && process.stdout.isTTY) {
      draw([dim(`looking at ${[...groups.keys()].join(', ')} …`)]);
    }
  });
  try {
    await Promise.race([over, looked]);
  } finally {
    clearInterval(timer);
    restore();
    await session.disconnect();
  }
}

module.exports = {
  summary: 'shows groups live: members, changes, rates by sender',
  usage: 'GROUP…',
  positionals: { least: 1, most: 100 },
  notes: ['On a terminal q ends it. Elsewhere a picture comes at each look, one below the other.'],
  options,
  examples,
  run,
};
