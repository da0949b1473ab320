/**
 * The language in which a network is steered, at the prompt and in files: a step a line, and `#` begins a comment.
 *
 * | step | means |
 * |---|---|
 * | part one two \| three | parts the network; a daemon that is not named is alone |
 * | heal | unites it |
 * | kill two, start two | ends a daemon, and starts it again |
 * | hang three 2s | makes a daemon stand still for a time, while the next steps go on; `unnoticed`: the others do not know |
 * | latency 5ms | delays what daemons send each other; `jitter 2ms` adds up to so much, `from one to two` is for one way |
 * | wait 500ms | waits |
 * | settled | waits until nothing is under way |
 * | expect-view one = one,two | fails unless that is the view of a daemon |
 */

const { nearest } = require('../options.js');

/** Step → how it is written, and the function that reads its words. */
const STEPS = {
  part: ['part one two | three', part],
  heal: ['heal', nothing],
  kill: ['kill two', one],
  start: ['start two', one],
  hang: ['hang three 2s [unnoticed]', hang],
  latency: ['latency 5ms [jitter 2ms] [from one to two]', latency],
  wait: ['wait 500ms', wait],
  settled: ['settled', nothing],
  'expect-view': ['expect-view one = one,two', expectView],
};

/** A line that is no step. Its text names the line, unless that was typed, and the word. */
class ScriptError extends Error {
  constructor(text, { line, word }) {
    super(line === undefined ? text : `line ${line}: ${text}`);
    this.line = line;
    this.word = word;
  }
}

/** Reads a script for these daemons. Returns its steps: { line, text, step, … }; blank lines are none. */
function parseScript(script, daemons) {
  return script.split(/\r\n|\n|\r/).flatMap((text, index) => parseStep(text, daemons, index + 1) ?? []);
}

/** Reads one line; returns undefined if it is blank. `line` is its number, if it has one. */
function parseStep(text, daemons, line) {
  const code = text.replace(/(^|\s)#.*$/, '').trim();
  if (code === '') {
    return undefined;
  }
  const [step, ...rest] = code.replace(/[|=]/g, ' $& ').trim().split(/\s+/);
  const words = new Words(rest, { line, daemons, usage: STEPS[step]?.[0] });
  if (!Object.hasOwn(STEPS, step)) {
    const meant = nearest(step, Object.keys(STEPS));
    throw words.error(
      `unknown step '${step}': ${meant ? `did you mean ${meant}?` : `the steps are ${Object.keys(STEPS).join(', ')}`}`,
      step,
    );
  }
  const about = STEPS[step][1](words);
  words.end();
  return { line, text: code, step, ...about };
}

/** The words of a line, taken one after the other. */
class Words {
  #words;
  #where;

  constructor(words, where) {
    this.#words = words;
    this.#where = where;
  }

  get next() {
    return this.#words[0];
  }

  /** Takes the next word if it is this one. Returns whether it is. */
  has(word) {
    return this.next === word && this.#words.shift() !== undefined;
  }

  take(what) {
    if (this.next === undefined) {
      throw this.error(`missing ${what}: ${this.#where.usage}`);
    }
    return this.#words.shift();
  }

  daemon() {
    const word = this.take('daemon');
    if (!this.knows(word)) {
      throw this.error(`no daemon '${word}': there are ${this.#where.daemons.join(', ')}`, word);
    }
    return word;
  }

  knows(daemon) {
    return this.#where.daemons.includes(daemon);
  }

  /** Takes a time, and returns it in milliseconds. */
  time() {
    const word = this.take('time');
    const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(word) ?? [];
    const ms = Number(number) * (unit === 's' ? 1000 : 1);
    if (!Number.isInteger(ms) || ms >= 2 ** 31) {
      throw this.error(`'${word}' is no time such as 500ms or 2s`, word);
    }
    return ms;
  }

  expect(word) {
    const found = this.take(`'${word}'`);
    if (found !== word) {
      throw this.error(`'${found}' stands where ${word} should: ${this.#where.usage}`, found);
    }
  }

  end() {
    if (this.next !== undefined) {
      throw this.error(`unexpected '${this.next}': ${this.#where.usage}`, this.next);
    }
  }

  error(text, word) {
    return new ScriptError(text, { line: this.#where.line, word });
  }
}

function nothing() {
  return {};
}

function one(words) {
  return { daemon: words.daemon() };
}

function part(words) {
  const parts = [[]];
  do {
    if (words.has('|')) {
      if (parts.at(-1).length === 0) {
        throw words.error('an empty part', '|');
      }
      parts.push([]);
    }
    const daemon = words.daemon();
    if (parts.flat().includes(daemon)) {
      throw words.error(`'${daemon}' stands there twice`, daemon);
    }
    parts.at(-1).push(daemon);
  } while (words.next !== undefined);
  return { parts };
}

function hang(words) {
  return { daemon: words.daemon(), ms: words.time(), noticed: !words.has('unnoticed') };
}

function latency(words) {
  const options = { ms: words.time() };
  if (words.has('jitter')) {
    options.jitter = words.time();
  }
  if (words.has('from')) {
    options.from = words.daemon();
    words.expect('to');
    options.to = words.daemon();
  }
  return { options };
}

function wait(words) {
  return { ms: words.time() };
}

function expectView(words) {
  const daemon = words.daemon();
  words.expect('=');
  const list = words.take('members');
  const unknown = list.split(',').find((name) => !words.knows(name));
  if (unknown !== undefined) {
    throw words.error(`no daemon '${unknown}' in '${list}'`, unknown);
  }
  return { daemon, members: list.split(',') };
}

module.exports = { STEPS, ScriptError, parseScript, parseStep };
