/** `cspread daemon`: runs the embedded daemon in its own process. */

const { BlockList, isIP } = require('node:net');
const { placeOf, serveMetrics } = require('./daemon/metrics.js');
const { Failed, Usage } = require('./failures.js');
const { bytes, plural, short } = require('./layout.js');
const { library } = require('./library.js');
const { logger } = require('./log.js');
const { choice, integer } = require('./options.js');
const stderr = require('./stderr.js');
const { dim, green, interrupted, red, yellow } = require('./terminal.js');
const { page } = require('./web.js');

/** Flag → option of SpreadDaemon.start(), and what the option bounds. */
const BOUNDS = {
  'max-sessions': ['maxSessions', 'sessions at a time, 10000 by default'],
  'max-groups': ['maxGroups', 'groups in all, 1000000 by default'],
  'max-session-groups': ['maxSessionGroups', 'groups of one session, 1000 by default'],
  'max-group-members': ['maxGroupMembers', 'members of one group, 10000 by default'],
  'max-session-bytes': ['maxSessionBytes', 'bytes waiting for one session, 64 MiB by default'],
  'max-session-messages': [
    'maxSessionMessages',
    "messages waiting for one session, no bound by default; a real daemon's is 1000",
  ],
  'max-total-bytes': ['maxTotalBytes', 'bytes waiting for all sessions, 1 GiB by default'],
  'max-message-bytes': ['maxMessageBytes', 'bytes of a message with its groups, 143952 by default'],
};

const LOGS = ['text', 'json', 'none'];

const options = {
  port: { type: 'string', short: 'p', argument: 'PORT', about: '4803 by default; 0 for any free one' },
  host: { type: 'string', argument: 'ADDRESS', about: 'IP address to listen on: loopback by default; :: is every one' },
  name: { type: 'string', short: 'n', argument: 'NAME', about: "the daemon's name, localhost by default" },
  unix: { type: 'string', short: 'u', argument: 'PATH', about: 'a Unix socket to listen on too, such as /tmp/4803' },
  'unix-mode': {
    type: 'string',
    argument: 'MODE',
    about: 'its mode: 600 by default, for this user alone; 666 for all',
  },
  'allow-ip': {
    type: 'string',
    multiple: true,
    argument: 'RULE',
    about: 'who may connect: an address, address/prefix, local or unix; may be given again',
  },
  strict: { type: 'boolean', about: 'takes handshakes as a real daemon does: each unit in one write' },
  ...Object.fromEntries(
    Object.entries(BOUNDS).map(([flag, [, about]]) => [
      flag,
      { type: 'string', argument: 'NUMBER', about: `most ${about}` },
    ]),
  ),
  stats: { type: 'string', argument: 'SECONDS', about: 'prints figures at this interval' },
  metrics: {
    type: 'string',
    argument: '[HOST:]PORT',
    about: 'serves figures for Prometheus at /metrics, and /healthz; on loopback unless HOST is given',
  },
  web: {
    type: 'string',
    argument: '[HOST:]PORT',
    about: 'serves a page with all groups and sessions; on loopback unless HOST is given, with --web-token',
  },
  'web-token': { type: 'string', argument: 'TEXT', about: 'a secret without which nobody gets the page of --web' },
  log: {
    type: 'string',
    argument: 'WHAT',
    choices: LOGS,
    about: 'how to print connects and disconnects: text (by default), json or none',
  },
};

const examples = [
  ['cspread daemon', 'listens on 4803@localhost, for this machine only'],
  ['cspread daemon --port 0 --unix /tmp/4803', 'any free port, and the Unix socket that the address 4803 stands for'],
  [
    'cspread daemon --host 0.0.0.0 --allow-ip 10.0.0.0/8',
    'for other machines: nothing is encrypted, so restrict who can reach it',
  ],
  ['cspread daemon --log json --stats 10', 'for a script'],
  ['cspread daemon --web 8480', 'with a page at http://127.0.0.1:8480 that shows who does what'],
  ['cspread daemon --metrics 9464', 'with http://127.0.0.1:9464/metrics for Prometheus'],
];

const now = () => new Date().toISOString().slice(11, 19);

const CAUSES = { left: dim, gone: dim, stopped: dim, slow: red, faulty: red, refused: yellow };

