/**
 * What is made of runs: a cell is a workload, a size and a peer, with the medians of its rounds. Ratios are medians of
 * ratios between runs of the same round, since what else the machine does changes from round to round.
 */

function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) {
    return undefined;
  }
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function runsOf(runs, workload, size, peer) {
  return runs.filter((run) => run.workload === workload && run.size === size && run.peer === peer && !run.error);
}

/** The median of one figure. */
function figure(runs, workload, size, peer, key) {
  return median(runsOf(runs, workload, size, peer).map((run) => run[key]));
}

/** One peer's figure by another's, round by round. */
function ratio(runs, workload, size, peer, other, key = 'rate') {
  const others = new Map(runsOf(runs, workload, size, other).map((run) => [run.round, run[key]]));
  return median(runsOf(runs, workload, size, peer).map((run) => run[key] / others.get(run.round)));
}

/** All cells, in the order in which they were run. */
function cells(runs) {
  const keys = [...new Set(runs.map(({ workload, size, peer }) => JSON.stringify([workload, size, peer])))];
  return keys.map((key) => {
    const [workload, size, peer] = JSON.parse(key);
    const mine = runsOf(runs, workload, size, peer);
    const names = [...new Set(mine.flatMap((run) => Object.keys(run)))];
    const numbers = names.filter((name) => name !== 'round' && name !== 'size' && typeof mine[0][name] === 'number');
    const medians = Object.fromEntries(numbers.map((name) => [name, median(mine.map((run) => run[name]))]));
    const { yardstick, by } = runs.find((run) => run.workload === workload && run.peer === peer);
    const spread = mine.map((run) => run[by]);
    return {
      workload,
      size,
      peer,
      rounds: mine.length,
      errors: runs.filter((run) => run.workload === workload && run.size === size && run.peer === peer && run.error)
        .length,
      ...medians,
      vsRaw: ratio(runs, workload, size, peer, yardstick, by),
      ...(numbers.includes('p99') && { p99VsRaw: ratio(runs, workload, size, peer, yardstick, 'p99') }),
      ...(spread.length > 0 && { least: Math.min(...spread), most: Math.max(...spread) }),
    };
  });
}

module.exports = { cells, figure, median, ratio, runsOf };
