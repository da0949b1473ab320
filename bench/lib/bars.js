/** What cspread has to reach, and what it reached: ratios between runs of the same round, at 64 bytes unless said. */

const { figures } = require('../attack/pooled.js');
const { figure, median, ratio, runsOf } = require('./cells.js');

/** The peers that a size's bar is about: those with a broker on TCP, and zeromq. */
const PEERS = ['nats', 'ioredis', 'mqtt', 'zeromq'];

const { USUAL_VIEW } = require('../workloads/views.js');

const times = (value) => (value === undefined ? undefined : `${value.toFixed(2)} ×`);
const us = (value) => (value === undefined ? undefined : `${value.toFixed(3)} µs`);

function judge(isBarMet, isGoalMet, bar, goal) {
  if (!isBarMet) {
    return 'MISSED';
  }
  if (goal === undefined) {
    return 'bar';
  }
  return isGoalMet ? 'goal' : `${bar === undefined ? '' : 'bar, '}not the goal`;
}

function row(what, value, bar, goal, { least = true, show = times } = {}) {
  const isMet = (limit) => limit === undefined || (least ? value >= limit : value <= limit);
  const sign = least ? '≥' : '≤';
  const verdict = judge(isMet(bar), isMet(goal), bar, goal);
  const text = (limit) => (limit === undefined ? '' : `${sign} ${show(limit)}`);
  // What was not measured, or has nothing to be compared with, is no row.
  return Number.isFinite(value) ? { what, value: show(value), bar: text(bar), goal: text(goal), verdict } : undefined;
}

/** By whichever other peer is best in most rounds. */
function byBest(runs, workload, size, key, best) {
  const others = PEERS.filter((peer) => runsOf(runs, workload, size, peer).length > 0);
  const values = others.map((peer) => ratio(runs, workload, size, 'cspread', peer, key));
  return values.length === 0 ? undefined : best(...values);
}

function small(runs) {
  const by = (workload, other, key) => ratio(runs, workload, 64, 'cspread', other, key);
  const of = (workload, key, peer = 'cspread') => figure(runs, workload, 64, peer, key);
  const cost = { least: false, show: us };
  return [
    row('receive / nats', by('receive', 'nats'), 1.5, 2.5),
    row('receive / raw', by('receive', 'raw'), undefined, 0.6),
    row('receive, JS thread', of('receive', 'js'), 0.3, 0.15, cost),
    row('send / nats', by('send', 'nats'), 2),
    row('send / raw', by('send', 'raw'), undefined, 1),
    row('send, client', of('send', 'cpu'), undefined, 0.2, cost),
    row('loop / nats', by('loop', 'nats'), 2, 3),
    row('fan-out to 10 / nats', by('fanout-10', 'nats'), 1.5, 3),
    row('ping-pong p50 / raw relay', by('pingpong', 'raw', 'p50'), 1.25, 1.1, { least: false }),
    row('ping-pong p99 / raw relay', by('pingpong', 'raw', 'p99'), 1.6, 1.3, { least: false }),
    row('daemon, receive', of('receive', 'server'), 0.5, 0.2, cost),
    row('daemon, loop', of('loop', 'server'), 0.5, 0.2, cost),
  ];
}

function large(runs) {
  return [1024, 16_384].flatMap((size) => [
    ...['receive', 'send', 'loop', 'fanout-10'].flatMap((workload) => [
      row(`${workload} ${size} / best peer`, byBest(runs, workload, size, 'rate', Math.min), 1),
      row(`${workload} ${size} / raw`, ratio(runs, workload, size, 'cspread', 'raw'), undefined, 0.8),
    ]),
    row(`ping-pong ${size} p50 / best peer`, byBest(runs, 'pingpong', size, 'p50', Math.max), 1, undefined, {
      least: false,
    }),
    row(`ping-pong ${size} p50 / raw relay`, ratio(runs, 'pingpong', size, 'cspread', 'raw', 'p50'), undefined, 1.1, {
      least: false,
    }),
  ]);
}

