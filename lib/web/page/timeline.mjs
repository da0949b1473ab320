/** The views of the groups, step by step: the last one, or an earlier one that somebody scrolls back to. */

import { useState } from 'preact/hooks';
import { clock, Group, html, Member, Panel, plural } from './parts.mjs';
import { hueOf, shortName } from './state.mjs';

const CAUSES = { join: 'joined', leave: 'left', disconnect: 'is gone', network: 'the network changed' };

/** Steps that are drawn before and after the chosen one. */
const DRAWN = 60;

function what({ cause, member, joined, left }) {
  if (cause !== 'network') {
    return `${shortName(member)} ${CAUSES[cause]}`;
  }
  const moved = [...joined.map((one) => `+${shortName(one)}`), ...left.map((one) => `−${shortName(one)}`)];
  return moved.length > 0 ? `network: ${moved.slice(0, 6).join(' ')}${moved.length > 6 ? ' …' : ''}` : CAUSES.network;
}

const Names = ({ title, names, count = names.length }) =>
  names.length > 0 &&
  html`<div><dt>${title}</dt><dd>${names.map((name) => html`<${Member} member=${name} /> `)}${count > names.length && `and ${count - names.length} more`}</dd></div>`;

const Step = ({ step, observers }) => html`
  <div class="step" aria-live="polite">
    <p><${Group} name=${step.group} /> <strong>${what(step)}</strong> <span class="note">${clock(step.time)}</span></p>
    <dl>
      <${Names} title="members" names=${step.members} count=${step.count} />
      <${Names} title="joined" names=${step.joined} />
      <${Names} title=${step.cause === 'network' ? 'cut off' : 'left'} names=${step.left} />
      ${step.cause === 'network' && step.sets.map((set, index) => html`<${Names} title=${`set ${index + 1}, came together`} names=${set} />`)}
      <div><dt>id</dt><dd><code>${step.id}</code></dd></div>
      ${observers.length > 1 && html`<div><dt>seen at</dt><dd>${observers[step.observer]?.address}</dd></div>`}
    </dl>
  </div>`;

export function Timeline({ state, filter }) {
  const [chosen, choose] = useState();
  const steps =
    filter === ''
      ? state.steps
      : state.steps.filter((step) => step.group.includes(filter) || what(step).includes(filter));
  const found = steps.findIndex(({ number }) => number === chosen);
  const at = found < 0 ? steps.length - 1 : found;
  const go = (index) => choose(index >= steps.length - 1 ? undefined : steps[index].number);
  const from = Math.max(0, Math.min(at - DRAWN / 2, steps.length - DRAWN));
  return html`<${Panel} id="timeline" title="Views" note=${plural(steps.length, 'step')}>
    ${
      steps.length === 0
        ? html`<p class="empty">No view yet: watch a group.</p>`
        : html`
          <ol class="track" aria-label="steps">
            ${steps.slice(from, from + DRAWN).map(
              (step, index) => html`<li key=${step.number}>
                <button type="button" class=${`mark c${hueOf(step.group)} ${step.cause}`} aria-current=${from + index === at}
                  title=${`${step.group}: ${what(step)}`} aria-label=${`${step.group}: ${what(step)}, ${clock(step.time)}`}
                  tabindex=${from + index === at ? 0 : -1} onClick=${() => go(from + index)}></button>
              </li>`,
            )}
          </ol>
          <label class="scroll">step ${at + 1} of ${steps.length}
            <input type="range" min="0" max=${steps.length - 1} value=${at} onInput=${({ currentTarget }) => go(Number(currentTarget.value))} />
          </label>
          ${found >= 0 && html`<button type="button" onClick=${() => choose(undefined)}>back to now</button>`}
          <${Step} step=${steps[at]} observers=${state.observers} />`
    }
  <//>`;
}
