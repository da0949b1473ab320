/** What one member of the page's own got of a group, or what two got, side by side, with the first difference marked. */

import { useState } from 'preact/hooks';
import { harmless } from './messages.mjs';
import { html, Panel } from './parts.mjs';

/** Lines that are drawn around the first difference, or from the end. */
const DRAWN = 200;

/** Returns where two transcripts begin to be comparable: at the first view that both have. */
function begin(one, other) {
  const ids = new Map();
  for (const [index, { id }] of other.entries()) {
    if (id !== undefined && !ids.has(id)) {
      ids.set(id, index);
    }
  }
  const at = one.findIndex(({ id }) => id !== undefined && ids.has(id));
  return at < 0 ? undefined : [at, ids.get(one[at].id)];
}

function compare(one, other) {
  const start = begin(one, other);
  if (start === undefined) {
    return { lines: [one, other], said: 'they have no view in common yet' };
  }
  const lines = [one.slice(start[0]), other.slice(start[1])];
  const most = Math.min(lines[0].length, lines[1].length);
  let at = 0;
  while (at < most && lines[0][at].text === lines[1][at].text) {
    at += 1;
  }
  if (at === most) {
    return { lines, said: `the same, all ${at} deliveries that both have` };
  }
  const isSampled = [lines[0][at], lines[1][at]].some(({ kind }) => kind === 'missed');
  return {
    lines,
    at,
    said: isSampled ? `the same until samples begin, at ${at + 1}` : `they differ from delivery ${at + 1} on`,
  };
}

const Column = ({ title, lines, at }) => {
  const from = at === undefined ? Math.max(0, lines.length - DRAWN) : Math.max(0, at - DRAWN / 2);
  return html`<div class="column">
    <h3>${title}</h3>
    <ol start=${from + 1} tabindex="0" aria-label=${`what ${title} got`}>
      ${lines.slice(from, from + DRAWN).map(
        ({ kind, text }, index) => html`<li class=${`${kind} ${from + index === at ? 'differs' : ''}`}>
          ${from + index === at && html`<strong>first difference: </strong>`}${harmless(text)}</li>`,
      )}
    </ol>
  </div>`;
};

export function Transcripts({ state }) {
  const { observers } = state;
  const watched = state.groups.filter((group) => group.watched).map(({ name }) => name);
  const [group, setGroup] = useState('');
  const [pair, setPair] = useState([0, 1]);
  const [shown, show] = useState();
  const chosen = watched.includes(group) ? group : watched[0];
  const get = async () => {
    const one = (index) =>
      fetch(`transcript?observer=${index}&group=${encodeURIComponent(chosen)}`).then((answer) => answer.json());
    show({ group: chosen, pair, all: await Promise.all((observers.length > 1 ? pair : [0]).map(one)) });
  };
  const option = (index) => html`<option value=${index}>${observers[index].address}</option>`;
  const choose =
    (place) =>
    ({ currentTarget }) =>
      setPair(pair.map((each, index) => (index === place ? Number(currentTarget.value) : each)));
  const compared = shown?.all.length === 2 ? compare(...shown.all) : { lines: shown?.all };
  return html`<${Panel} id="transcripts" title="Transcripts" note=${observers.length > 1 ? 'what two members got' : 'what this page’s member got'}>
    ${
      watched.length === 0
        ? html`<p class="empty">Watch a group first.</p>`
        : html`
      <div class="filters">
        <label>group <select value=${chosen} onChange=${({ currentTarget }) => setGroup(currentTarget.value)}>${watched.map((name) => html`<option>${name}</option>`)}</select></label>
        ${observers.length > 1 && [0, 1].map((place) => html`<label>${place === 0 ? 'at' : 'and at'} <select value=${pair[place]} onChange=${choose(place)}>${observers.map((_, index) => option(index))}</select></label>`)}
        <button type="button" onClick=${get}>${observers.length > 1 ? 'compare' : 'show'}</button>
      </div>
      <p role="status">${compared.said}</p>
      ${shown && html`<div class="columns">${compared.lines.map((lines, index) => html`<${Column} title=${observers[observers.length > 1 ? shown.pair[index] : 0]?.privateGroup ?? ''} lines=${lines} at=${compared.at} />`)}</div>`}`
    }
  <//>`;
}
