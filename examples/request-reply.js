/**
 * Request and reply: a request goes to a group of servers, and the first reply is taken, or all of them are. A server that leaves
 * fails at once, and errors of its handler travel. How servers take turns by the order alone: docs/long-forms.md.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');
const { Requests } = require('../lib/replicated');

async function serve(address, name) {
  const session = await connect({ address, name });
  const requests = new Requests(session, 'servers');
  requests.handle(({ data }) => `${String(data).toUpperCase()}, says ${name}`);
  await requests.ready;
  return session;
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const servers = [await serve(address, 's1'), await serve(address, 's2'), await serve(address, 's3')];
  const client = await connect({ address, name: 'client' });
  const requests = new Requests(client, 'servers');
  await requests.ready;
  for (const server of servers) {
    const replies = await requests.ask(server.privateGroup, 'one');
    console.log(String(replies.get(server.privateGroup).data));
  }
  const replies = await requests.ask('servers', 'all', { replies: 'all', timeout: 5000 });
  const texts = [...replies.values()].map(({ data }) => String(data));
  console.log(texts.sort().join('; '));
  await Promise.all([client, ...servers].map((session) => session.disconnect()));
  await daemon?.stop();
}

main();
