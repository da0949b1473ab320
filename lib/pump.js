/**
 * The way of everything that comes from native code: pump() takes batches and walks them. It is called by the doorbell,
 * or by the loop, for what that has read itself.
 *
 * - The walker's place is kept outside the stack, so that a handler that throws loses nothing: its exception becomes
 *   an uncaught one at once, and the walk goes on behind it.
 * - A record whose delivery settles a promise ends the call. What follows it comes in the next one, so whatever is
 *   attached right after an `await` misses nothing.
 * - A call has a budget of time; what exceeds it goes on by setImmediate, so that timers and other sockets have their
 *   turn. (Ringing the doorbell from here would not do: Node answers that before it looks at its timers.)
 */

const process = require('node:process');
const batch = require('./batch.js');
const { endOfScope, leave } = require('./context.js');
const { now, setImmediate } = require('./host.js');
const binding = require('./native.js');

const BUDGET_MS = 2;
/** The clock is looked at once in this many records. */
const RECORDS_PER_LOOK = 16;

const { records, WORDS } = batch;

/** Who gets what comes of a session: its id → { context, receive(word), walked() }, the last at the end of each batch. */
const receivers = new Map();
/** Who gets what comes of a daemon: its id → function(kind, text). */
const daemons = new Map();
/** Who authenticates a session that is connecting: its id → function(kind, text). */
const methods = new Map();

/** What was kept of earlier batches, or is none, and is to be walked now: { items, context, step }; `step()` is called once for each. */
const replays = [];

/** Of what belongs to several: each enters its own. */
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

/** Bun and Deno say that they have libuv and do not; CSPREAD_READER=guard is for those who want to do without. */
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

/** Walks what has one scope. Whether the turn is over. */
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
    // A handler that threw has run: what its record settled, and the time it took, count all the same.
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
      // What it belongs to may be closed, and is to be collected then.
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

/** Walks what was kept of earlier batches of a session in this context, before any other. */
function replay(items, context, step) {
  replays.push({ items, context, step });
  goOnLater(settled);
}

/** Says that the record under way has settled a promise. */
function settle() {
  settled = true;
}

// Where the loop does not say when a turn ends, this does: what the turn sent leaves then.
const loopFlushes = native.reader() === 'loop';
let flushing = false;

/** Something was queued to be sent. */
function queued() {
  if (!loopFlushes && !flushing) {
    flushing = true;
    const turnEnd = setImmediate(flush);
    if (holders === 0) {
      // Sending holds the process no more than its session does.
      turnEnd.unref();
    }
  }
}

function flush() {
  flushing = false;
  native.flush();
}

// Open sessions, pending calls and running daemons hold the process, all by the one doorbell.
let holders = 0;

function hold() {
  holders += 1;
  if (holders === 1) {
    native.hold(true);
  }
}

function release() {
  holders -= 1;
  if (holders === 0) {
    native.hold(false);
  }
}

module.exports = { daemons, hold, methods, native, queued, receivers, release, replay, settle };
