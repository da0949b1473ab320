/** Plots as SVG, a file for each workload: bars, a panel for each size. */

const fs = require('node:fs');
const path = require('node:path');
const { short } = require('./table.js');

const ROW = 22;
const BAR = 14;
const LABEL = 170;
const WIDTH = 380;
const VALUE = 110;
const PANEL_HEAD = 34;
const TITLE = 46;
const EDGE = 16;

const OURS = '#c2410c';
const THEIRS = '#64748b';
const YARDSTICK = '#cbd5e1';

const escaped = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function colour(name) {
  if (name.startsWith('raw')) {
    return YARDSTICK;
  }
  return name.includes('cspread') || /^\d/.test(name) ? OURS : THEIRS;
}

function text(x, y, what, more = '') {
  return `<text x="${x}" y="${y}" ${more}>${escaped(what)}</text>`;
}

function bar(cell, index, top, longest, value) {
  const y = top + index * ROW;
  const length = Math.max(1, (value(cell) / longest) * WIDTH);
  const middle = y + BAR - 3;
  // The thin line is from the least to the most of the rounds.
  const at = (figure) => LABEL + Math.min(WIDTH, (figure / longest) * WIDTH);
  const line =
    cell.least === undefined
      ? ''
      : `<line x1="${at(cell.least)}" x2="${at(cell.most)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}"/>`;
  return [
    text(LABEL - 8, middle, cell.peer, 'text-anchor="end"'),
    `<rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" fill="${colour(cell.peer)}"/>`,
    line,
    text(LABEL + WIDTH + 8, middle, short(value(cell))),
  ].join('\n');
}

function panel(title, cells, top, by) {
  const value = (cell) => cell[by];
  const shown = cells.filter((cell) => Number.isFinite(value(cell)));
  const longest = Math.max(...shown.map(value));
  const head = text(LABEL, top + PANEL_HEAD - 12, title, 'class="size"');
  const bars = shown.map((cell, index) => bar(cell, index, top + PANEL_HEAD, longest, value));
  return { svg: [head, ...bars].join('\n'), bottom: top + PANEL_HEAD + shown.length * ROW };
}

const sizeName = (size) => (size < 1024 ? `${size} bytes` : `${Math.round(size / 1024)} KB`);

/** The plot of one workload. */
function plot(workload, cells) {
  const sizes = [...new Set(cells.map(({ size }) => size))];
  const panels = [];
  let bottom = TITLE;
  for (const size of sizes) {
    const title = sizes.length > 1 ? sizeName(size) : '';
    const made = panel(
      title,
      cells.filter((cell) => cell.size === size),
      bottom,
      workload.by,
    );
    panels.push(made.svg);
    bottom = made.bottom;
  }
  const [width, height] = [LABEL + WIDTH + VALUE, bottom + EDGE];
  const title = `${workload.name}: ${workload.about}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escaped(title)}</title>
<style>text { font: 12px system-ui, sans-serif; fill: #1e293b } .title { font-weight: 600; font-size: 14px }
.size { font-weight: 600 } line { stroke: #0f172a; stroke-width: 1 }</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${text(EDGE, 24, title, 'class="title"')}
${panels.join('\n')}
</svg>
`;
}

function plots(folder, cells, workloads) {
  fs.mkdirSync(folder, { recursive: true });
  for (const workload of workloads) {
    const mine = cells.filter((cell) => cell.workload === workload.name);
    if (mine.length > 0) {
      fs.writeFileSync(path.join(folder, `${workload.name}.svg`), plot(workload, mine));
    }
  }
}

module.exports = { plots };
