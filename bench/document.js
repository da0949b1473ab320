/**
 * Puts the figures of runs into bench/results.md and docs/performance.md: node bench/document.js RUN.json [RUN.json …]
 *
 * A run is what `npm run bench -- --json` writes; of several, each has the workloads that it measured, and all are to be
 * of one machine. A table follows a line that says what it is of: figures: WORKLOAD [BYTES], in a comment.
 */

const fs = require('node:fs');
const path = require('node:path');
const { pingTable, startTable } = require('./attack/pooled.js');
const { bars } = require('./lib/bars.js');
const { cells } = require('./lib/cells.js');
const { plots } = require('./lib/plot.js');
const { summary } = require('./lib/summary.js');
const { ofWorkload, table } = require('./lib/table.js');
const { byName, workloads } = require('./workloads');

const docs = path.join(__dirname, '..', 'docs');
const files = [path.join(__dirname, 'results.md'), path.join(docs, 'performance.md')];
const MARKED = /(<!-- figures: (\S+)(?: (\d+))? -->\n)(?:.+\n)*/g;

function main(names) {
  const results = names.map((name) => JSON.parse(fs.readFileSync(name, 'utf8')));
  const runs = results.flatMap((result) => result.runs);
  const all = cells(runs);

  function figures(name, size) {
    if (name === 'machine') {
      return `\`\`\`text\n${results[0].machine.text}\n\`\`\``;
    }
    if (name === 'summary') {
      return summary(all);
    }
    if (name === 'bars') {
      const rows = bars(runs).map((row) => [row.what, row.value, row.bar, row.goal, row.verdict]);
      return table(['what', 'measured', 'bar', 'goal', ''], rows);
    }
    if (name === 'attack' || name === 'attack-starts') {
      return (name === 'attack' ? pingTable : startTable)(runs.filter(({ workload }) => workload === 'attack'));
    }
    const own = all.filter((cell) => cell.workload === name && (size === undefined || cell.size === Number(size)));
    return own.length > 0 ? ofWorkload(own, byName(name)) : undefined;
  }

  for (const file of files) {
    const after = fs.readFileSync(file, 'utf8').replace(MARKED, (old, mark, name, size) => {
      const now = figures(name, size);
      if (now === undefined) {
        console.log(`as it was: ${name} ${size ?? ''}: it was not measured`);
      }
      return now === undefined ? old : `${mark}${now}\n`;
    });
    fs.writeFileSync(file, after);
  }
  const texts = files.map((file) => fs.readFileSync(file, 'utf8')).join('');
  const shown = workloads.filter(({ name }) => texts.includes(`images/bench/${name}.svg`));
  plots(path.join(docs, 'images', 'bench'), all, shown);
}

main(process.argv.slice(2));
