/**
 * Tests that a runtime other than Node does not pass, for reasons of its own: runtime → file → test → reason. `npm run
 * test:runtimes` prints them, and fails if a test passes that this list declares to fail always.
 */

const KILLED = 'Deno may say of a child that it has sent a signal that this has ended it, whatever it ended with';
const SLOW = 'Deno may write to a terminal so slowly that the flood ends the session';
const FULL = 'what cannot be written is no event of stdout’s';
const FORMATTED =
  'Bun formats a stack when it is captured: what the program has Error.prepareStackTrace do later is too late';
const THREADS = 'Bun itself ends where it can make no thread';
const UNCAUGHT = 'bun test takes an uncaught exception for the test’s own: no handler of the process’s hears of it';

const LEFT_OUT = {
  Deno: {
    'cli.test.js': {
      'listen: Ctrl-C ends it, and a daemon that dies': KILLED,
      'daemon: says where it listens and who comes and goes, stops on SIGTERM': KILLED,
    },
    'cli-screen.test.js': {
      'a terminal that does not know its size, and one that can do nothing':
        'Deno steers a terminal when it starts, whatever TERM says',
      'chat: a flood is counted where it comes too fast, and commands are heard meanwhile': SLOW,
    },
    'cli-trouble.test.js': {
      'what cannot be written, or cannot be complained about': FULL,
      'send: stdin that does not end is not waited for: Ctrl-C, a daemon that dies, too long a message': KILLED,
      'ping: a daemon that hangs, and Ctrl-C while it does': KILLED,
      'bench: Ctrl-C ends it in a line': KILLED,
      'bench: a daemon that dies': 'Deno prints what a worker throws, though its parent hears of it',
      'SIGTERM and SIGHUP: each says goodbye': KILLED,
    },
  },
  Bun: {
    'async-context.test.js': { 'what a listener throws is uncaught in the context of its session': UNCAUGHT },
    'resources.test.js': { 'threads first: what a process without threads hears': THREADS },
    'stacks.test.js': { 'stacks as a program makes them itself': FORMATTED },
    'batch-order.test.js': {
      'so it does when the handler of the view throws': UNCAUGHT,
      'a listener added right after leave() resolves gets all that came after the confirmation': UNCAUGHT,
      'a handler that throws at each message loses none of them': UNCAUGHT,
      'what throws is an uncaught exception before the next message comes': UNCAUGHT,
    },
    'cli-trouble.test.js': { 'what cannot be written, or cannot be complained about': FULL },
    'connecting.test.js': { deadlines: 'Bun listens with a backlog of its own, so that no connection is left waiting' },
    'daemon-events.test.js': { 'a listener that throws keeps nothing from the others': UNCAUGHT },
    'modern-events.test.js': {
      'a listener that throws loses nothing: neither for iterators nor what comes after': UNCAUGHT,
    },
    'network-views.test.js': { 'a handler that throws for one of the members keeps none from the others': UNCAUGHT },
    'starvation.test.js': { 'a timer due in 1 ms has its turn in a flood whose handler throws each time': UNCAUGHT },
  },
};

/** Reasons that do not hold each time. */
const SOMETIMES = new Set([KILLED, SLOW]);

module.exports = { LEFT_OUT, SOMETIMES };
