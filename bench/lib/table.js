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

/** The table of one workload at one size. */
function ofWorkload(cells, kind) {
  const failed = (cell) => (cell.errors > 0 ? `${cell.peer} (${cell.errors} failed)` : cell.peer);
  if (kind === 'latency') {
    const head = ['peer', 'p50 µs', 'p99', 'p99.9', 'p50 / raw', 'p99 / raw', 'p50 of rounds'];
    return table(
      head,
      cells.map((cell) => [
        failed(cell),
        cell.p50,
        cell.p99,
        cell.p999,
        cell.vsRaw,
        cell.p99VsRaw,
        `${short(cell.least)} to ${short(cell.most)}`,
      ]),
    );
  }
  const head = [
    'peer',
    'messages/s',
    '/ raw',
    'client µs',
    'JS thread µs',
    'server µs',
    'client MB',
    'server MB',
    'rounds',
  ];
  return table(
    head,
    cells.map((cell) => [
      failed(cell),
      cell.rate,
      cell.vsRaw,
      cell.cpu,
      cell.js,
      cell.server,
      mb(cell.memory),
      mb(cell.serverMemory),
      `${short(cell.least)} to ${short(cell.most)}`,
    ]),
  );
}

module.exports = { ofWorkload, short, table };
