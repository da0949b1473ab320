/** For what nobody announces: asks again and again, a little later each time. */

const { setTimeout: later } = require('node:timers/promises');

/** Nothing here takes this long unless it hangs. */
const HANG_MS = 60_000;

async function until(condition, what = condition.toString()) {
  const end = Date.now() + HANG_MS;
  for (let pause = 1; Date.now() < end; pause = Math.min(2 * pause, 100)) {
    const result = await condition();
    if (result) {
      return result;
    }
    await later(pause);
  }
  throw new Error(`it did not come about: ${what}`);
}

module.exports = { until };
