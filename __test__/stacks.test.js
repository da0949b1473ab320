/**
 * The stack of what a call rejects with leads to whoever awaits it, whenever and by whatever it comes. Callers are functions
 * with a name of their own, which every runtime's stacks show, and return no call's result directly, since some runtimes
 * leave out the frame of such a call.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const SpreadSession = require('..');
const { onLibspread } = require('./helpers/engine.js');
const { scriptedModern } = require('./helpers/modern.js');
const { refusing } = require('./helpers/nobody.js');
const { daemonFor } = require('./helpers/sessions.js');

const { SpreadError, connect } = SpreadSession;

/** The error that a promise rejects with. */
const errorOf = (promise) =>
  promise.then(
    () => assert.fail('it resolves'),
    (error) => error,
  );

function assertFrom(error, name) {
  assert.ok(error instanceof SpreadError);
  const [first, ...frames] = error.stack.split('\n');
  assert.equal(first, `SpreadError: ${error.message}`);
  assert.ok(
    frames.some((frame) => frame.includes(`${name} `)),
    error.stack,
  );
}

async function whoConnects(target) {
  await connect(target);
}

/** Resolves with the error that the constructor's callback gets. */
async function whoConstructs({ address, name = '' }) {
  const error = await new Promise(function whoConstructs(resolve) {
    new SpreadSession(address, name, undefined, (_, failure) => resolve(failure));
  });
  return error;
}

test('connect(), whatever it fails by', async (t) => {
  const { address } = await daemonFor(t, {});
  const taken = await connect({ address, name: 'taken' });
  t.after(() => taken.disconnect());
  const targets = [
    { address: await refusing() },
    { address: 'no address' },
    { address, name: 'taken' },
    { address, name: 'a b' },
  ];
  for (const target of targets) {
    assertFrom(await errorOf(whoConnects(target)), 'whoConnects');
    assertFrom(await whoConstructs(target), 'whoConstructs');
  }
});

test('what an authentication method has thrown stays the cause', { skip: onLibspread && 'it has none' }, async (t) => {
  const { address } = await daemonFor(t, { allowIp: ['local'] });
  const cause = new Error('thrown');
  const auth = [{ name: 'IP', authenticate: () => Promise.reject(cause) }];
  const error = await errorOf(connect({ address, auth }));
  assert.deepEqual([error.code, error.cause], ['ERR_SPREAD_REJECT_AUTH', cause]);
});

test('whatever waits when the connection is lost: each call has an error of its own', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { sendWindow: 1 });
  const lost = new Promise((resolve) => session.on('disconnect', resolve));
  session.send(me, 'x');
  const calls = [
    async function whoJoins() {
      await session.join('room');
    },
    async function whoJoinsToo() {
      await session.join('room');
    },
    async function whoPings() {
      await session.ping();
    },
    async function whoWaits() {
      await session.drained();
    },
    async function whoTakes() {
      await session.messages().next();
    },
    async function whoConsumes() {
      await session.consume(() => {});
    },
    async function whoWaitsForAll() {
      await Promise.all([session.ping(), session.ping()]);
    },
  ];
  const rejections = calls.map(async (call) => [call.name, await errorOf(call())]);
  connection.socket.destroy();
  const { error } = await lost;
  const errors = await Promise.all(rejections);
  for (const [caller, its] of errors) {
    assertFrom(its, caller);
    assert.deepEqual(
      [its.code, its.message, its.spreadCode, its.spreadName],
      [error.code, error.message, error.spreadCode, error.spreadName],
    );
  }
  assert.equal(new Set([error, ...errors.map(([, its]) => its)]).size, errors.length + 1);
});

test('and when it is ended, or was', async (t) => {
  const { session } = await scriptedModern(t);
  async function whoPings() {
    await session.ping();
  }
  async function whoJoins() {
    await session.join('room');
  }
  async function whoLeaves() {
    await session.leave('room');
  }
  async function whoWaits(promise) {
    await promise;
  }
  const waiting = [errorOf(whoPings()), errorOf(whoJoins()), errorOf(whoWaits(session.ping()))];
  session.disconnect();
  assertFrom(await waiting[0], 'whoPings');
  assertFrom(await waiting[1], 'whoJoins');
  assertFrom(await waiting[2], 'whoWaits');
  assertFrom(await errorOf(whoPings()), 'whoPings');
  assertFrom(await errorOf(whoLeaves()), 'whoLeaves');
});

test('the reason of a signal is not touched, even if it is an error of Spread’s', async (t) => {
  const { session } = await scriptedModern(t);
  const reason = await errorOf(session.join('a bad group'));
  const { stack } = reason;
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = [session.ping({ signal }), session.join('room', { signal }), session.messages({ signal }).next()];
  controller.abort(reason);
  for (const promise of waiting) {
    assert.equal(await errorOf(promise), reason);
  }
  assert.equal(reason.stack, stack);
});

test('an iterator has the stack of whoever made it, whoever takes from it', async (t) => {
  const { session, connection } = await scriptedModern(t);
  function whoMakes() {
    const made = session.deliveries();
    return made;
  }
  const iterator = whoMakes();
  connection.socket.destroy();
  assertFrom(await errorOf(iterator.next()), 'whoMakes');
});

test('stacks as a program makes them itself', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const { prepareStackTrace, stackTraceLimit } = Error;
  t.after(() => Object.assign(Error, { prepareStackTrace, stackTraceLimit }));
  const made = session.messages();
  const waiting = errorOf(session.ping());
  Error.stackTraceLimit = 0;
  const shallow = session.messages();
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = (error, frames) => ({ error, frames });
  connection.socket.destroy();
  const stacks = [errorOf(made.next()), waiting, errorOf(shallow.next())].map(async (error) => (await error).stack);
  const [ofMaker, ofWaiter, ofNobody] = await Promise.all(stacks);
  assert.ok(ofMaker.frames.some((frame) => frame.getFileName() === __filename));
  assert.ok(ofWaiter.frames.length > 0);
  assert.deepEqual(ofNobody.frames, []);
});
