/** What the page knows: all of it once, and then the changes, as the server sends them. */

const MOST = { steps: 500, messages: 300, points: 600 };

/** Colours of groups: the first eight that come have their own, later ones share them. */
const HUES = 8;
const hues = new Map();

export function hueOf(group) {
  if (!hues.has(group)) {
    hues.set(group, hues.size % HUES);
  }
  return hues.get(group);
}

/** Formats `#anna#one` as anna. */
export const shortName = (member) => member.split('#')[1] ?? member;

export const daemonOf = (member) => member.split('#')[2] ?? '';

const appended = (list, more, most) => (more.length === 0 ? list : [...list, ...more].slice(-most));

/** Follows the server. Calls `show(state)` at each change; the browser comes back by itself after a loss. */
export function follow(show) {
  let state = { link: 'connecting', steps: [], messages: [], points: [], groups: [], sessions: [], observers: [] };
  const set = (change) => {
    state = { ...state, ...change };
    show(state);
  };
  const source = new EventSource('events');
  source.addEventListener('all', ({ data }) => set({ ...JSON.parse(data), link: 'open' }));
  source.addEventListener('tick', ({ data }) => {
    const { steps, messages, point, ...structure } = JSON.parse(data);
    set({
      ...structure,
      steps: appended(state.steps, steps, MOST.steps),
      messages: appended(state.messages, messages, MOST.messages),
      points: appended(state.points, [point], MOST.points),
    });
  });
  source.addEventListener('error', () => {
    set({ link: 'lost' });
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      setTimeout(() => follow(show), 1000);
    }
  });
  show(state);
}

/** Asks the server to watch a group, or no longer. */
export const ask = (what, group) => fetch(`${what}?group=${encodeURIComponent(group)}`, { method: 'POST' });
