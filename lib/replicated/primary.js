/**
 * The primary component: which part of a parted group may go on, and what each member remembers for that.
 *
 * A **record** is a primary that was formed, or tried: `{ number, members }`. Members are lives (random ids), in the order
 * of the view, and only those that had the state. Each member knows the last record that it saw formed (`primary`) and
 * the records after it that may have been formed without its knowledge (`attempts`).
 *
 * ```text
 * view ─▶ every member sends its State ─▶ Cut: the set of this round and its number are fixed
 *                                          │ each of the set promises the number: Ready
 *                                          ▼
 *         form, a SAFE message, once all of the set are ready
 *           delivered before a signal  ─▶ formed: every other member of the set has at least an attempt, or is dead
 *           delivered after a signal, or sent and not delivered ─▶ an attempt
 * ```
 *
 * The promise makes numbers follow time: whoever has entered a round takes part in no later one with a lower number. So of
 * two records, of which one may have been formed, the one with the higher number has the other's history, or the other was
 * never formed.
 *
 * Whoever loses its connection may have missed what the others had, although it lives: it is `suspect`, and has no vote until
 * it is a member of a primary again, unless all members of the last one are present. `__test__/replicated-primary.test.js` checks that over all histories of small groups.
 */

/** What a new life knows. */
const NOTHING = Object.freeze({ promised: 0, primary: null, attempts: Object.freeze([]), resigned: Object.freeze([]) });

/**
 * Returns whether these lives have the majority of a record: more than half of the members that have not resigned, or
 * half of them with the first.
 */
function hasMajority(record, lives, resigned) {
  const voters = record.members.filter((life) => !resigned.has(life));
  const present = voters.filter((life) => lives.has(life)).length;
  return 2 * present > voters.length || (voters.length > 0 && 2 * present === voters.length && lives.has(voters[0]));
}

/**
 * Returns whether all of a record's members that have not resigned are among these lives: then nobody else can know more.
 */
function isComplete(record, lives, resigned) {
  const voters = record.members.filter((life) => !resigned.has(life));
  return voters.length > 0 && voters.every((life) => lives.has(life));
}

/**
 * Joins what several members know: the last primary that was formed, every attempt after it, who has resigned, and the
 * highest promise.
 */
function together(states) {
  const primary = states.reduce((last, state) => later(last, state.primary), null);
  const attempts = new Map();
  for (const { attempts: known } of states) {
    for (const record of known) {
      if (record.number > (primary?.number ?? 0)) {
        attempts.set(keyOf(record), record);
      }
    }
  }
  return {
    promised: Math.max(0, ...states.map((state) => state.promised)),
    primary,
    attempts: [...attempts.values()],
    resigned: [...new Set(states.flatMap((state) => state.resigned))],
  };
}

/** Two parts that an operator has forced may try one number. */
const keyOf = ({ number, members }) => `${number} ${members}`;

function later(one, other) {
  return other !== null && other.number > (one?.number ?? 0) ? other : one;
}

/**
 * Decides a round: `states` are those of its set, in the order of the view. Returns the number that the set promises, and
 * whether it may form a primary. Before there ever was one, that takes `first` members; `forced` is the operator's word.
 */
function decide(states, { first, forced = false }) {
  const known = together(states);
  const lives = new Set(states.map(({ life }) => life));
  const sure = new Set(states.filter(({ suspect }) => !suspect).map(({ life }) => life));
  const resigned = new Set(known.resigned);
  const records = known.primary === null ? known.attempts : [known.primary, ...known.attempts];
  const isEnough = known.primary !== null || lives.size >= first;
  const isHeld = (record) => hasMajority(record, sure, resigned) || isComplete(record, lives, resigned);
  const allowed = forced || (isEnough && records.every(isHeld));
  return { number: known.promised + 1, allowed };
}

/** Returns what a member knows after it has promised a number. */
function promise(knowledge, number) {
  return { ...knowledge, promised: Math.max(knowledge.promised, number) };
}

/** Returns what a member knows after a record was formed before its eyes. */
function formed(knowledge, record) {
  const isVoter = new Set(record.members);
  return {
    promised: Math.max(knowledge.promised, record.number),
    primary: record,
    attempts: [],
    // A life that no record names any more needs no memory of its end.
    resigned: knowledge.resigned.filter((life) => isVoter.has(life)),
  };
}

/** Returns what a member knows after a record may have been formed elsewhere. */
function attempted(knowledge, record) {
  if (record.number <= (knowledge.primary?.number ?? 0)) {
    return knowledge;
  }
  const others = knowledge.attempts.filter((other) => keyOf(other) !== keyOf(record));
  return { ...promise(knowledge, record.number), attempts: [...others, record] };
}

/** Returns what a member knows after a life has given up its vote for good. */
function resign(knowledge, life) {
  return knowledge.resigned.includes(life) ? knowledge : { ...knowledge, resigned: [...knowledge.resigned, life] };
}

/**
 * Returns the best of some positions, `{ base, n }`: `base` is the number of the last record in a member's history, `n` how long
 * it is. Of equal ones the first.
 */
function best(positions) {
  return positions.reduce((one, other) =>
    other.base > one.base || (other.base === one.base && other.n > one.n) ? other : one,
  );
}

module.exports = { NOTHING, attempted, best, decide, formed, hasMajority, promise, resign, together };
