/**
 * cspread, with its embedded daemon in a process of its own. CSPREAD_BEFORE names another checkout, with its native code:
 * the peer `before`, in the same rounds.
 */

const path = require('node:path');
const processes = require('../lib/processes.js');
const { pattern } = require('../lib/payload.js');
const { spread } = require('../lib/frames.js');
const { atMost, onTheWire, turn } = require('./common.js');

/** 200 messages of 100 KB may be under way. */
const MOST_QUEUED = 64 * 1024 * 1024;

function sending(session) {
  let full = false;
  return {
    publish(topic, data) {
      full = !session.send(topic, data);
    },
    async ready() {
      if (full) {
        await session.drained();
      } else {
        await turn();
      }
    },
    join: (topic) => session.join(topic),
    close: () => session.disconnect(),
  };
}

/** A session of connect(), with a listener of 'message'. */
async function modern(where, { checkout, engine, libspread }) {
  const { connect } = require(checkout);
  const session = await connect({
    address: where.path ?? where.address,
    maxQueuedBytes: MOST_QUEUED,
    engine,
    libspread,
  });
  session.on('disconnect', ({ error }) => {
    throw error;
  });
  return {
    ...sending(session),
    async subscribe(topic, handler) {
      session.on('message', ({ data }) => handler(data));
      await session.join(topic);
    },
  };
}

/** A session of the constructor, with a dataHandler. */
async function classic(where, { checkout }) {
  const SpreadSession = require(checkout);
  const session = await new Promise((resolve, reject) => {
    new SpreadSession(where.path ?? where.address, '', resolve, (_, error) => reject(error));
  });
  session.setEncoding(null);
  return {
    ...sending(session),
    async subscribe(topic, handler) {
      session.dataHandler = (_group, _sender, data) => handler(data);
      await session.join(topic);
    },
  };
}

async function serve(unix, checkout) {
  const path = unix ? processes.fresh('sock') : undefined;
  const daemon = processes.side({ workload: 'servers', side: 'daemon', peer: 'cspread', path, checkout });
  const { address, port } = await daemon.said('listening');
  return { pid: daemon.pid, where: { address, port, path }, stop: () => daemon.stop() };
}

const HERE = path.join(__dirname, '..', '..');

const make = (
  name,
  { unix = false, open = modern, checkout = HERE, absent = () => undefined, only, sizes, ...settings } = {},
) => ({
  name,
  unix,
  only,
  sizes,
  absent,
  checkout,
  serve: () => serve(unix, checkout),
  client: (where) => open(where, { checkout, engine: 'native', ...settings }),
  batch: atMost(500),
  ...onTheWire(spread, pattern),
});

const { CSPREAD_BEFORE: before, CSPREAD_LIBSPREAD: library } = process.env;
/** Another transport or engine is another matter for small messages, and for large ones. */
const ENDS = [0, 64, 16_384];

module.exports = [
  make('cspread'),
  make('before', {
    checkout: before,
    absent: () => (before ? undefined : 'no CSPREAD_BEFORE, the path of a checkout'),
  }),
  make('cspread-unix', { unix: true, sizes: ENDS }),
  make('cspread-classic', { open: classic, only: ['receive'] }),
  make('cspread-libspread', {
    // Of 100 sessions in a process each has a thread that reads, and JavaScript's is one among them.
    only: ['receive', 'send', 'loop', 'pingpong', 'fanout-10'],
    sizes: ENDS,
    engine: 'libspread',
    libspread: library,
    absent: () => (library ? undefined : 'no CSPREAD_LIBSPREAD, the path of a C library'),
  }),
];
Object.assign(module.exports, { modern });
