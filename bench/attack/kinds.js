/**
 * What attackers do. Each is an object:
 *
 *   name, about     as in the table
 *   daemon          options of SpreadDaemon.start()
 *   prepare(port)   what they have ready
 *   go(ready, port) the attack; `over` is set when the honest ones have finished, where the attack does not end by itself
 *   newcomers       how many honest sessions connect meanwhile, one after the other
 *   measure(begin, checkout)   in place of all that: figures without pings
 *   isOver(now, before)   whether the daemon, by its figures, has done all that it has to; for those that end
 */

const starts = require('./starts.js');
const { host, join, leave, message, said, series, session, sessions, signed, silent, write } = require('./raw.js');

const range = (count) => Array.from({ length: count }, (_, index) => index);
const groupNames = (count) => range(count).map((index) => `g${index}`);
const nobody = { privateGroup: '#nobody#localhost' };

/** All of the attackers' sessions and groups are gone. */
const isGone = (now, before) => now.sessions <= before.sessions && now.groups <= before.groups && now.queuedBytes === 0;

const forever = new Promise(() => {});
const pause = () => new Promise(setImmediate);

/** Sessions in groups; without memberships, nobody is told of them. */
async function crowd(port, count, groups, { membership = false } = {}) {
  const joins = series(groupNames(groups).map((group) => join(nobody, group)));
  const all = await sessions(port, count, (index) => ({ from: host(index), membership }));
  for (const self of all) {
    await said(self, signed(joins, self));
  }
  return all;
}

const ends = {
  name: 'ends',
  about: '200 sessions in 10,000 groups each end at once',
  daemon: { maxSessionGroups: 10_000 },
  isOver: isGone,
  prepare: (port) => crowd(port, 200, 10_000),
  async go(all) {
    for (const { socket } of all) {
      socket.destroy();
    }
  },
};

const silence = {
  name: 'silence',
  about: '5,000 connections of one address that say nothing, opened again when they are closed',
  newcomers: 100,
  prepare: async () => [],
  async go(_, port) {
    const open = () => silent(port).on('close', () => setImmediate(open));
    for (const index of range(5000)) {
      open();
      if (index % 100 === 0) {
        await pause();
      }
    }
    await forever;
  },
};

const halves = {
  name: 'halves',
  about: '5,000 handshakes of 5,000 addresses that stop half-way, begun again when they are closed',
  newcomers: 100,
  prepare: async () => [],
  async go(_, port) {
    let count = 0;
    const open = (index) => {
      count += 1;
      const name = `h${count.toString(36)}`;
      const socket = silent(port, host(index)).on('close', () => setImmediate(open, index));
      socket.write(Buffer.concat([Buffer.from([5, 0, 1, 1, name.length]), Buffer.from(name)]));
    };
    for (const index of range(5000)) {
      open(index);
      if (index % 100 === 0) {
        await pause();
      }
    }
    await forever;
  },
};

const storm = {
  name: 'storm',
  about: 'connections that are closed as soon as they are open, 200 at a time',
  newcomers: 100,
  prepare: async () => [],
  async go(_, port) {
    const open = (index) => {
      const socket = silent(port, host(index)).on('close', () => setImmediate(open, index));
      socket.on('connect', () => socket.resetAndDestroy());
    };
    range(200).forEach(open);
    await forever;
  },
};

const readers = {
  name: 'readers',
  about: '900 sessions that want memberships join one group at once, and read as fast as they can',
  newcomers: 20,
  // The k-th of them is told of by k messages.
  isOver: (now, before) => now.messagesOut - before.messagesOut >= (900 * 901) / 2 && now.queuedBytes === 0,
  prepare: (port) => sessions(port, 900, (index) => ({ from: host(index), membership: true })),
  async go(all) {
    for (const self of all) {
      self.socket.write(join(self, 'crowd'));
    }
  },
};

const leavers = {
  name: 'leavers',
  about: '900 sessions of one group that want memberships end at once',
  isOver: isGone,
  prepare: async (port) => {
    const all = await sessions(port, 900, (index) => ({ from: host(index), membership: true }));
    for (const self of all) {
      self.socket.write(join(self, 'crowd'));
    }
    return all;
  },
  async go(all) {
    for (const { socket } of all) {
      socket.destroy();
    }
  },
};

const rejoins = {
  name: 'rejoins',
  about: 'a session joins and leaves 1,000 groups without end, of which 300 others want to know',
  newcomers: 20,
  prepare: async (port) => {
    await crowd(port, 300, 1000, { membership: true });
    return session(port, { from: host(1000) });
  },
  async go(self) {
    const rounds = series(groupNames(1000).flatMap((group) => [join(self, group), leave(self, group)])).bytes;
    for (;;) {
      await write(self.socket, rounds);
    }
  },
};

const flood = {
  name: 'flood',
  about: '100 sessions send as fast as they can, to nobody',
  newcomers: 20,
  prepare: (port) => sessions(port, 100, (index) => ({ from: host(index) })),
  async go(all) {
    const send = async (self) => {
      const messages = Buffer.concat(Array(100).fill(message(self, ['g0'], 64)));
      while (!self.socket.destroyed) {
        await write(self.socket, messages);
      }
    };
    await Promise.all(all.map(send));
  },
};

const fanout = {
  name: 'fan-out',
  about: 'a session sends to two groups in turn, of 900 that read',
  newcomers: 20,
  prepare: async (port) => {
    await crowd(port, 900, 2);
    return session(port, { from: host(1000) });
  },
  async go(self) {
    const messages = Buffer.concat(
      Array(50)
        .fill([message(self, ['g0'], 0), message(self, ['g1'], 0)])
        .flat(),
    );
    for (;;) {
      await write(self.socket, messages);
    }
  },
};

const sleeper = {
  name: 'sleeper',
  about: 'private messages to 100 sessions that do not read, until the daemon cuts them off; and again',
  newcomers: 20,
  prepare: async (port) => port,
  async go(port) {
    const self = await session(port, { from: host(1000) });
    for (;;) {
      const sleepers = await sessions(port, 100, (index) => ({ from: host(index) })).catch(() => []);
      for (const { socket } of sleepers) {
        socket.pause();
      }
      const messages = Buffer.concat(sleepers.map(({ privateGroup }) => message(self, [privateGroup], 10_000)));
      while (sleepers.some(({ socket }) => !socket.destroyed) && !self.socket.destroyed) {
        await write(self.socket, messages);
        await pause();
      }
    }
  },
};

const dribble = {
  name: 'dribble',
  about: '300 sessions that read a byte at a time, of a group that is sent to without end',
  newcomers: 20,
  prepare: async (port) => {
    const joins = async (self) => {
      self.socket.write(join(self, 'g0'));
      return self;
    };
    const slow = await sessions(port, 300, (index) => ({ from: host(index), buffer: Buffer.alloc(1) }));
    await Promise.all(slow.map(joins));
    return session(port, { from: host(1000) });
  },
  async go(self) {
    const messages = Buffer.concat(Array(10).fill(message(self, ['g0'], 1000)));
    for (;;) {
      await write(self.socket, messages);
      await pause();
    }
  },
};

const kinds = [ends, silence, readers, leavers, halves, storm, rejoins, flood, fanout, sleeper, dribble, starts];

module.exports = { kinds };
