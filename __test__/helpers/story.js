/**
 * A story of four members, in which everything happens that a rule of the order checker is about: ann and dan on the first
 * daemon, bob and cat on the second. Each event is [who, what, about, its name].
 */

const { Buffer } = require('node:buffer');
const { History } = require('../../lib/testing/history.js');
const { Watch } = require('../../lib/testing/order-checker.js');

const NAMES = { ann: '#ann#d1', dan: '#dan#d1', bob: '#bob#d2', cat: '#cat#d2' };
const BITS = { unreliable: 1, reliable: 2, fifo: 4, causal: 8, agreed: 16, safe: 32 };
const ALL = ['ann', 'dan', 'bob', 'cat'];

function story() {
  const events = [];
  const add = (who, what, about, name) => events.push([who, what, about, name]);
  const view = (to, group, ints, its, cause = 'join', member = null, sets = undefined) => {
    const members = its.map((who) => NAMES[who]);
    for (const who of to) {
      const ownSet = sets?.find((set) => set.includes(who)).map((each) => NAMES[each]) ?? [NAMES[member]];
      const index = members.indexOf(NAMES[who]);
      const its = { group, id: { ints }, members, index, ownSet };
      add(who, 'delivered', { kind: 'view', view: its, cause, member }, `${group} ${ints.join(' ')}`);
    }
  };
  const send = (from, group, text, service = 'agreed', isDiscarded = false) => {
    const bits = BITS[service] | (isDiscarded ? 64 : 0);
    add(from, 'sent', { groups: [].concat(group), bits, type: 0, data: Buffer.from(text) });
  };
  const message = (to, from, group, text, service = 'agreed') => {
    const groups = [].concat(group);
    const delivery = { kind: 'message', group: groups[0], groups, sender: NAMES[from], service, type: 0 };
    for (const who of to) {
      add(who, 'delivered', { ...delivery, data: Buffer.from(text) }, text);
    }
  };
  const post = (to, from, ...rest) => {
    send(from, ...rest);
    message(to, from, ...rest);
  };
  const signal = (who, ints) => {
    add(who, 'delivered', { kind: 'transition', group: 'g', id: { ints } }, `signal ${ints.join(' ')}`);
  };

  for (const who of ALL) {
    add(who, 'connected', { privateGroup: NAMES[who] });
    add(who, 'asked', { join: true, group: 'g' });
  }
  view(['ann'], 'g', [1, 1, 1], ['ann'], 'join', 'ann');
  view(['ann', 'dan'], 'g', [1, 1, 2], ['ann', 'dan'], 'join', 'dan');
  view(['ann', 'dan', 'bob'], 'g', [1, 1, 3], ['ann', 'dan', 'bob'], 'join', 'bob');
  for (const who of ['ann', 'bob']) {
    add(who, 'asked', { join: true, group: 'h' });
  }
  view(['ann'], 'h', [1, 1, 1], ['ann'], 'join', 'ann');
  view(ALL, 'g', [1, 1, 4], ALL, 'join', 'cat');
  view(['ann', 'bob'], 'h', [1, 1, 2], ['ann', 'bob'], 'join', 'bob');
  post(ALL, 'ann', 'g', 'one');
  post(ALL, 'bob', 'g', 'two', 'safe');
  post(ALL, 'ann', 'g', 'reliable', 'reliable');
  post(ALL, 'cat', 'g', 'cat to g');
  post(['ann', 'bob'], 'ann', 'h', 'ann to h');
  post(ALL, 'bob', ['g', 'h'], 'to both');
  post(ALL, 'ann', 'g', 'same', 'fifo');
  post(ALL, 'ann', 'g', 'same', 'fifo');
  post(['ann'], 'ann', NAMES.ann, 'to ann');
  send('bob', 'g', 'same', 'agreed', true);
  message(['ann', 'dan', 'cat'], 'bob', 'g', 'same');
  post(['dan', 'cat'], 'cat', 'g', 'perhaps', 'unreliable');
  post(ALL, 'cat', 'g', 'last of cat');
  post(ALL, 'bob', 'g', 'last in four');
  add('cat', 'asked', { join: false, group: 'g' });
  add('cat', 'delivered', { kind: 'selfLeave', group: 'g' }, 'left');
  view(['ann', 'dan', 'bob'], 'g', [1, 1, 5], ['ann', 'dan', 'bob'], 'leave', 'cat');

  // The network parts: ann and dan go on, and so does bob.
  post(['ann'], 'ann', 'g', 'safe before', 'safe');
  signal('ann', [1, 1, 5]);
  signal('dan', [1, 1, 5]);
  signal('bob', [1, 1, 5]);
  message(['dan', 'bob'], 'ann', 'g', 'safe before', 'safe');
  post(['ann', 'dan'], 'dan', 'g', 'held', 'safe');
  view(['ann', 'dan'], 'g', [1, 2, 1], ['ann', 'dan'], 'network', null, [['ann', 'dan']]);
  view(['bob'], 'g', [2, 2, 1], ['bob'], 'network', null, [['bob']]);
  post(['bob'], 'bob', 'g', 'alone');
  // And it unites.
  view(['ann', 'dan', 'bob'], 'g', [1, 3, 1], ['ann', 'dan', 'bob'], 'network', null, [['ann', 'dan'], ['bob']]);
  post(['ann', 'dan', 'bob'], 'ann', 'g', 'united');
  post(['ann', 'dan', 'bob'], 'bob', 'g', 'united too');
  return events;
}

/** Hands events to a history, by watches whose labels are the names. */
function take(events, history = new History(1e6)) {
  const watches = Object.fromEntries(ALL.map((who) => [who, new Watch(history, who)]));
  for (const [who, what, about] of events) {
    watches[who].take(what, about);
  }
  return history;
}

module.exports = { story, take };
