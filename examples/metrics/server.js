/**
 * Figures for Prometheus: a program that serves those of its own session. PORT is 9465 by default; `dashboard.json` beside
 * this file is for Grafana, `prometheus.yml` for Prometheus.
 *
 * Runs on an embedded daemon, whose figures it serves too, or on the daemon that SPREAD_DAEMON names.
 */

const http = require('node:http');
const { SpreadDaemon, connect } = require('../..');
const { metrics } = require('../../lib/metrics');

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const session = await connect({ address: process.env.SPREAD_DAEMON ?? daemon.address, reconnect: true });
  await session.join('room');
  const targets = daemon ? [session, daemon] : [session];
  const server = http.createServer(async (_request, response) => {
    session.send('room', 'somebody looked');
    const { text, contentType } = await metrics(targets);
    response.setHeader('Content-Type', contentType).end(text);
  });
  server.listen(Number(process.env.PORT ?? 9465), '127.0.0.1', () => {
    console.log(`metrics at http://127.0.0.1:${server.address().port}/metrics`);
  });
  process.once('SIGTERM', async () => {
    server.close();
    server.closeAllConnections();
    await session.disconnect();
    await daemon?.stop();
  });
}

main();
