/** What a chat does when messages come faster than they can be shown. */

const { plural, wrap } = require('../layout.js');
const { yellow } = require('../terminal.js');

/** More bytes than this wait only if messages come faster than a terminal shows them, let alone people read. */
const FLOOD = 1024 * 1024;

/** How many wait is asked for once in so many deliveries: it takes longer than to count one. */
const LOOK = 64;

/** Shows deliveries; in a flood messages are only counted, until most of what waited has been taken. */
function unlessFlooded(session, say, show) {
  let [taken, waiting, missed] = [0, 0, 0];
  let timer;
  const tell = () => {
    clearTimeout(timer);
    taken = 0;
    if (missed > 0) {
      say(yellow(wrap(`* ${plural(missed, 'message')} came too fast to be shown`, '', '  ')));
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
