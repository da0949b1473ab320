/** What figures were measured on. */

const { execFileSync } = require('node:child_process');
const os = require('node:os');

const PROGRAMS = { 'nats-server': ['-v'], 'redis-server': ['-v'], mosquitto: ['-h'] };
const PACKAGES = ['@nats-io/transport-node', 'ioredis', 'mqtt', 'zeromq', 'spread'];

function versionOf(program, args) {
  try {
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    return /\d+(\.\d+)+/.exec(
      execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
    )?.[0];
  } catch (error) {
    // Some say it and end with an error.
    return /\d+(\.\d+)+/.exec(error.stdout?.toString() ?? '')?.[0];
  }
}

function machine() {
  const [{ model }] = os.cpus();
  const versions = { node: process.versions.node };
  for (const [program, args] of Object.entries(PROGRAMS)) {
    versions[program] = versionOf(program, args);
  }
  const wanted = require('../package.json').dependencies;
  for (const name of PACKAGES) {
    versions[name] = wanted[name];
  }
  const load = os.loadavg().map((value) => Number(value.toFixed(2)));
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version ?? '–'}`);
  const text = `${os.cpus().length} × ${model}, Linux ${os.release()}; load before: ${load.join(', ')}\n${named.join(', ')}`;
  return { cpus: os.cpus().length, model, release: os.release(), versions, load, text };
}

module.exports = { machine };
