/**
 * The page's HTTP server. Only this machine reaches it unless there is a token; it answers only requests that name it as it is
 * called (so that no other site's name leads here), and takes changes only from its own page.
 */

const { timingSafeEqual } = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const { BlockList, isIP } = require('node:net');

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const COOKIE = 'cspread-token';

/** Pages that may look at a time, and bytes that may wait for one of them before it is cut off: it comes back by itself. */
const MOST_PAGES = 50;
const MOST_WAITING = 16 * 1024 * 1024;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Returns whether only this machine reaches the address. */
function isLoopback(host) {
  const kind = isIP(host);
  return host === 'localhost' || (kind !== 0 && loopback.check(host, `ipv${kind}`));
}

/** Serves the assets (path → { type, body }) and the model. Resolves with { url, port, close() }. */
async function listen({ host, port, token, assets, model }) {
  const pages = new Set();
  const server = http.createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) {
      response.setHeader(name, value);
    }
    const [pathname, query] = request.url.split('?');
    const asked = new URLSearchParams(query);
    if (!isNamedRight(request, host, token)) {
      refuse(response, 403, 'this server does not go by that name');
    } else if (token !== undefined && !hasToken(request, token)) {
      enter(response, asked, token);
    } else if (request.method === 'POST') {
      change(request, response, pathname, asked, model);
    } else if (!['GET', 'HEAD'].includes(request.method)) {
      refuse(response, 405, 'only GET, HEAD and POST');
    } else if (pathname === '/events') {
      follow(response, model, pages);
    } else if (pathname === '/transcript') {
      const kept = model.transcript(Number(asked.get('observer')), asked.get('group') ?? '');
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(kept));
    } else if (Object.hasOwn(assets, pathname)) {
      const { type, body } = assets[pathname];
      response.setHeader('Content-Type', type).end(body);
    } else {
      refuse(response, 404, 'there is nothing here');
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: own } = server.address();
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${own}/${token === undefined ? '' : `?token=${encodeURIComponent(token)}`}`,
    port: own,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Returns whether `Host` is a name of this server, and `Origin`, if there is one, this server too. */
function isNamedRight({ headers, method }, host, token) {
  const { host: named = '', origin } = headers;
  let name;
  try {
    name = new URL(`http://${named}`).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return false;
  }
  // With a token, a name that leads here by mistake does not have it.
  const isOwn = name === host || isLoopback(name) || token !== undefined;
  // With a token there may be a proxy before it that encrypts.
  const origins = [`http://${named}`, ...(token === undefined ? [] : [`https://${named}`])];
  const isFromHere = origin === undefined ? method !== 'POST' : origins.includes(origin);
  return isOwn && isFromHere;
}

const isSame = (a, b) => {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
};

function hasToken({ headers }, token) {
  const cookies = (headers.cookie ?? '').split('; ').map((each) => each.split('='));
  return cookies.some(([name, value = '']) => name === COOKIE && isSame(value, encodeURIComponent(token)));
}

/** Lets in who has the token in the address, and takes it out of there. */
function enter(response, asked, token) {
  if (!isSame(asked.get('token') ?? '', token)) {
    refuse(response, 401, 'open the address that has the token');
    return;
  }
  const cookie = `${COOKIE}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`;
  response.writeHead(303, { Location: '/', 'Set-Cookie': cookie }).end();
}

function change(request, response, pathname, asked, model) {
  request.resume();
  const group = asked.get('group') ?? '';
  if (!/^[$-~]{1,31}$/.test(group) || !['/watch', '/unwatch'].includes(pathname)) {
    refuse(response, 400, 'not a valid group name');
    return;
  }
  if (model[pathname.slice(1)](group)) {
    response.writeHead(204).end();
  } else {
    refuse(response, 409, 'this page watches as many groups as it can');
  }
}

/** Sends what there is and what changes, as server-sent events, as long as the page takes them. */
function follow(response, model, pages) {
  if (pages.size >= MOST_PAGES) {
    refuse(response, 503, 'too many pages look at this already');
    return;
  }
  pages.add(response);
  response.setHeader('Content-Type', 'text/event-stream');
  response.write('retry: 1000\n\n');
  const end = model.subscribe((event, data) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > MOST_WAITING) {
      response.destroy();
    }
  });
  response.on('close', () => {
    pages.delete(response);
    end();
  });
}

function refuse(response, status, text) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

module.exports = { isLoopback, listen };
