/** What a run costs: time, processor time and memory of this process, and of the server. */

const fs = require('node:fs');

/** Processor time of a process so far, all its threads, in µs; undefined if nobody says. */
function spentBy(pid) {
  try {
    const threads = fs.readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + onCpu(`/proc/${pid}/task/${thread}/schedstat`), 0);
  } catch {
    return undefined;
  }
}

/** A thread's time on a processor, in µs: the kernel counts it in ns. */
function onCpu(file) {
  return Number(fs.readFileSync(file, 'latin1').split(' ', 1)[0]) / 1000;
}

/** The most memory that a process has had resident, in bytes. */
function mostResident(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
  } catch {
    return undefined;
  }
}

function jsSpent() {
  try {
    return onCpu(`/proc/self/task/${process.pid}/schedstat`);
  } catch {
    return undefined;
  }
}

const difference = (after, before, count) => (after === undefined ? undefined : (after - before) / count);

/** Begins to measure; `stop(messages)` has the figures, each of them a message. */
function meter(server) {
  const before = { server: spentBy(server), js: jsSpent(), own: process.cpuUsage(), time: performance.now() };
  return {
    stop(messages) {
      const seconds = (performance.now() - before.time) / 1000;
      const own = process.cpuUsage(before.own);
      return {
        messages,
        seconds,
        rate: messages / seconds,
        cpu: (own.user + own.system) / messages,
        js: difference(jsSpent(), before.js, messages),
        server: difference(spentBy(server), before.server, messages),
        memory: mostResident(process.pid),
        serverMemory: mostResident(server),
      };
    },
  };
}

module.exports = { jsSpent, meter, mostResident, spentBy };
