/** Tables of figures, in Markdown, that are readable in a terminal too. */

const short = (value) => {
  if (value === undefined || Number.isNaN(value)) {
    return '–';
  }
  if (typeof value !== 'number') {
    return String(value);
  }
  const size = Math.abs(value);
  if (size >= 1e6) {
    return `${(value / 1e6).toFixed(2)} M`;
  }
  if (size >= 1e4) {
    return `${(value / 1e3).toFixed(size >= 1e5 ? 0 : 1)} k`;
  }
  if (size >= 100) {
    return value.toFixed(0);
  }
  return size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
};

function table(head, rows) {
  const texts = rows.map((row) => row.map(short));
  const widths = head.map((title, column) => Math.max(title.length, ...texts.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...texts.map(line)].join('\n');
}

const mb = (bytes) => (bytes === undefined ? undefined : `${Math.round(bytes / 1e6)}`);

const failed = (cell) => (cell.errors > 0 ? `${cell.peer} (${cell.errors} failed)` : cell.peer);
const rounds = (cell) => (cell.least === undefined ? undefined : `${short(cell.least)} to ${short(cell.most)}`);

/** What the columns of a workload show, unless it says so itself: title → of a cell. */
const RATE = {
  'messages/s': (cell) => cell.rate,
  '/ raw': (cell) => cell.vsRaw,
  'client µs': (cell) => cell.cpu,
  'JS thread µs': (cell) => cell.js,
  'server µs': (cell) => cell.server,
  'client MB': (cell) => mb(cell.memory),
  'server MB': (cell) => mb(cell.serverMemory),
  rounds,
};

const LATENCY = {
  'p50 µs': (cell) => cell.p50,
  p99: (cell) => cell.p99,
  'p99.9': (cell) => cell.p999,
  'p50 / raw': (cell) => cell.vsRaw,
  'p99 / raw': (cell) => cell.p99VsRaw,
  'p50 of rounds': rounds,
};

/** The table of one workload at one size. */
function ofWorkload(cells, { columns, by }) {
  const shown = columns ?? (by === 'p50' ? LATENCY : RATE);
  const rows = cells.map((cell) => [failed(cell), ...Object.values(shown).map((value) => value(cell))]);
  return table(['', ...Object.keys(shown)], rows);
}

module.exports = { ofWorkload, short, table };
