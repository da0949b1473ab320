/**
 * Tests that a runtime other than Node does not pass, for reasons of its own: runtime → file → test → reason. `npm run
 * test:runtimes` prints them, and fails if a test passes that this list declares to fail always.
 */

const SLOW = 'Deno may write to a terminal so slowly that the flood ends the session';
const FULL = 'what cannot be written is no event of stdout’s';
const FORMATTED =
  'Bun formats a stack when it is captured: what the program has Error.prepareStackTrace do later is too late';
const THREADS = 'the runtime itself may end in it';
const THROWN = 'Deno may print what a worker throws, though its parent hears of it';
const UNCAUGHT = 'bun test takes an uncaught exception for the test’s own: no handler of the process’s hears of it';

const LEFT_OUT = {
  Deno: {
    'cli-screen.test.js': {
      'a terminal that does not know its size, and one that can do nothing':
        'Deno steers a terminal when it starts, whatever TERM says',
      'chat: a flood is counted where it comes too fast, and commands are heard meanwhile': SLOW,
    },
    'cli-trouble.test.js': {
      'what cannot be written, or cannot be complained about': FULL,
      'bench: a daemon that dies': THROWN,
    },
    'resources.test.js': {
      'threads first: what a process without threads hears': THREADS,
      'threads later: what a process without threads hears': THREADS,
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
    'test-commands.test.js': {
      'test:repeat runs each file in each column, and goes on where it was stopped':
        'what the scripts run is Node’s own test runner',
    },
    'observe.test.js': { 'several observe, each until it stops, and one that throws disturbs nothing': UNCAUGHT },
    'replicated.test.js': { 'a listener that throws is an uncaught exception, and nothing is lost': UNCAUGHT },
    'starvation.test.js': { 'a timer due in 1 ms has its turn in a flood whose handler throws each time': UNCAUGHT },
  },
};

/** Reasons that do not hold each time. */
const SOMETIMES = new Set([SLOW, THREADS, THROWN]);

module.exports = { LEFT_OUT, SOMETIMES };
