/**
 * The replicated counter of counter.js on a network of three daemons that is parted and healed: the part with two replicas goes
 * on, the third waits, and has all when it is back. An OrderChecker proves that order and views were right.
 */

const { once } = require('node:events');
const { connect } = require('..');
const { replicate } = require('../lib/replicated');
const { OrderChecker, SpreadNetwork } = require('../lib/testing');

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

async function main() {
  const network = await SpreadNetwork.start({ daemons: ['one', 'two', 'three'] });
  const checker = new OrderChecker();
  const all = [];
  for (const daemon of network.daemons) {
    const session = await connect({ address: network.address(daemon), name: 'counter' });
    checker.watch(session, daemon);
    all.push({ session, replica: replicate(session, 'counter', counter, { partition: 'primary', first: 3 }) });
  }
  await Promise.all(all.map(({ replica }) => replica.ready));
  const [one, two, three] = all.map(({ replica }) => replica);

  await Promise.all([one.do(1), two.do(2), three.do(3)]);
  await network.partition(['one', 'two'], ['three']);
  await Promise.all([one.do(10), two.do(20)]);
  console.log(`parted: one has ${one.state.value}, three has ${three.state.value}`);

  const isBack = once(three, 'primary');
  await network.heal();
  await isBack;
  await three.do(100);
  await Promise.all(all.map(({ replica }) => replica.sync()));
  console.log(`healed: all have ${all.map(({ replica }) => replica.state.value).join(', ')}`);

  const { messages, views } = checker.verify();
  console.log(messages > 0 && views > 0 ? 'the order was right' : 'nothing was watched');
  await Promise.all(all.map(({ session }) => session.disconnect()));
  await network.stop();
}

main();
