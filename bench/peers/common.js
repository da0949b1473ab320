/** What peers have in common. */

const { execFileSync } = require('node:child_process');
const { flood } = require('../lib/wire.js');

/** Why a package or a program is not there; undefined if it is. */
function withoutPackage(name) {
  try {
    require.resolve(name);
    return undefined;
  } catch {
    return `no package ${name}: npm ci in bench/`;
  }
}

function withoutProgram(name) {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    return undefined;
  } catch {
    return `no program ${name}: the Debian package of that name has it`;
  }
}

/** About a megabyte, and no fewer than 16 messages. */
function atMost(count) {
  return (size) => Math.max(16, Math.min(count, Math.floor(1e6 / size)));
}

const turn = () => new Promise(setImmediate);

/** `flood` and `drain` of a peer whose protocol is described: { hello, subscribe(topic), publish(topic, payload) }. */
function onTheWire({ hello, subscribe, publish }, pattern) {
  return {
    flood({ where, topic, topics = [topic], size, window, rate }) {
      const payload = pattern(size);
      const messages = topics.map((one) => publish(one, payload));
      const offset = messages[0].indexOf(payload);
      const at = where.path ?? where.port;
      return flood({ where: at, steps: hello('flood'), messages, offset, size, window, rate });
    },
    drain({ where, topic }) {
      const steps = [...hello('drain'), subscribe(topic)];
      return flood({ where: where.path ?? where.port, steps, window: 0 });
    },
  };
}

module.exports = { atMost, onTheWire, turn, withoutPackage, withoutProgram };
