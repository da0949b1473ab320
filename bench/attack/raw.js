/** Sessions of attackers: sockets that say what they are told to, and count what comes. */

const { once } = require('node:events');
const net = require('node:net');
const { spread, spreadFrame } = require('../lib/frames.js');

const JOIN = 0x10000;
const LEAVE = 0x20000;
const AGREED = 0x10;
/** The list of methods, which is 'NULL ' with its length. */
const LIST = 6;
/** What the verdict has before the private group. */
const VERDICT = 5;

const shared = Buffer.allocUnsafe(256 * 1024);
let number = 0;

/** The n-th of many hosts. */
const host = (index) => `127.${1 + (index >> 14)}.${(index >> 7) & 127}.${1 + (index & 127)}`;

/** A connection that says nothing. It may be refused; who waits for its end attaches 'close'. */
function silent(port, from) {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  socket.resume();
  return socket;
}

/** A session, once it is up. */
function session(port, { from, membership = false, buffer = shared } = {}) {
  number += 1;
  const name = `a${number.toString(36)}`;
  const privateGroup = `#${name}#localhost`;
  const [request, choice] = spread.hello(name);
  request[3] = membership ? 1 : 0;
  const opened = LIST + VERDICT + privateGroup.length;
  const self = { privateGroup, received: 0, waiting: [] };
  return new Promise((resolve, reject) => {
    const onread = {
      buffer,
      callback(read) {
        const before = self.received;
        self.received += read;
        if (before < LIST && self.received >= LIST) {
          socket.write(choice);
        }
        if (before < opened && self.received >= opened) {
          resolve(self);
        }
        self.waiting = self.waiting.filter((look) => !look());
        return true;
      },
    };
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from, onread }, () => socket.write(request));
    socket.setNoDelay();
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('it was cut off')));
    Object.assign(self, { socket });
  });
}

/** So many, not all at once. */
async function sessions(port, count, options = () => ({})) {
  const all = [];
  while (all.length < count) {
    const more = Array.from({ length: Math.min(50, count - all.length) }, (_, index) =>
      session(port, options(all.length + index)),
    );
    all.push(...(await Promise.all(more)));
  }
  return all;
}

const frame = (type, { privateGroup }, groups, body) => spreadFrame({ type, sender: privateGroup, groups, body });
const join = (self, group) => frame(JOIN, self, [group]);
const leave = (self, group) => frame(LEAVE, self, [group]);
const message = (self, groups, size) => frame(AGREED, self, groups, Buffer.alloc(size, 'x'));

/** Requests made for one session, for another one. */
function signed(frames, { privateGroup }) {
  const bytes = Buffer.from(frames.bytes);
  const field = Buffer.alloc(32);
  field.latin1Write(privateGroup);
  for (const at of frames.at) {
    field.copy(bytes, at + 4);
  }
  return bytes;
}

function series(frames) {
  let end = 0;
  const at = frames.map(({ length }) => {
    end += length;
    return end - length;
  });
  return { bytes: Buffer.concat(frames), at };
}

/** Until this many more bytes have come. */
function more(self, bytes) {
  const until = self.received + bytes;
  return new Promise((resolve) => {
    self.waiting.push(() => {
      const isThere = self.received >= until;
      if (isThere) {
        resolve();
      }
      return isThere;
    });
  });
}

/** Writes, and waits until the daemon has taken it all: a message to oneself behind it comes back. */
async function said(self, bytes) {
  const echo = message(self, [self.privateGroup], 0);
  const back = more(self, echo.length);
  self.socket.write(bytes);
  self.socket.write(echo);
  await back;
}

/** Writes, and waits while there is no room for more. */
async function write(socket, bytes) {
  if (!socket.destroyed && !socket.write(bytes)) {
    await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
  }
}

module.exports = { host, join, leave, message, said, series, session, sessions, signed, silent, write };
