/** Counts messages instead of showing them, while they arrive faster than a terminal shows them. */

const { plural, wrap } = require('../layout.js');
const { yellow } = require('../terminal.js');

/** More bytes than this wait only if messages arrive faster than a terminal shows them. */
const FLOOD = 1024 * 1024;

/** Deliveries between two calls of stats(), which cost more than counting a delivery. */
const LOOK = 64;

/** Returns a listener that shows deliveries; in a flood it only counts messages, until most of the queue is taken. */
function unlessFlooded(session, say, show) {
  let [taken, waiting, missed] = [0, 0, 0];
  let timer;
  const tell = () => {
    clearTimeout(timer);
    taken = 0;
    if (missed > 0) {
      say(yellow(wrap(`* ${plural(missed, 'message')} not shown: they came too fast`, '', '  ')));
      missed = 0;
    }
  };
  return (delivery) => {
    waiting = taken % LOOK === 0 ? session.stats().receiveQueueBytes : waiting;
    taken += 1;
    if (delivery.kind === 'message' && waiting > (missed > 0 ? FLOOD / 4 : FLOOD)) {
      timer = missed === 0 ? setTimeout(tell, 500) : timer;
      missed += 1;
    } else {
      tell();
      show(delivery);
    }
  };
}

module.exports = { unlessFlooded };
