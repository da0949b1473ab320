/** The last messages: filtered by group, sender and text, as text or as hex. What members send is text here, never markup. */

import { useState } from 'preact/hooks';
import { clock, Group, html, Member, Panel, plural } from './parts.mjs';

const MOST = 100;

/** Returns the bytes as text; control characters, and those that change the reading direction, are shown as �. */
export function textOf(hex) {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return harmless(new TextDecoder().decode(bytes));
}

/** Control characters except tabs and newlines, and characters that change the reading direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it has to find them
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

export const harmless = (text) => text.replace(STEERING, '\ufffd');

const hexOf = (hex) => (hex.match(/../g) ?? []).join(' ');

export function Messages({ state }) {
  const [group, setGroup] = useState('');
  const [sender, setSender] = useState('');
  const [text, setText] = useState('');
  const [isHex, setHex] = useState(false);
  const found = state.messages.filter(
    (message) =>
      message.groups.some((name) => name.includes(group)) &&
      message.sender.includes(sender) &&
      (text === '' || textOf(message.hex).includes(text)),
  );
  const field = (name, value, set) =>
    html`<label>${name} <input type="search" value=${value} onInput=${({ currentTarget }) => set(currentTarget.value)} /></label>`;
  const missed = state.points.reduce((sum, point) => sum + point.missed, 0);
  return html`<${Panel} id="messages" title="Last messages" note=${missed > 0 ? `samples: ${plural(missed, 'message')} came too fast to be shown` : ''}>
    <div class="filters">
      ${field('group', group, setGroup)} ${field('sender', sender, setSender)} ${field('text', text, setText)}
      <button type="button" aria-pressed=${isHex} onClick=${() => setHex(!isHex)}>hex</button>
    </div>
    ${found.length === 0 && html`<p class="empty">${state.messages.length === 0 ? 'No message yet in a watched group.' : 'No message matches.'}</p>`}
    <ol class="messages" tabindex="0" aria-label="messages, the newest first">
      ${found
        .slice(-MOST)
        .reverse()
        .map(
          (message) => html`<li key=${message.number}>
          <span class="about"><span class="note">${clock(message.time)}</span> ${message.groups.map((name) => html`<${Group} name=${name} /> `)}<${Member} member=${message.sender} />${' '}
            <span class="note">${message.service}${message.type === 0 ? '' : `, type ${message.type}`}, ${plural(message.size, 'byte')}</span></span>
          <span class=${isHex ? 'body hex' : 'body'}>${isHex ? hexOf(message.hex) : textOf(message.hex)}${message.cut && ' …'}</span>
        </li>`,
        )}
    </ol>
  <//>`;
}
