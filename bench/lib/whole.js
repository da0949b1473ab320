/** A run in which one process is measured, besides the server. */

const processes = require('./processes.js');

const whole = ({ side, connections = 1, work, settings, ...more }) =>
  async function run({ peer, size, seconds, warm }) {
    const workload = work ?? this.name;
    const asked = { workload: this.name, work: workload, side, peer: peer.name };
    const options = { ...asked, size, seconds, warm, connections, ...more };
    if (peer.measure !== undefined) {
      return peer.measure({ ...options, workload });
    }
    const server = await peer.serve({ workload, size, connections });
    try {
      return await processes.run({ ...options, where: server.where, server: server.pid }, settings);
    } finally {
      await server.stop();
    }
  };

module.exports = { whole };
