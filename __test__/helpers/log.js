/** What happened, in order, and a way to await that something has. */

class Log {
  entries = [];
  #waiting = new Set();

  push(entry) {
    this.entries.push(entry);
    for (const look of this.#waiting) {
      look();
    }
  }

  /** Resolves once `condition(entries)` holds, with what it returned; it is checked after each entry. */
  until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        let result;
        try {
          result = condition(this.entries);
        } catch (error) {
          reject(error);
        }
        if (result) {
          this.#waiting.delete(look);
          resolve(result);
        }
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves once there are this many entries (that `which` holds for), with those. */
  count(count, which = () => true) {
    return this.until((entries) => {
      const found = entries.filter(which);
      return found.length >= count && found;
    });
  }

  /** Resolves with the first entry that `which` holds for. */
  find(which) {
    return this.until((entries) => entries.find(which));
  }
}

const HANDLERS = [
  'memberJoinedGroup',
  'memberLeftGroup',
  'leaveCausedByNetwork',
  'leaveCausedByDisconnect',
  'onFailedToConnect',
  'onDisconnect',
  'onError',
];

/**
 * Returns a log of all calls of a session's handlers: [handler, ...arguments], data as [‘data’, group, sender, data].
 */
function record(session, log = new Log()) {
  for (const handler of HANDLERS) {
    session[handler] = (...args) => log.push([handler, ...args]);
  }
  session.dataHandler = (...args) => log.push(['data', ...args]);
  session.on('drain', () => log.push(['drain']));
  session.on('close', () => log.push(['close']));
  return log;
}

module.exports = { Log, record };
