/** Flags: their definitions, their parsing, and the errors about wrong ones. */

const { parseArgs } = require('node:util');
const bundled = require('./bundled.js');
const { Usage } = require('./failures.js');

/** The services a message may be sent with, by name. */
const SERVICES = ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'];

const ENGINES = ['native', 'libspread'];

/** The flags of all commands that connect. */
const CONNECTING = {
  address: {
    type: 'string',
    short: 'a',
    argument: 'ADDRESS',
    about:
      'the daemon: 4803@host, 4803 (its Unix socket) or a path. By default CSPREAD_DAEMON, else SPREAD_DAEMON, else 4803@localhost',
  },
  name: {
    type: 'string',
    short: 'n',
    argument: 'NAME',
    about: 'private name, at most 10 characters; by default the daemon chooses one',
  },
  engine: {
    type: 'string',
    argument: 'ENGINE',
    choices: ENGINES,
    about: `${ENGINES.join(' or ')}; by default CSPREAD_ENGINE, else native`,
  },
  'connect-timeout': { type: 'string', argument: 'MS', about: 'time to connect, 5000 by default' },
};

/** A daemon that hangs is detected after twice this, in ms: well above the time of a change among real daemons. */
const PING = 10_000;

/** Reads the arguments of a command. */
function parse(command, args) {
  let parsed;
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  );
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Usage(reasonOf(error, command));
  }
  const { least = 0, most = least } = command.positionals ?? {};
  const count = parsed.positionals.length;
  if (count < least || count > most) {
    const missing = command.usage.split(' ')[count]?.replace('…', '');
    throw new Usage(
      count < least ? `missing argument: ${missing}` : `unexpected argument '${parsed.positionals[most]}'`,
    );
  }
  return parsed;
}

function reasonOf(error, { options, takesText }) {
  // Node names the flag: '--port', '-p', or '-p, --port <value>'.
  const [, given] = /'(-[^' ,]*)/.exec(error.message);
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = nearest(
      given,
      Object.keys(options).map((name) => `--${name}`),
    );
    const hint = meant ? `: did you mean ${meant}?` : takesText ? ' (to send it as text, put it after --)' : '';
    return `unknown option ${given}${hint}`;
  }
  const [name, { argument }] = Object.entries(options).find(
    ([long, { short }]) => given === `--${long}` || given === `-${short}`,
  );
  return argument ? `--${name} takes a value: --${name}=${argument}` : `--${name} takes no value`;
}

/** Returns a flag's whole number, checked against its bounds. */
function integer(values, name, standard, least, most = Number.MAX_SAFE_INTEGER) {
  const given = values[name];
  if (given === undefined) {
    return standard;
  }
  const number = Number(given);
  if (!/^\d+$/.test(given) || number < least || number > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new Usage(`--${name} takes a whole number ${range}, not ${given}`);
  }
  return number;
}

/** Returns a flag's value, checked to be one of the choices. */
function choice(values, name, standard, choices) {
  const given = values[name] ?? standard;
  if (given !== undefined && !choices.includes(given)) {
    throw new Usage(`--${name} takes one of ${choices.join(', ')}, not ${given}`);
  }
  return given;
}

/** Returns the name, checked to be a valid group name. */
function group(name) {
  if (!/^[$-~]{1,31}$/.test(name)) {
    throw new Usage(
      `'${name}' is not a valid group name: 1 to 31 letters, digits and most punctuation, no blanks, ! " or #`,
    );
  }
  return name;
}

/** Returns { variable, address } of the daemon that the environment names, if it names one. */
function daemonOfEnvironment() {
  const variable = ['CSPREAD_DAEMON', 'SPREAD_DAEMON'].find((name) => process.env[name]);
  return { variable, address: variable && process.env[variable] };
}

/** Returns the options of connect() for the flags of CONNECTING. */
function connecting(values) {
  const { CSPREAD_ENGINE } = process.env;
  if (CSPREAD_ENGINE && !ENGINES.includes(CSPREAD_ENGINE)) {
    throw new Usage(`CSPREAD_ENGINE must be ${ENGINES.join(' or ')}, not ${CSPREAD_ENGINE}`);
  }
  return {
    address: values.address ?? (daemonOfEnvironment().address || '4803@localhost'),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.engine !== undefined && { engine: choice(values, 'engine', undefined, ENGINES) }),
    timeout: integer(values, 'connect-timeout', 5000, 1, 2 ** 31 - 1),
    pingInterval: PING,
    pingTimeout: PING,
  };
}

/** Returns the name that was probably meant, if one is similar enough. */
function nearest(given, names) {
  const near = names.map((name) => [bundled.distance(given, name), name]).sort(([a], [b]) => a - b)[0];
  return near && near[0] <= Math.max(1, Math.floor(given.length / 3)) ? near[1] : undefined;
}

module.exports = {
  CONNECTING,
  ENGINES,
  SERVICES,
  choice,
  connecting,
  daemonOfEnvironment,
  group,
  integer,
  nearest,
  parse,
};
