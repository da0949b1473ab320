/**
 * A replicated counter: every replica has the same value, with no lock and no database, since all of them apply the
 * same additions in the same order. A replica that joins later receives the value from a member that has it. The same
 * without the block: docs/long-forms.md.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');
const { replicate } = require('../lib/replicated');

const counter = {
  initial: () => ({ value: 0 }),
  apply(state, number) {
    state.value += number;
    return state.value;
  },
  snapshot: (state) => Buffer.from(String(state.value)),
  async restore(chunks) {
    let text = '';
    for await (const chunk of chunks) {
      text += chunk;
    }
    return { value: Number(text) };
  },
};

async function join(address, name) {
  const session = await connect({ address, name });
  const replica = replicate(session, 'counter', counter, { partition: 'primary', first: 2 });
  return { session, replica };
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const [a, b] = [await join(address, 'a'), await join(address, 'b')];
  await Promise.all([a.replica.ready, b.replica.ready]);
  const additions = [];
  for (let number = 1; number <= 50; number += 1) {
    additions.push(a.replica.do(number), b.replica.do(-number), a.replica.do(1));
  }
  // A replica that joins in the middle of it.
  const c = await join(address, 'c');
  await c.replica.ready;
  await Promise.all([...additions, c.replica.do(7)]);

  const all = [a, b, c];
  await Promise.all(all.map(({ replica }) => replica.sync()));
  console.log(`all have ${all.map(({ replica }) => replica.state.value).join(', ')}`);
  await Promise.all(all.map(({ session }) => session.disconnect()));
  await daemon?.stop();
}

main();
