/** The exit codes: what each means, for the help of every command. */

const EXITS = {
  0: 'done',
  1: 'failed: no daemon, a lost connection, something that doctor found',
  2: 'called wrongly',
  3: 'listen: --timeout passed before --count was reached',
  129: 'its terminal was closed (as a shell reports SIGHUP)',
  130: 'Ctrl-C before it was done: bench, ping, send',
};

module.exports = { EXITS };