function real(runs) {
  const by = (workload, peer, key, other) => ratio(runs, workload, 64, peer, other, key);
  return ['', '-unix'].flatMap((transport) => {
    const [mine, c] = [`real:cspread${transport}`, `real:c${transport}`];
    return [
      ...['receive', 'send', 'loop', 'fanout-10'].flatMap((workload) => [
        row(`real daemon${transport}, ${workload} / C`, by(workload, mine, 'rate', c), 0.97),
        row(`real daemon${transport}, ${workload}, CPU / C`, by(workload, mine, 'cpu', c), 1, 0.7, { least: false }),
        transport === ''
          ? row(`libspread engine, ${workload} / C`, by(workload, 'real:cspread-libspread', 'rate', c), 0.9, 0.97)
          : undefined,
      ]),
      row(`real daemon${transport}, ping-pong p50 over C`, behind(runs, mine, c), undefined, 10, {
        least: false,
        show: (value) => `${value.toFixed(0)} µs`,
      }),
    ];
  });
}

/** How much later, in µs. */
function behind(runs, peer, other) {
  const others = new Map(runsOf(runs, 'pingpong', 64, other).map((run) => [run.round, run.p50]));
  return median(runsOf(runs, 'pingpong', 64, peer).map((run) => run.p50 - others.get(run.round)));
}

/** What a delivery costs with more of something, by what it costs with one. */
function scaling(runs) {
  const workloads = [...new Set(runs.map(({ workload }) => workload))].filter((name) => name.startsWith('scaling'));
  return workloads.flatMap((workload) => {
    const [one, ...more] = [...new Set(runs.filter((run) => run.workload === workload).map(({ peer }) => peer))];
    return more.map((peer) =>
      row(`a delivery, ${peer} / 1`, ratio(runs, workload, 64, peer, one, 'cost'), 1.3, 1.1, { least: false }),
    );
  });
}

function others(runs) {
  const most = (show) => ({ least: false, show });
  const bytes = (value) => `${(value / 1000).toFixed(1)} kB`;
  const ms = (value) => `${value.toFixed(1)} ms`;
  return [
    row('idle session, client', figure(runs, 'idle', 0, 'cspread', 'client'), 50e3, 20e3, most(bytes)),
    row('idle session, daemon', figure(runs, 'idle', 0, 'cspread', 'serverBytes'), 20e3, 8e3, most(bytes)),
    row('200 sessions join / raw bytes', ratio(runs, 'views', USUAL_VIEW, 'cspread', 'raw'), 0.3, 0.5),
    row('loop delay p99, 200 k messages/s', figure(runs, 'delay-200k', 64, 'cspread', 'p99'), 10, 3, most(ms)),
    row("require('cspread')", figure(runs, 'start', 0, 'cspread', 'p50'), 15, 5, most(ms)),
    row('retention, by what is kept', figure(runs, 'retention', 64, 'cspread', 'times'), 16, undefined, most(times)),
  ];
}

/** Honest sessions beside the quiet rounds; what the daemon of a checkout spent, beside the one before. */
function attacks(runs) {
  const all = figures(runs.filter(({ workload, pings }) => workload === 'attack' && pings !== undefined));
  const of = (name) => all.find(({ peer }) => peer === name);
  const [ends, before] = [of('ends now'), of('ends before')];
  const most = { least: false };
  return [
    ...all
      .filter(({ peer }) => peer.endsWith(' now'))
      .flatMap(({ peer, p99Times, mostTimes, came }) => [
        row(`attack, ${peer}: ping p99 / quiet`, p99Times, 2, undefined, most),
        row(`attack, ${peer}: slowest ping / quiet`, mostTimes, 10, undefined, most),
        row(`attack, ${peer}: who came / who tried`, came, 1),
      ]),
    row('attack, ends: daemon CPU, now / before', ends?.cpu / before?.cpu, 0.05, undefined, most),
  ];
}

function bars(runs) {
  return [...small(runs), ...large(runs), ...real(runs), ...scaling(runs), ...others(runs), ...attacks(runs)].filter(
    (one) => one !== undefined,
  );
}

module.exports = { bars };
