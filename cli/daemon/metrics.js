/** The HTTP server of `daemon --metrics`: /metrics has the daemon's figures for Prometheus, /healthz whether it runs. */

const { once } = require('node:events');
const http = require('node:http');
const { Failed, Usage } = require('../failures.js');

/** Returns { host, port } of [HOST:]PORT; loopback by default. */
function placeOf(flag, given) {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(given) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new Usage(`--${flag} takes a port, or HOST:PORT, not ${given}`);
  }
  return { host: host?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port: Number(port) };
}

/** Serves the metrics of the daemon. Resolves with { url, close() }. */
async function serveMetrics(daemon, { host, port }) {
  const { metrics } = require('../../lib/metrics/index.js');
  const server = http.createServer(async (request, response) => {
    const [pathname] = request.url.split('?');
    if (!['GET', 'HEAD'].includes(request.method)) {
      respond(response, 405, 'text/plain', 'only GET and HEAD\n', { Allow: 'GET, HEAD' });
    } else if (pathname === '/metrics') {
      const { text, contentType } = await metrics(daemon, { openMetrics: wantsOpenMetrics(request.headers.accept) });
      respond(response, 200, contentType, text);
    } else if (pathname === '/healthz') {
      respond(response, 200, 'text/plain', 'ok\n');
    } else {
      respond(response, 404, 'text/plain', 'here are /metrics and /healthz\n');
    }
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Failed(`cannot serve metrics: ${error.message}`);
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://${shown}:${server.address().port}/metrics`, close };
}

function respond(response, status, type, text, headers = {}) {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** Returns whether an Accept header prefers OpenMetrics to text. */
function wantsOpenMetrics(accept = '') {
  const quality = (type) => {
    const ranges = accept.split(',').filter((range) => range.trim().toLowerCase().startsWith(type));
    return Math.max(0, ...ranges.map((range) => Number(/;\s*q=([\d.]+)/i.exec(range)?.[1] ?? 1)));
  };
  const open = quality('application/openmetrics-text');
  return open > 0 && open >= quality('text/plain');
}

module.exports = { placeOf, serveMetrics };
