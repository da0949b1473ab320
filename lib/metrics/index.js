/** cspread/metrics: the figures of sessions and daemons, in the text that Prometheus scrapes. */

const { SpreadDaemon, SpreadSession, check, wrongType } = require('../index.js');
const { DAEMON, SESSION } = require('./figures.js');
const { ABOUT, pings } = require('./pings.js');
const { Counter, Gauge, Registry } = require('./prometheus.js');

const KINDS = { counter: Counter, gauge: Gauge };

async function metrics(targets, options) {
  const given = check.known('options', options, ['openMetrics']);
  const { openMetrics = false } = given;
  check.boolean('openMetrics', openMetrics);
  const all = unique(targetsOf(targets));
  const type = openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
  const registry = new Registry(type);
  const sessions = all.filter(({ isSession }) => isSession);
  await addPings(registry, sessions);
  for (const { target, labels, isSession } of all) {
    addFigures(registry, target, labels, isSession);
  }
  return { text: await registry.metrics(), contentType: type };
}

function targetsOf(targets) {
  return (Array.isArray(targets) ? [...targets] : [targets]).map((target) => {
    if (target instanceof SpreadSession) {
      const { name, address } = target;
      return { target, isSession: true, labels: { session: name ?? '', address: address ?? '' } };
    }
    if (target instanceof SpreadDaemon) {
      const { name, address } = target;
      return { target, isSession: false, labels: { daemon: name, address } };
    }
    throw wrongType('targets', 'a session, a daemon, or an array of them', target);
  });
}

/** Keeps one target for each set of labels, the last one: a session that was opened again replaces the one before. */
function unique(all) {
  return [...new Map(all.map((each) => [JSON.stringify(each.labels), each])).values()];
}

async function addPings(registry, sessions) {
  const withLabels = async ({ target, labels }) =>
    (await pings(target)).map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
  const values = (await Promise.all(sessions.map(withLabels))).flat();
  if (values.length > 0) {
    const { name, help } = ABOUT;
    const type = 'histogram';
    registry.registerMetric({ name, help, type, get: async () => ({ name, help, type, values }) });
  }
}

function addFigures(registry, target, labels, isSession) {
  const stats = target.stats();
  const prefix = isSession ? 'cspread_session_' : 'cspread_daemon_';
  for (const { name, kind, help, labels: own, read } of isSession ? SESSION : DAEMON) {
    const value = read(target, stats);
    if (!Number.isFinite(value)) {
      continue;
    }
    const full = prefix + name;
    const labelNames = Object.keys({ ...labels, ...own });
    const metric =
      registry.getSingleMetric(full) ?? new KINDS[kind]({ name: full, help, labelNames, registers: [registry] });
    metric.inc({ ...labels, ...own }, value);
  }
}

module.exports = { metrics };
