/** Draws a terminal's screen (of @xterm/headless) as SVG, with its own background: readable on any page. */

const CELL = { width: 8.4, height: 18 };
const MARGIN = 16;

/** The first eight colours, of GitHub's dimmed theme. */
const PALETTE = ['#545d68', '#f47067', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#909dab'];
const [PAPER, INK] = ['#1c2128', '#adbac7'];

const escaped = (text) =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

function styleOf(cell) {
  const color = cell.isFgPalette() ? PALETTE[cell.getFgColor() % 8] : INK;
  return `fill="${color}"${cell.isBold() ? ' font-weight="bold"' : ''}${cell.isDim() ? ' opacity=".65"' : ''}`;
}

/** Returns the runs of one style in a row: { column, columns, text, style }. Two blanks end a run. */
function runs(line, columns) {
  const found = [];
  let run;
  for (let column = 0; column < columns; column += 1) {
    const cell = line.getCell(column);
    if (cell.getWidth() > 0) {
      const text = cell.getChars() || ' ';
      const style = styleOf(cell);
      if (run?.style !== style || (run.text.endsWith('  ') && text !== ' ')) {
        run = { column, columns: 0, text: '', style };
        found.push(run);
      }
      run.text += text;
      run.columns += cell.getWidth();
    }
  }
  return found.filter(({ text }) => text.trim() !== '');
}

function drawn({ buffer, cols, rows }, title) {
  const { active } = buffer;
  const lines = Array.from({ length: rows }, (_, row) => runs(active.getLine(active.baseY + row), cols));
  const last = lines.findLastIndex((line) => line.length > 0);
  const texts = lines.slice(0, last + 1).flatMap((line, row) =>
    line.map(({ column, columns, text, style }) => {
      const shown = text.trimEnd();
      const x = (MARGIN + column * CELL.width).toFixed(1);
      const y = MARGIN + (row + 0.75) * CELL.height;
      // In any font it takes as many columns as in the terminal.
      const length = ((columns - (text.length - shown.length)) * CELL.width).toFixed(1);
      return `<text x="${x}" y="${y}" textLength="${length}" ${style}>${escaped(shown)}</text>`;
    }),
  );
  const [width, height] = [2 * MARGIN + cols * CELL.width, 2 * MARGIN + (last + 1) * CELL.height].map(Math.ceil);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14" xml:space="preserve">`,
    `<title>${title}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    ...texts,
    '</svg>',
    '',
  ].join('\n');
}

module.exports = { drawn };