function writer(log) {
  const json = (event) => JSON.stringify({ time: new Date().toISOString(), ...event });
  const text = (line) => `${dim(now())} ${line}`;
  if (log === 'json') {
    const write = logger(process.stdout, (lines) => json({ event: 'lost', lines }));
    return (event) => write(json(event));
  }
  const write =
    log === 'text' ? logger(process.stdout, (lines) => text(`${plural(lines, 'line')} that nobody read`)) : () => {};
  return (_event, line) => write(text(line));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Returns whether other machines may reach the address. */
function isOpen(host) {
  const address = host?.replace(/^\[|\]$/g, '') ?? '127.0.0.1';
  const kind = isIP(address);
  return kind !== 0 && !loopback.check(address, `ipv${kind}`);
}

/** Who can come, where that is more than this machine. */
function warn(host, port, rules) {
  if (!isOpen(host)) {
    return;
  }
  const who = rules ? 'those whom --allow-ip lets in' : 'everybody who reaches it (--allow-ip says who may)';
  const what = `it listens on ${host}, port ${port}, for other machines`;
  stderr.complain(`warning: ${what}: ${who} can read and send everything, and nothing is encrypted.`);
}

/** The mode of the Unix socket, in octal digits as for chmod. */
function modeOf({ unix, 'unix-mode': mode }) {
  if (mode === undefined) {
    return undefined;
  }
  if (!/^0?[0-7]{3}$/.test(mode)) {
    throw new Usage(`--unix-mode takes three octal digits, such as 660, not ${mode}`);
  }
  if (unix === undefined) {
    throw new Usage('--unix-mode is for the socket of --unix');
  }
  return Number.parseInt(mode, 8);
}

function tell(daemon, write) {
  const missed = ({ missed: count }) => (count > 0 ? dim(` (${plural(count, 'earlier event')} not shown)`) : '');
  daemon.on('connect', (client) => {
    const { privateGroup, peer } = client;
    write({ event: 'connect', ...client }, `${green('+')} ${privateGroup} ${dim(peer)}${missed(client)}`);
  });
  daemon.on('disconnect', (client) => {
    const { privateGroup, peer, cause, reason } = client;
    const who = privateGroup ?? 'somebody';
    write(
      { event: 'disconnect', ...client },
      `${CAUSES[cause]('-')} ${who} ${dim(peer)} ${CAUSES[cause](reason)}${missed(client)}`,
    );
  });
}

function figures({ sessions, groups, messagesIn, messagesOut, bytesOut, cutSlow, cutFaulty }) {
  const cut = cutSlow + cutFaulty > 0 ? `, ${cutSlow} cut as slow, ${cutFaulty} as faulty` : '';
  return `${plural(sessions, 'session')}, ${plural(groups, 'group')}; ${short(messagesIn)} messages in, ${short(messagesOut)} out, ${bytes(bytesOut)}${cut}`;
}

/** Serves metrics and page, where they are asked for; a daemon that cannot have them stops. */
async function serveAll(daemon, scraped, seen) {
  const all = [];
  try {
    all.push(scraped && (await serveMetrics(daemon, scraped)));
    all.push(seen && (await page({ daemon, ...seen })));
    return all;
  } catch (error) {
    await all[0]?.close();
    await daemon.stop();
    throw error;
  }
}

/** Starts the daemon. What keeps it from listening ends the command, with the cure if there is one. */
async function begin(options) {
  const { path } = options;
  try {
    return await library().SpreadDaemon.start(options);
  } catch (error) {
    if (/in use|already|only one usage/i.test(error.message)) {
      const cure =
        path && error.message.includes(path)
          ? 'Another daemon may be listening there, or the file is not a socket: choose another path with --unix.'
          : 'Another daemon may be running: choose another port with --port (0: any free one).';
      throw new Failed(`${error.message}\n${cure}`);
    }
    throw /^ERR_(?!SPREAD_)/.test(error.code) ? new Failed(error.message) : error;
  }
}

async function run({ values }) {
  const bounds = Object.entries(BOUNDS)
    .filter(([flag]) => values[flag] !== undefined)
    .map(([flag, [option]]) => [option, integer(values, flag, undefined, 1)]);
  const write = writer(choice(values, 'log', 'text', LOGS));
  const every = integer(values, 'stats', undefined, 1, 86_400);
  const scraped = values.metrics === undefined ? undefined : placeOf('metrics', values.metrics);
  const seen = values.web === undefined ? undefined : placeOf('web', values.web);
  const { host, name, unix: path, 'allow-ip': allowIp } = values;
  const wanted = {
    port: integer(values, 'port', 4803, 0, 65_535),
    host,
    name,
    path,
    mode: modeOf(values),
    strict: values.strict,
    allowIp,
    ...Object.fromEntries(bounds),
  };
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const daemon = await begin(given);
  const [served, shown] = await serveAll(daemon, scraped, seen && { ...seen, token: values['web-token'] });
  // Whoever has read that it listens may ask it to stop.
  const asked = interrupted();
  warn(host, daemon.port, allowIp);
  if (served && isOpen(scraped.host)) {
    stderr.complain(`warning: everybody who reaches ${served.url} can read the figures.`);
  }
  tell(daemon, write);
  const where = [daemon.address, ...(daemon.path ? [daemon.path] : [])];
  write(
    { event: 'listening', addresses: where, name: daemon.name },
    `listening at ${where.join(' and ')}; Ctrl-C stops`,
  );
  if (served) {
    write({ event: 'metrics', url: served.url }, `metrics at ${served.url}`);
  }
  if (shown) {
    write({ event: 'web', url: shown.url }, `page at ${shown.url}`);
  }
  const timer =
    every &&
    setInterval(() => {
      const stats = daemon.stats();
      write({ event: 'stats', ...stats }, dim(figures(stats)));
    }, every * 1000);
  await asked;
  clearInterval(timer);
  await Promise.all([served?.close(), shown?.close()]);
  await daemon.stop();
  write({ event: 'stopped', ...daemon.stats() }, `stopped: ${figures(daemon.stats())}`);
}

module.exports = {
  summary: 'runs the embedded daemon: one node, for development and single hosts',
  usage: '',
  options,
  examples,
  outlivesReader: true,
  run,
};
