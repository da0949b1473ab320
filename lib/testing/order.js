/**
 * Rule `order`: what two sessions were both delivered, messages and views, came to both in one order. Messages of the services
 * unreliable and reliable have one among the sessions of one daemon only.
 *
 * One walk over all sequences suffices where all is right: it takes what stands first in each sequence that has it, until
 * nothing is left. Pairs are compared only where that gets stuck.
 */

const { Message } = require('./contents.js');
const { grouped } = require('./grouped.js');
const { Change } = require('./life.js');

/** Finds a fault among these connections; undefined if there is none. `isWanted(groups)` chooses what is compared. */
function orderFault(lives, isWanted) {
  const all = stuck(lives.map((life) => sequenceOf(life, isWanted, (message) => message.isOrdered)));
  const fault = inversion(all);
  if (fault !== undefined) {
    return fault;
  }
  for (const locals of grouped(lives, ({ daemon }) => daemon).values()) {
    if (locals.length > 1) {
      const local = inversion(stuck(locals.map((life) => sequenceOf(life, isWanted, () => true))));
      if (local !== undefined) {
        return local;
      }
    }
  }
  return undefined;
}

/** The things in the order of their delivery, and their places in the log. */
function sequenceOf(life, isWanted, takes) {
  const things = [];
  const places = [];
  for (let at = 0; at < life.log.length; at += 1) {
    const item = life.log[at];
    if (
      item instanceof Message ? takes(item) && isWanted(item.groups) : item instanceof Change && isWanted(item.groups)
    ) {
      things.push(item instanceof Change ? item.view : item.root);
      places.push(at);
    }
  }
  return { life, things, places, at: 0 };
}

/** Walks the sequences together, and returns those that are not over: each stands at what another one has later. */
function stuck(sequences) {
  for (const { things } of sequences) {
    for (const thing of things) {
      thing.holders = 0;
    }
  }
  for (const { things } of sequences) {
    for (const thing of things) {
      thing.holders += 1;
    }
  }
  const waiting = new Map();
  const work = [...sequences];
  while (work.length > 0) {
    const sequence = work.pop();
    while (sequence.things[sequence.at]?.holders === 1) {
      sequence.at += 1;
    }
    const thing = sequence.things[sequence.at];
    if (thing !== undefined) {
      const others = waiting.get(thing) ?? [];
      others.push(sequence);
      waiting.set(thing, others);
      if (others.length === thing.holders) {
        waiting.delete(thing);
        for (const each of others) {
          each.at += 1;
          work.push(each);
        }
      }
    }
  }
  return sequences.filter(({ things, at }) => at < things.length);
}

/** Returns the first two sequences, of those that are stuck, that have two things in different orders. */
function inversion(sequences) {
  for (let first = 0; first < sequences.length; first += 1) {
    const one = sequences[first];
    const place = new Map(one.things.map((thing, index) => [thing, index]));
    for (const other of sequences.slice(first + 1)) {
      let [last, lastAt] = [-1, -1];
      for (let at = 0; at < other.things.length; at += 1) {
        const index = place.get(other.things[at]);
        if (index < last) {
          return faultOf(one, other, index, lastAt);
        }
        [last, lastAt] = index === undefined ? [last, lastAt] : [index, at];
      }
    }
  }
  return undefined;
}

/** What `one` was delivered at `index` came to `other` after what this was delivered at `at`; to `one` before it. */
function faultOf(one, other, index, at) {
  const [place, otherPlace] = [one.places[index], other.places[at]];
  return {
    rule: 'order',
    text: `${one.life.label} and ${other.life.label} were delivered the same in different orders`,
    lives: [one.life, other.life],
    groups: [...new Set([...one.life.log[place].groups, ...other.life.log[otherPlace].groups])],
    at: place,
    otherAt: otherPlace,
  };
}

module.exports = { orderFault };
