/** What the constructor makes a session of: `this` where that is to be one, and nothing else. */

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { test } = require('node:test');
const { inherits } = require('node:util');
const cspread = require('..');
const { record } = require('./helpers/log.js');
const { refusing } = require('./helpers/nobody.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { closed } = require('./helpers/sessions.js');

const { SpreadSession } = cspread;

/** Subclasses, each written in another way: its constructor takes what the class takes. */
const SUBCLASSES = {
  'util.inherits and call': () => {
    function Room(...args) {
      SpreadSession.call(this, ...args);
      this.ready = true;
    }
    inherits(Room, SpreadSession);
    return Room;
  },
  'Object.create and apply, its result returned': () => {
    const Room = function () {
      this.ready = true;
      // biome-ignore lint/complexity/noArguments: as it was written then.
      return SpreadSession.apply(this, arguments);
    };
    Room.prototype = Object.create(SpreadSession.prototype);
    return Room;
  },
  'as compilers write it for old engines': () => {
    function Room(...args) {
      const self = SpreadSession.apply(this, args) || this;
      self.ready = true;
      return self;
    }
    Object.setPrototypeOf(Room, SpreadSession);
    Room.prototype = Object.create(SpreadSession.prototype, { constructor: { value: Room } });
    return Room;
  },
  'as compilers write it by Reflect.construct': () => {
    function Room(...args) {
      const self = Reflect.construct(SpreadSession, args, new.target);
      self.ready = true;
      return self;
    }
    inherits(Room, SpreadSession);
    return Room;
  },
  'class extends': () =>
    class Room extends SpreadSession {
      ready = true;
    },
  'a class that extends an old one': () => {
    function Old(...args) {
      SpreadSession.call(this, ...args);
    }
    inherits(Old, SpreadSession);
    return class Room extends Old {
      ready = true;
    };
  },
};

for (const [how, define] of Object.entries(SUBCLASSES)) {
  test(`a subclass is a session itself: ${how}`, async (t) => {
    const daemon = await ScriptedDaemon.listen();
    t.after(() => daemon.close());
    const Room = define();
    const heard = [];
    Room.prototype.say = function (text) {
      return this.multicast(this.SAFE_MESS, 'room', text);
    };
    let room;
    const opened = new Promise((resolve, reject) => {
      room = new Room(
        daemon.address,
        'me',
        function success(session) {
          resolve([this, session]);
        },
        (_, error) => reject(error),
      );
    });
    assert.ok(room instanceof Room && room instanceof SpreadSession && room instanceof EventEmitter);
    assert.ok(room.ready);
    assert.equal(room.state, 'connecting');
    const connection = await daemon.connection();
    const { name } = await connection.accept();
    assert.equal(name, 'me');
    assert.deepEqual(await opened, [room, room]);
    assert.equal(room.state, 'connected');
    room.dataHandler = (...args) => heard.push(args);
    const came = new Promise((resolve) => room.once('message', resolve));
    room.say('text');
    assert.equal(String((await connection.next()).body), 'text');
    const join = room.join('room');
    await connection.next();
    connection.send(joined('room', ['#me#script'], '#me#script'), message('room', 'back'));
    assert.equal((await join).group, 'room');
    await came;
    assert.deepEqual(heard, [['room', '#peer#script', 'back']]);
    assert.equal(room.groups.size, 1);
    connection.socket.end();
    await closed(room);
  });
}

test('a subclass may have its own methods, handlers and fields of these names', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const calls = [];
  class Room extends SpreadSession {
    #texts = ['none'];
    send(...args) {
      calls.push(['send', this === room]);
      return super.send(...args);
    }
    join = (group) => {
      calls.push(['join', group]);
      return super.join(group);
    };
    // Not ready while the session is made: nobody may read it then.
    get messages() {
      return this.#texts;
    }
    dataHandler(group, sender, data) {
      super.dataHandler(group, sender, data);
      calls.push(['data', group, sender, data]);
    }
  }
  let room;
  const opened = new Promise((resolve, reject) => {
    room = new Room(daemon.address, 'me', resolve, (_, error) => reject(error));
  });
  const connection = await daemon.connection();
  await connection.accept();
  await opened;
  assert.deepEqual(room.messages, ['none']);
  room.send('room', 'text');
  assert.equal(String((await connection.next()).body), 'text');
  room.join('room');
  assert.deepEqual((await connection.next()).groups, ['room']);
  const came = new Promise((resolve) => room.once('message', resolve));
  connection.send(message('room', 'back'));
  await came;
  assert.deepEqual(calls, [
    ['send', true],
    ['join', 'room'],
    ['data', 'room', '#peer#script', 'back'],
  ]);
  connection.socket.end();
  await closed(room);
});

/** Calls that have no object for a session: each makes one of its own. */
const CALLS = {
  'as a function': (...args) => SpreadSession(...args),
  'off the module': (...args) => cspread.SpreadSession(...args),
  'off the module, by its other name': (...args) => cspread.default(...args),
  'off an object of the program’s': (...args) => ({ SpreadSession, state: 'its own' }).SpreadSession(...args),
  'off itself': (...args) => SpreadSession.SpreadSession.SpreadSession(...args),
  'off the prototype': (...args) => SpreadSession.prototype.constructor(...args),
  'by call, without an object': (...args) => SpreadSession.call(undefined, ...args),
  'by apply, with an emitter': (...args) => SpreadSession.apply(new EventEmitter(), args),
  'by apply, with a function': (...args) => SpreadSession.apply(() => {}, args),
  'bound to nothing': (...args) => SpreadSession.bind(null)(...args),
  'bound, with new': (...args) => new (SpreadSession.bind(null, ...args))(),
  'by Reflect.construct': (...args) => Reflect.construct(SpreadSession, args),
  'by Reflect.construct for a class that is none of sessions': (...args) =>
    Reflect.construct(SpreadSession, args, class Other {}),
  'by a proxy of the class': (...args) => new new Proxy(SpreadSession, {})(...args),
};

for (const [how, make] of Object.entries(CALLS)) {
  test(`a session is made and nothing else is touched: ${how}`, async () => {
    const before = [SpreadSession, SpreadSession.prototype, globalThis].map(Reflect.ownKeys);
    const session = make(await refusing(), 'me');
    assert.equal(Object.getPrototypeOf(session), SpreadSession.prototype);
    assert.equal(session.state, 'connecting');
    assert.deepEqual([SpreadSession, SpreadSession.prototype, globalThis].map(Reflect.ownKeys), before);
    await closed(session);
  });
}

test('what is a session already stays the one that it is', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const session = SpreadSession(daemon.address, 'first', 1);
  const connection = await daemon.connection();
  await connection.accept();
  const log = record(session);
  const other = await refusing();
  for (const again of [SpreadSession.call(session, other, 'second', 1), session.constructor(other, 'third', 1)]) {
    assert.notEqual(again, session);
    await closed(again);
  }
  assert.equal(session.name, 'first');
  assert.deepEqual(log.entries, []);
  connection.socket.end();
  await closed(session);
});

test('wrong arguments leave the object as it was: it may still become a session', async () => {
  const object = Object.create(SpreadSession.prototype);
  assert.throws(() => SpreadSession.call(object, {}), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.deepEqual(Reflect.ownKeys(object), []);
  assert.equal(SpreadSession.call(object, await refusing(), 'me'), object);
  await closed(object);
});
