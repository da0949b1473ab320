/** `cspread top`: shows groups live: members, changes, and the rate of each sender. */

const { library } = require('./library.js');
const { RECONNECTING, lostForGood, reconnecting } = require('./losses.js');
const { shortName } = require('./names.js');
const { CONNECTING, connecting, group, integer } = require('./options.js');
const { canDraw, height, interrupted, width } = require('./terminal.js');
const { picture } = require('./top/picture.js');
const { Watched } = require('./top/watched.js');

const options = {
  ...CONNECTING,
  ...RECONNECTING,
  interval: { type: 'string', short: 'i', argument: 'MS', about: 'time between two updates, 1000 by default' },
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'ends after so many updates' },
  json: { type: 'boolean', about: 'prints a JSON object an update, instead of the picture' },
};

const examples = [
  ['cspread top orders prices', 'shows two groups; q ends'],
  ['cspread top orders --json -c 10', 'ten updates, for a script'],
];

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

/** Returns whether keys end it: Ctrl-C, q, or escape alone (other keys send escape and more after it). */
function ends(keys) {
  return keys.includes(CTRL_C) || keys === ESCAPE || (!keys.startsWith(ESCAPE) && keys.includes('q'));
}

function asJson(groups) {
  const about = [...groups].map(([name, { members, views, rows }]) => [
    name,
    { members, views, senders: rows.map(({ sender, messages, bytes }) => ({ sender, messages, bytes })) },
  ]);
  return JSON.stringify({ time: new Date().toISOString(), groups: Object.fromEntries(about) });
}

/** The events that change the picture at once. */
const SHOWN = ['membership', 'disconnect', 'reconnect'];

/** Opens the alternate screen; `key` resolves when a key ends it. Without a terminal it prints lines. */
function screen() {
  const { stdin, stdout } = process;
  if (!canDraw(stdout)) {
    return { key: new Promise(() => {}), draw: (lines) => stdout.write(`${lines.join('\n')}\n\n`), restore() {} };
  }
  stdout.write('\u001b[?1049h\u001b[?25l');
  const isRaw = Boolean(stdin.isTTY);
  const key = new Promise((resolve) => {
    if (isRaw) {
      // A closed terminal can no longer be read or set.
      stdin.on('error', resolve);
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
  return {
    key,
    draw: (lines) => stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`),
    restore: () => process.off('exit', restore) && restore(),
  };
}

async function watch(session, groups, { interval, looks, json, ended }) {
  const { key, draw, restore } = json ? { key: new Promise(() => {}), draw() {}, restore() {} } : screen();
  const isLive = !json && canDraw(process.stdout);
  const footOf = () =>
    session.state === 'connected'
      ? `${session.address} as ${shortName(session.privateGroup)} · q ends`
      : 'the connection is lost: trying to come back · q ends';
  const show = () => draw(picture(groups, width(), height(), isLive ? footOf() : undefined));
  let since = performance.now();
  let left = looks;
  let timer;
  const looked = new Promise((resolve) => {
    const look = () => {
      const now = performance.now();
      for (const watched of groups.values()) {
        watched.look(Math.max(1, now - since) / 1000);
      }
      since = now;
      if (json) {
        console.log(asJson(groups));
      } else {
        show();
      }
      left -= 1;
      if (left <= 0) {
        resolve();
      }
    };
    timer = setInterval(look, interval);
  });
  if (isLive) {
    show();
    for (const event of SHOWN) {
      session.on(event, show);
    }
    process.stdout.on('resize', show);
  }
  try {
    await Promise.race([ended, key, looked]);
  } finally {
    clearInterval(timer);
    for (const event of SHOWN) {
      session.off(event, show);
    }
    process.stdout.off('resize', show);
    restore();
  }
}

async function run({ values, positionals }) {
  const groups = new Map(positionals.map((name) => [group(name), new Watched()]));
  const interval = integer(values, 'interval', 1000, 10, 3_600_000);
  const looks = integer(values, 'count', Number.POSITIVE_INFINITY, 1);
  const session = await library().connect({ ...connecting(values), ...reconnecting(values) });
  session.on('message', (message) => {
    for (const name of message.groups) {
      groups.get(name)?.message(message);
    }
  });
  session.on('membership', (membership) => groups.get(membership.group)?.membership(membership));
  const lost = lostForGood(session);
  const ended = Promise.race([interrupted(), lost]);
  const joined = Promise.all([...groups.keys()].map((name) => session.join(name)));
  // Each may reject when nothing awaits it any more.
  for (const late of [ended, joined]) {
    late.catch(() => {});
  }
  try {
    if (await Promise.race([ended, joined.then(() => undefined)])) {
      return;
    }
    await watch(session, groups, { interval, looks, json: values.json, ended });
  } finally {
    await session.disconnect();
  }
}

module.exports = {
  summary: 'shows groups live: members, changes, rates by sender',
  usage: 'GROUP…',
  positionals: { least: 1, most: 100 },
  notes: [
    'On a terminal q ends it. Elsewhere it prints a picture at each update. It joins the groups to see them, so it is a member itself.',
  ],
  options,
  examples,
  run,
};
