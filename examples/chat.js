/**
 * A chat: `node examples/chat.js NAME [ROOM]`, in as many terminals as you like. Each typed line goes to every member
 * of the room, in one order; `/who` lists the members, the end of the input leaves.
 *
 * It needs a daemon that all of them reach: SPREAD_DAEMON names it, 4803@localhost by default.
 */

const readline = require('node:readline');
const { connect } = require('..');

const [name, room = 'chat'] = process.argv.slice(2);
const address = process.env.SPREAD_DAEMON ?? '4803@localhost';

/** Returns the short name: alice for `#alice#host`. */
const nameOf = (member) => member.split('#')[1];

async function main() {
  const session = await connect({ address, name });

  session.on('message', ({ sender, data }) => console.log(`${nameOf(sender)}: ${data}`));
  session.on('membership', ({ cause, joined, left }) => {
    for (const member of left) {
      console.log(`* ${nameOf(member)} ${cause === 'leave' ? 'left' : 'is gone'}`);
    }
    for (const member of joined) {
      console.log(`* ${nameOf(member)} joined`);
    }
  });
  session.on('disconnect', ({ error }) => {
    console.error(`* the connection is lost: ${error.message}`);
    process.exitCode = 1;
  });

  const view = await session.join(room);
  console.log(`* here: ${view.members.map(nameOf).join(', ')}`);

  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === '/who') {
      console.log(`* here: ${session.groups.get(room).members.map(nameOf).join(', ')}`);
    } else if (!session.send(room, line)) {
      await session.drained();
    }
  }
  await session.leave(room);
  await session.disconnect();
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
