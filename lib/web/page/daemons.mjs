/** The daemons as boxes, with the members at each; and the groups. */

import { Group, html, Member, Panel, plural } from './parts.mjs';
import { ask, daemonOf, hueOf, shortName } from './state.mjs';

/** What is drawn at most; the rest is counted, and the filter finds it. */
const MOST_CHIPS = 150;
const MOST_GROUPS = 60;

/** Returns daemon → member → groups. */
function placed({ groups, sessions }) {
  const daemons = new Map();
  const add = (member, group) => {
    const daemon = daemonOf(member);
    const members = daemons.get(daemon) ?? new Map();
    daemons.set(daemon, members);
    const own = members.get(member) ?? [];
    members.set(member, own);
    if (group !== undefined) {
      own.push(group);
    }
  };
  for (const session of sessions) {
    add(session);
  }
  for (const { name, views } of groups) {
    for (const member of new Set(views.flatMap(({ members }) => members))) {
      add(member, name);
    }
  }
  return daemons;
}

const FAULTS = {
  400: 'Not a valid group name: 1 to 31 letters, digits and most punctuation',
  409: 'This page watches as many groups as it can: stop watching one first',
};

const Chip = ({ member, groups, isOurs }) => html`
  <li class=${isOurs ? 'chip ours' : 'chip'}>
    <span title=${member}>${shortName(member)}</span>
    ${isOurs && html`<span class="at">this page</span>`}
    <span class="dots" role="img" aria-label=${groups.length > 0 ? `in ${groups.slice(0, 8).join(', ')}` : 'in no group'}>
      ${groups.slice(0, 8).map((group) => html`<i class=${`dot c${hueOf(group)}`} title=${group}></i>`)}
      ${groups.length > 8 && `+${groups.length - 8}`}
    </span>
  </li>`;

export function Daemons({ state, filter }) {
  const ours = new Set(state.observers.map(({ privateGroup }) => privateGroup));
  const matches = (member, groups) =>
    filter === '' || member.includes(filter) || groups.some((group) => group.includes(filter));
  const boxes = [...placed(state)].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<${Panel} id="daemons" title="Daemons and members">
    ${boxes.length === 0 && html`<p class="empty">Nobody is here yet.</p>`}
    <div class="boxes">
      ${boxes.map(([daemon, members]) => {
        const found = [...members].filter(([member, groups]) => matches(member, groups));
        return html`<section class="box" key=${daemon} aria-label=${`daemon ${daemon}`}>
          <h3>${daemon} <span class="note">${plural(members.size, 'session')}</span></h3>
          <ul class="chips">
            ${found
              .slice(0, MOST_CHIPS)
              .map(
                ([member, groups]) =>
                  html`<${Chip} key=${member} ...${{ member, groups, isOurs: ours.has(member) }} />`,
              )}
          </ul>
          ${found.length > MOST_CHIPS && html`<p class="note">and ${plural(found.length - MOST_CHIPS, 'more session')}: filter to find them</p>`}
        </section>`;
      })}
    </div>
    ${state.truncated && html`<p class="note">There are more than this page lists.</p>`}
  <//>`;
}

const Sides = ({ views, observers }) => html`
  <ul class="sides">
    ${views.map(
      ({ id, members, observers: from }) => html`<li key=${id}>
        <strong>${from.map((index) => observers[index]?.address).join(', ')}</strong> sees ${' '}
        ${members.slice(0, 12).map((member) => html`<${Member} member=${member} /> `)}
        ${members.length > 12 && `and ${members.length - 12} more`}
      </li>`,
    )}
  </ul>`;

function Row({ group, observers }) {
  const { name, views, watched } = group;
  const counts = views.map(({ members }) => members.length);
  const what = watched ? 'unwatch' : 'watch';
  return html`<li class="row">
    <${Group} name=${name} />
    <span class="note">${counts.length > 1 ? `${counts.length} views: ${counts.join(' and ')} members` : plural(counts[0] ?? 0, 'member')}</span>
    <button type="button" aria-pressed=${watched} onClick=${() => ask(what, name)} aria-label=${`watch ${name}`}>
      ${watched ? '✓ ' : ''}watch
    </button>
    ${views.length > 1 && html`<${Sides} views=${views} observers=${observers} />`}
  </li>`;
}

export function Groups({ state, filter }) {
  const isOfMember = ({ views }) => views.some(({ members }) => members.some((member) => member.includes(filter)));
  const found = state.groups.filter((group) => filter === '' || group.name.includes(filter) || isOfMember(group));
  const submit = (event) => {
    event.preventDefault();
    const field = event.currentTarget.elements.group;
    ask('watch', field.value.trim()).then(({ ok, status }) => {
      field.setCustomValidity(ok ? '' : FAULTS[status]);
      field.reportValidity();
      if (ok) {
        field.value = '';
      }
    });
  };
  return html`<${Panel} id="groups" title="Groups" note=${plural(state.groups.length, 'group')}>
    <ul class="rows">
      ${found.slice(0, MOST_GROUPS).map((group) => html`<${Row} key=${group.name} group=${group} observers=${state.observers} />`)}
    </ul>
    ${found.length > MOST_GROUPS && html`<p class="note">and ${plural(found.length - MOST_GROUPS, 'more group')}: filter to find them</p>`}
    ${(state.refused ?? []).map(([name, reason]) => html`<p class="fault">${name}: ${reason}</p>`)}
    <form class="filters" onSubmit=${submit}>
      <label>Watch a group <input name="group" maxlength="31" required autocomplete="off" spellcheck=${false}
        onInput=${({ currentTarget }) => currentTarget.setCustomValidity('')} /></label>
      <button>watch</button>
    </form>
    <p class="note">To watch a group, this page joins it: it is a member, and gets what members get.</p>
  <//>`;
}
