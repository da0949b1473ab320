/**
 * The way of all records from native code: pump() takes batches and walks them. The doorbell calls it, or the loop for
 * what it has read itself.
 *
 * - The walker's place is kept outside the stack, so that a handler that throws loses nothing: its exception becomes
 *   an uncaught one at once, and the walk goes on after it.
 * - A record whose delivery settles a promise ends the call. The next records come in the next call, so a listener
 *   added right after an `await` misses nothing.
 * - A call has a budget of time; the rest goes on by setImmediate, so that timers and other sockets have their
 *   turn. (Ringing the doorbell here would not help: Node answers that before it looks at its timers.)
 */

const process = require('node:process');
const { endOfScope, leave } = require('../shared/context.js');
const { now, setImmediate } = require('../shared/host.js');
const batch = require('./batch.js');
const binding = require('./load.js');

const BUDGET_MS = 2;
/** The clock is looked at once in this many records. */
const RECORDS_PER_LOOK = 16;

const { records, WORDS } = batch;

/** The receivers of sessions: id → { context, receive(word), walked() }, the last called at the end of each batch. */
const receivers = new Map();
/** The receivers of daemons: id → function(kind, text). */
const daemons = new Map();
/** The authenticators of connecting sessions: id → function(kind, text). */
const methods = new Map();

/**
 * Kept items of earlier batches that are to be walked now: { items, context, step }; `step()` is called once for each.
 */
const replays = [];

/** The context of records that belong to several sessions: each enters its own. */
const noContext = { run: (fn, arg) => fn(arg) };

let place = 0;
let count = 0;
/** Records of whole batches since the clock was looked at: batches may be short, and many. */
let walked = 0;
let context = noContext;
let receive = null;
let walkedOne = null;
let settled = false;
let scheduled = false;

/** Bun and Deno claim to have libuv and do not; CSPREAD_READER=guard chooses to do without it. */
const withLoop = !(process.versions.bun || process.versions.deno || process.env.CSPREAD_READER === 'guard');

const native = binding.open(pump, records, batch.slab, batch.names, batch.large, withLoop);

function pump() {
  const until = now() + BUDGET_MS;
  while (place < count || next()) {
    walked += count - place;
    if (walked >= RECORDS_PER_LOOK) {
      walked = 0;
      if (now() >= until) {
        goOnLater();
        return;
      }
    }
    while (place < count) {
      if (context.run(walk, until)) {
        goOnLater();
        return;
      }
    }
  }
}

/** Walks the records of one scope. Returns whether the turn is over. */
function walk(until) {
  const end = endOfScope(place, count);
  let isOver;
  do {
    place += 1;
    try {
      receive(place * WORDS);
    } catch (error) {
      native.raise(error);
    }
    // A handler that threw has run: its record's settled promises, and its time, count all the same.
    isOver = isTurnOver(until);
  } while (!isOver && place < end);
  leave(place);
  return isOver;
}

function isTurnOver(until) {
  return settled || (place % RECORDS_PER_LOOK === 0 && now() >= until);
}

/** Takes the next batch. */
function next() {
  for (;;) {
    if (replays.length > 0) {
      const replayed = replays.shift();
      [place, count, context, receive] = [0, replayed.items.length, replayed.context, replayed.step];
      if (count > 0) {
        return true;
      }
    }
    endBatch();
    batch.renew();
    place = 0;
    count = native.take();
    if (count > 0) {
      ({ context, receive, walked: walkedOne } = receivers.get(records[0] >>> 0));
      return true;
    }
    if (count === 0) {
      // Its session may be closed, and is to be collected then.
      [context, receive] = [noContext, null];
      return false;
    }
    // Walked as a batch is: a listener that throws keeps nothing from the others.
    const notices = native.notices();
    replays.push({ items: notices, context: noContext, step: () => notify(notices.shift()) });
  }
}

function endBatch() {
  const walked = walkedOne;
  walkedOne = null;
  walked?.();
}

function notify([about, kind, text]) {
  (kind.startsWith('auth') ? methods : daemons).get(about)?.(kind, text);
}

function goOnLater(keep = false) {
  settled = keep;
  if (!scheduled) {
    scheduled = true;
    setImmediate(goOn);
  }
}

function goOn() {
  scheduled = false;
  pump();
}

/** Walks the kept items of earlier batches of a session in this context, before any other. */
function replay(items, context, step) {
  replays.push({ items, context, step });
  goOnLater(settled);
}

/** Records that the current record has settled a promise. */
function settle() {
  settled = true;
}

// Where the loop does not report the end of a turn, this does: messages sent in the turn leave then.
const loopFlushes = native.reader() === 'loop';
let flushing = false;

/** Schedules a write, since something was queued to be sent. */
function queued() {
  if (!loopFlushes && !flushing) {
    flushing = true;
    const turnEnd = setImmediate(flush);
    if (holders === 0) {
      // Sending keeps the process alive no more than its session does.
      turnEnd.unref();
    }
  }
}

function flush() {
  flushing = false;
  native.flush();
}

// Open sessions and running daemons keep the process alive, all by the one doorbell.
let holders = 0;

function ref() {
  holders += 1;
  if (holders === 1) {
    native.setRef(true);
  }
}

function unref() {
  holders -= 1;
  if (holders === 0) {
    native.setRef(false);
  }
}

module.exports = { daemons, methods, native, queued, receivers, ref, replay, settle, unref };
