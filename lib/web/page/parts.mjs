/** Small parts that several panels use. */

import htm from 'htm';
import { h } from 'preact';
import { daemonOf, hueOf, shortName } from './state.mjs';

export const html = htm.bind(h);

export const Panel = ({ title, note, id, children }) => html`
  <section class="panel" id=${id} aria-labelledby=${`${id}-title`}>
    <h2 id=${`${id}-title`}>${title}${note && html` <span class="note">${note}</span>`}</h2>
    ${children}
  </section>`;

export const Group = ({ name }) => html`<span class=${`group c${hueOf(name)}`}>${name}</span>`;

export const Member = ({ member }) => html`
  <span class="member" title=${member}>${shortName(member)}<span class="at">@${daemonOf(member)}</span></span>`;

const UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

export function short(number) {
  const [size, unit] = UNITS.find(([least]) => number >= least) ?? [1, ''];
  return `${number >= 100 * size || Number.isInteger(number / size) ? Math.round(number / size) : (number / size).toPrecision(2)}${unit}`;
}

export const plural = (count, what) => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

export const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });
