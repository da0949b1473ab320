/** The bytes of Spread's client protocol that a flood needs; docs/protocol.md has their meaning. */

const LITTLE = 0x80000080;
const SLOT = 32;

function spreadFrame({ type, sender, groups, body = Buffer.alloc(0) }) {
  const head = Buffer.alloc(48 + SLOT * groups.length);
  head.writeUInt32LE((type | LITTLE) >>> 0, 0);
  head.latin1Write(sender, 4);
  head.writeInt32LE(groups.length, 36);
  head.writeUInt32LE(LITTLE, 40);
  head.writeInt32LE(body.length, 44);
  groups.forEach((group, index) => {
    head.latin1Write(group, 48 + SLOT * index);
  });
  return Buffer.concat([head, body]);
}

const AGREED = 0x10;
const JOIN = 0x10000;

/** A conversation of a session by this name; each step is answered. */
const spread = {
  hello(name) {
    const request = Buffer.concat([Buffer.from([5, 0, 1, 1, name.length]), Buffer.from(name)]);
    const choice = Buffer.alloc(90);
    choice.latin1Write('NULL', 0);
    return [request, choice];
  },
  subscribe: (topic) => spreadFrame({ type: JOIN, sender: '#drain#localhost', groups: [topic] }),
  publish: (topic, body) => spreadFrame({ type: AGREED, sender: '#flood#localhost', groups: [topic], body }),
};

module.exports = { spread, spreadFrame };
