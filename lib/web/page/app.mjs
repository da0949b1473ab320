/** The page. */

import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Daemons, Groups } from './daemons.mjs';
import { Messages } from './messages.mjs';
import { html } from './parts.mjs';
import { Rates } from './rates.mjs';
import { follow } from './state.mjs';
import { Timeline } from './timeline.mjs';
import { Transcripts } from './transcripts.mjs';

const LINKS = {
  connecting: 'connecting to the server of this page …',
  lost: 'the server of this page does not answer: trying again …',
};

const STATES = {
  connecting: 'connecting to the daemon …',
  reconnecting: 'the daemon is gone: trying to come back …',
  closed: 'the daemon is gone: trying to come back …',
  disconnecting: 'ending',
};

function Status({ link, observers }) {
  const faults = link === 'open' ? observers.filter(({ state }) => state !== 'connected') : [];
  const busy = link !== 'open' || faults.length > 0;
  return html`<div role="status" class=${busy ? 'status busy' : 'status'}>
    ${busy && html`<progress aria-label="connecting"></progress>`}
    ${LINKS[link] && html`<p>${LINKS[link]}</p>`}
    ${link === 'open' && observers.map(({ address, state, privateGroup }) => html`<p><strong>${address}</strong> ${STATES[state] ?? `as ${privateGroup}`}</p>`)}
  </div>`;
}

function Page({ state }) {
  const [filter, setFilter] = useState('');
  return html`
    <header>
      <h1>cspread</h1>
      <${Status} link=${state.link} observers=${state.observers} />
      <label class="find">Filter <input type="search" value=${filter} placeholder="group or member" onInput=${({ currentTarget }) => setFilter(currentTarget.value.trim())} /></label>
    </header>
    <main class=${state.link === 'open' ? '' : 'stale'}>
      <${Daemons} state=${state} filter=${filter} />
      <${Groups} state=${state} filter=${filter} />
      <${Timeline} state=${state} filter=${filter} />
      <${Rates} state=${state} />
      <${Messages} state=${state} />
      <${Transcripts} state=${state} />
    </main>`;
}

let latest;
follow((state) => {
  if (latest === undefined) {
    requestAnimationFrame(() => {
      render(html`<${Page} state=${latest} />`, document.body);
      latest = undefined;
    });
  }
  latest = state;
});
