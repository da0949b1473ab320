/** Messages and bytes a second, of groups and of members, as plots. */

import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock, html, Panel, short } from './parts.mjs';
import { hueOf, shortName } from './state.mjs';

const HEIGHT = 180;

/** Returns a colour of the page's own. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Returns the busiest names of the points, at most eight. */
function busiest(points, of) {
  const sums = new Map();
  for (const point of points) {
    for (const [name, [messages]] of Object.entries(point[of])) {
      sums.set(name, (sums.get(name) ?? 0) + messages);
    }
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([name]) => name)
    .sort();
}

function optionsOf(names, of, width) {
  const axis = {
    stroke: colour('--dim'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  return {
    width,
    height: HEIGHT,
    legend: { live: false },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, space: 80, values: (_plot, ticks) => ticks.map((tick) => clock(tick * 1000)) },
      { ...axis, size: 48, values: (_plot, ticks) => ticks.map((tick) => short(tick)) },
    ],
    series: [
      {},
      ...names.map((name, index) => ({
        label: of === 'groups' ? name : shortName(name),
        stroke: colour(`--c${of === 'groups' ? hueOf(name) : index % 8}`),
        width: 2,
        points: { show: false },
      })),
    ],
  };
}

function Plot({ points, of, figure, unit, title }) {
  const place = useRef();
  const plot = useRef();
  const names = busiest(points, of);
  const key = `${names.join('\n')}${matchMedia('(prefers-color-scheme: dark)').matches}`;
  const data = [
    points.map(({ time }) => time / 1000),
    ...names.map((name) => points.map((point) => point[of][name]?.[figure] ?? 0)),
  ];
  useEffect(() => {
    plot.current = new uPlot(optionsOf(names, of, place.current.clientWidth), data, place.current);
    const observer = new ResizeObserver(() =>
      plot.current.setSize({ width: place.current.clientWidth, height: HEIGHT }),
    );
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
    };
  }, [key, figure]);
  useEffect(() => plot.current?.setData(data));
  const last = points.at(-1);
  const said = names.map(
    (name) => `${of === 'groups' ? name : shortName(name)} ${short(last?.[of][name]?.[figure] ?? 0)}${unit}`,
  );
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div ref=${place} role="img" aria-label=${`${title} now: ${said.join(', ') || 'nothing'}`}></div>
  </figure>`;
}

const FIGURES = { messages: [0, ' msg/s'], bytes: [1, ' B/s'] };

export function Rates({ state }) {
  const [what, choose] = useState('messages');
  const [figure, unit] = FIGURES[what];
  const missed = state.points.at(-1)?.missed ?? 0;
  return html`<${Panel} id="rates" title="Rates" note=${missed > 0 ? 'all are counted; messages below are samples' : ''}>
    <div class="choice" role="group" aria-label="what is plotted">
      ${Object.keys(FIGURES).map((name) => html`<button type="button" aria-pressed=${name === what} onClick=${() => choose(name)}>${name}</button>`)}
    </div>
    <div class="plots">
      <${Plot} points=${state.points} of="groups" figure=${figure} unit=${unit} title=${`${what} a second, by group`} />
      <${Plot} points=${state.points} of="members" figure=${figure} unit=${unit} title=${`${what} a second, by sender`} />
    </div>
  <//>`;
}
