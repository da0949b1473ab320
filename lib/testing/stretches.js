/**
 * Stretches: a group's messages at one session from one view to the next, and the two rules about them.
 *
 * | rule | demands |
 * |---|---|
 * | set | sessions that went from the same view to the same next one in one set were delivered the same messages in between |
 * | safe | a SAFE message that came before a signal came to every session of that view that went on, before its next view |
 *
 * Nothing is demanded of unreliable messages, of what a session sent with SELF_DISCARD, and of reliable messages only among the
 * sessions of one daemon.
 */

const { grouped } = require('./grouped.js');
const { Change, Farewell, Signal } = require('./life.js');

/** Walks a connection's log, and returns its stretches that have both ends. */
function stretchesOf(life, isWanted) {
  const open = new Map();
  const done = [];
  const figures = { messages: 0, views: 0 };
  life.log.forEach((item, at) => {
    const groups = isWanted(item.groups) ? item.groups : [];
    if (groups.length === 0) {
      return;
    }
    if (item instanceof Change) {
      figures.views += 1;
      finish(open, done, item.view.group, item, at);
      open.set(item.view.group, { life, from: item, messages: [], safe: undefined });
    } else if (item instanceof Farewell) {
      finish(open, done, item.groups[0], undefined, at);
    } else if (item instanceof Signal) {
      const stretch = open.get(item.groups[0]);
      if (stretch !== undefined) {
        stretch.safe ??= stretch.messages.length;
      }
    } else {
      figures.messages += 1;
      if (!isExcused(item, life)) {
        for (const group of new Set(groups)) {
          open.get(group)?.messages.push(item);
        }
      }
    }
  });
  return { figures, done, open: [...open.values()] };
}

function finish(open, done, group, to, at) {
  const stretch = open.get(group);
  if (stretch !== undefined) {
    done.push(Object.assign(stretch, { to, at }));
    open.delete(group);
  }
}

/** Finds a fault among these stretches. Returns { fault, spans }: spans is how many were gone through together. */
function setFault(stretches) {
  let spans = 0;
  for (const together of companies(stretches)) {
    spans += 1;
    const fault = differing(together, (message) => message.isOrdered) ?? locally(together);
    if (fault !== undefined) {
      return { fault, spans };
    }
  }
  return { fault: undefined, spans };
}

/** Yields the stretches, as far as several sessions went through them: from one view to one other, in one set. */
function* companies(stretches) {
  const whole = stretches.filter(({ from, to }) => to !== undefined && !from.view.messages.isBroken);
  for (const same of grouped(whole, ({ from }) => from.view).values()) {
    for (const both of grouped(same, ({ to }) => to.view).values()) {
      for (const together of grouped(both, ({ to }) => to.ownSet?.join(' ')).values()) {
        if (together.length > 1) {
          yield together;
        }
      }
    }
  }
}

/** The same for the reliable messages, among the sessions of each daemon. */
function locally(stretches) {
  for (const locals of grouped(stretches, ({ life }) => life.daemon).values()) {
    const fault = locals.length > 1 ? differing(locals, ({ service }) => service === 'reliable') : undefined;
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function differing(stretches, takes) {
  const sets = stretches.map(({ messages }) => new Set(messages.filter(takes).map(({ root }) => root)));
  const all = new Map();
  sets.forEach((set, index) => {
    for (const message of set) {
      if (!all.has(message)) {
        all.set(message, index);
      }
    }
  });
  if (sets.every(({ size }) => size === all.size)) {
    return undefined;
  }
  for (const [message, has] of all) {
    const lacks = sets.findIndex((set, index) => !set.has(message) && !isExcused(message, stretches[index].life));
    if (lacks >= 0) {
      const { from, to } = stretches[has];
      const [one, other] = [stretches[has].life, stretches[lacks].life];
      return {
        rule: 'set',
        text: `${one.label} was delivered a message to '${from.view.group}' between the views ${from.view.id} and ${to.view.id}, and ${other.label}, which came along, was not`,
        lives: [one, other],
        groups: [from.view.group],
        at: stretches[has].at - 1,
        missing: message,
      };
    }
  }
  return undefined;
}

/** Returns whether a message is a session's own, and perhaps one that it does not get: with SELF_DISCARD, or an equal one. */
function isExcused(message, life) {
  return message.sender === life.name && !life.judgesOwn(message.digest);
}

/** Finds a fault of rule `safe`: `open` are the stretches that have no end yet. */
function safeFault(done, open) {
  const promised = new Map();
  for (const { life, from, messages, safe } of [...done, ...open]) {
    for (const message of messages.slice(0, safe)) {
      if (message.service === 'safe' && !from.view.messages.isBroken) {
        const its = promised.get(from.view) ?? new Map();
        promised.set(from.view, its.set(message.root, life));
      }
    }
  }
  for (const stretch of done) {
    const its = promised.get(stretch.from.view);
    if (its !== undefined) {
      const fault = unkept(its, stretch);
      if (fault !== undefined) {
        return fault;
      }
    }
  }
  return undefined;
}

function unkept(promised, { life, from, messages }) {
  const has = new Set(messages.map(({ root }) => root));
  for (const [message, by] of promised) {
    if (!has.has(message) && !isExcused(message, life)) {
      return {
        rule: 'safe',
        text: `${by.label} was delivered a SAFE message to '${from.view.group}' before a signal, and ${life.label}, of the same view and not cut off, was not`,
        lives: [by, life],
        groups: [from.view.group],
        at: by.log.findIndex((item) => item.root === message),
        missing: message,
      };
    }
  }
  return undefined;
}

module.exports = { safeFault, setFault, stretchesOf };
