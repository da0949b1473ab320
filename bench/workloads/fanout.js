/** A flood to many subscribers in one process. What is counted is what is delivered to all of them together. */

const { receive } = require('../lib/receiving.js');
const { whole } = require('../lib/whole.js');

const fanout = (connections) => ({
  name: `fanout-${connections}`,
  about: `${connections} subscribers in one process, flooded; delivered to all together`,
  by: 'rate',
  run: whole({ side: 'receiver', connections, work: 'fanout' }),
  sides: { receiver: receive },
});

module.exports = [fanout(10), fanout(100)];
