/** `cspread web`: serves a page that shows groups live. */

const { spawn } = require('node:child_process');
const { Failed, Usage } = require('./failures.js');
const { library } = require('./library.js');
const { CONNECTING, ENGINES, choice, connecting, group, integer } = require('./options.js');
const { indented } = require('./layout.js');
const { interrupted, width } = require('./terminal.js');

const options = {
  address: { ...CONNECTING.address, multiple: true, about: `${CONNECTING.address.about}; again for more daemons` },
  engine: CONNECTING.engine,
  port: { type: 'string', short: 'p', argument: 'PORT', about: '8480 by default; 0 for any free one' },
  host: { type: 'string', argument: 'ADDRESS', about: 'IP address to listen on: loopback by default' },
  token: { type: 'string', argument: 'TEXT', about: 'a secret without which nobody gets the page; others need it' },
  open: { type: 'boolean', about: 'opens the page in a browser' },
};

const examples = [
  ['cspread web orders prices', 'watches two groups of the daemon of this machine'],
  ['cspread web orders -a 4803@one -a 4803@two', 'with a member at each of two daemons of a network'],
  ['cspread daemon --web 8480', 'an embedded daemon with its own page: all groups and sessions'],
];

/** Serves a page; what keeps it from listening ends the command. */
async function page(given) {
  const { serve } = require('../lib/web/index.js');
  try {
    return await serve(given);
  } catch (error) {
    if (error.code === 'ERR_INVALID_ARG_VALUE') {
      throw new Usage(`--token is needed for that host: ${error.message}`);
    }
    throw /^(E[A-Z]+)$/.test(error.code) ? new Failed(`cannot serve the page: ${error.message}`) : error;
  }
}

/** Opens an address in the system's browser. It may have none. */
function show(url) {
  const command = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

async function run({ values, positionals }) {
  const { address: given = [undefined], host, token } = values;
  const port = integer(values, 'port', undefined, 0, 65_535);
  const address = given.map((each) => connecting({ ...values, address: each }).address);
  const engine = choice(values, 'engine', undefined, ENGINES);
  library();
  const { url, close } = await page({ address, groups: positionals.map(group), host, port, token, engine });
  const asked = interrupted();
  const text = `the page is at ${url}; Ctrl-C ends`;
  console.log(process.stdout.isTTY ? indented(text, '', width()) : text);
  if (values.open) {
    show(url);
  }
  await asked;
  await close();
}

module.exports = {
  page,
  summary: 'serves a page that shows groups, members and messages live',
  usage: '[GROUP…]',
  positionals: { least: 0, most: 100 },
  options,
  examples,
  run,
};
