/**
 * What a round makes of the States of its set: whose history goes on, who has to take it, and from whom. Pure, so that all
 * members of the set come to the same verdict.
 */

const { isSame, merged } = require('./history.js');
const primary = require('./primary.js');

/** Returns the lives whose content is here and whose history is this one; then those for whom it is still coming. */
function levelWith(states, position, hasContent) {
  const present = states.filter((state) => hasContent(state) && isSame(state.position, position));
  const lives = new Set(present.map(({ life }) => life));
  const isComing = ({ pending, position: own }) =>
    pending !== null && own !== null && isSame(own, position) && pending.every((life) => lives.has(life));
  return { present: [...lives], coming: states.filter(isComing).map(({ life }) => life) };
}

const hasContent = ({ pending, position }) => pending === null && position !== null;

/** Partition policy 'primary'. */
function forPrimary(states, { first }) {
  const forced = states.some((state) => state.forced);
  const { number, allowed } = primary.decide(
    states.map(({ life, suspect, knows }) => ({ life, suspect, ...knows })),
    { first, forced },
  );
  const candidates = states.filter(hasContent);
  if (!allowed || candidates.length === 0) {
    return { allowed: false, number };
  }
  const { position } = candidates[primary.best(candidates.map(({ position: it }, at) => ({ ...it, at }))).at];
  const { present, coming } = levelWith(states, position, hasContent);
  return { allowed: true, number, giver: present[0], present, level: [...present, ...coming], sides: [] };
}

/** Returns the sides: the members that have equal histories, in the order of their first ones. */
function sidesOf(states, positionOf) {
  const sides = [];
  for (const state of states) {
    const position = positionOf(state);
    const side = sides.find((other) => isSame(other.position, position));
    if (side === undefined) {
      sides.push({ position, lives: [state.life] });
    } else {
      side.lives.push(state.life);
    }
  }
  return sides;
}

/** The largest side, of equal ones the first. */
const largest = (sides) => sides.reduce((one, other) => (other.lives.length > one.lives.length ? other : one));

/** The side with most operations, for members of which none has seen the others go on. */
const longest = (sides) => sides.reduce((one, other) => (other.position.index > one.position.index ? other : one));

/** The highest index that any member has had: an index never falls, at no member. */
const highest = (states) => Math.max(...states.flatMap(({ position, back }) => [position?.index ?? 0, back.index]));

/** Partition policies 'merge' and 'largest'. */
function forAll(states, { policy }) {
  let candidates = states.filter((state) => hasContent(state) && !state.stale);
  let reverts = false;
  let positionOf = ({ position }) => position;
  if (candidates.length === 0 && states.some(({ pending }) => pending !== null)) {
    // Whoever had the content is gone: everybody goes on with what it had.
    reverts = true;
    positionOf = ({ back }) => back;
    candidates = states.filter(({ stale }) => !stale);
  }
  const isFirst = candidates.length === 0;
  const sides = sidesOf(isFirst ? states : candidates, positionOf);
  const all = { allowed: true, reverts, isFirst };
  if (policy === 'merge' && sides.length > 1 && !isFirst) {
    const position = { ...merged(sides.map((side) => side.position)), index: highest(states) + 1 };
    return { ...all, giver: undefined, present: [], level: [], sides, position };
  }
  const side = isFirst ? longest(sides) : largest(sides);
  const { present, coming } = reverts
    ? { present: side.lives, coming: [] }
    : levelWith(states, side.position, isFirst ? hasContent : (state) => hasContent(state) && !state.stale);
  const most = highest(states);
  const raise = most > side.position.index || sides.length > 1 ? most + 1 - side.position.index : 0;
  return { ...all, giver: present[0], present, level: [...present, ...coming], sides: [], raise };
}

/** Returns the verdict on States, which are in the order of the view. */
function verdict(states, options) {
  return options.policy === 'primary' ? forPrimary(states, options) : forAll(states, options);
}

module.exports = { verdict };
