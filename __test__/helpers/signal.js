/** Signals to processes. */

/**
 * Sends a signal to a child, and returns whether the child is there. `child.kill()` would do, but for Deno, which takes
 * every signal that it sends a child for that child's end.
 */
function sendSignal({ pid }, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error.code === 'ESRCH') {
      return false;
    }
    throw error;
  }
}

module.exports = { sendSignal };
