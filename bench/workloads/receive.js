/** One subscriber, flooded by a C program through the peer's server. */

const { receive } = require('../lib/receiving.js');
const { whole } = require('../lib/whole.js');

module.exports = {
  name: 'receive',
  about: 'one subscriber, flooded',
  by: 'rate',
  run: whole({ side: 'receiver', connections: 1 }),
  sides: { receiver: receive },
};
