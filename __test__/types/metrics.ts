// Compiled, not run: cspread/metrics.
import { type Metrics, type MetricsOptions, metrics } from 'cspread/metrics';
import { connect, SpreadDaemon } from '../..';

import SpreadSession = require('../..');

async function figures(options: MetricsOptions): Promise<Metrics> {
  const session = await connect();
  const daemon = await SpreadDaemon.start();
  const { text, contentType }: { text: string; contentType: string } = await metrics(session);
  await metrics(daemon, { openMetrics: true });
  await metrics([session, daemon, new SpreadSession('4803', 'me')], options);
  await metrics([], { openMetrics: undefined });
  // @ts-expect-error neither a session nor a daemon
  await metrics('4803@localhost');
  // @ts-expect-error there is no such option
  await metrics(session, { openmetrics: true });
  // @ts-expect-error it is read only
  (await metrics(session)).text = text + contentType;
  return metrics(daemon);
}

void figures;
