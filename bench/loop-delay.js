/**
 * How late the event loop is while messages come: loop-delay.js [messages a second [seconds]]. Daemon and sender are a
 * process of their own; a timer of 1 ms runs here, and Node's own monitor says how late it comes.
 */

const { spawn } = require('node:child_process');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { SpreadDaemon, connect } = require('..');

const RATE = Number(process.argv[2] ?? 200_000);
const SECONDS = Number(process.argv[3] ?? 5);
const GROUP = 'load';
const SIZE = 64;
const TICK_MS = 5;

async function send() {
  const daemon = await SpreadDaemon.start({ port: 0 });
  const session = await connect({ address: daemon.address, name: 'sender' });
  process.send(daemon.address);
  await new Promise((resolve) => process.once('message', resolve));
  const payload = Buffer.alloc(SIZE);
  const begun = performance.now();
  let sent = 0;
  for (;;) {
    const elapsed = performance.now() - begun;
    if (elapsed >= SECONDS * 1000) {
      break;
    }
    for (const due = (elapsed * RATE) / 1000; sent < due; sent += 1) {
      session.send(GROUP, payload);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await session.disconnect();
  await daemon.stop();
  process.disconnect();
}

async function receive() {
  const child = spawn(process.execPath, [__filename, RATE, SECONDS], {
    env: { ...process.env, CSPREAD_BENCH_SENDER: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const address = await new Promise((resolve) => child.once('message', resolve));
  const session = await connect({ address, name: 'receiver' });
  let received = 0;
  session.on('message', () => {
    received += 1;
  });
  // The daemon goes when all is sent.
  session.on('disconnect', () => {});
  await session.join(GROUP);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const timer = setInterval(() => {}, 1);
  child.send('go');
  delay.enable();
  const begun = performance.now();
  await new Promise((resolve) => session.once('close', resolve));
  delay.disable();
  clearInterval(timer);
  const rate = Math.round((received / (performance.now() - begun)) * 1000);
  const ms = (ns) => (ns / 1e6).toFixed(2);
  console.log(`${received} messages of ${SIZE} bytes, ${rate}/s`);
  console.log(
    `loop delay: p50 ${ms(delay.percentile(50))} ms, p99 ${ms(delay.percentile(99))} ms, max ${ms(delay.max)} ms`,
  );
}

if (process.env.CSPREAD_BENCH_SENDER) {
  send();
} else {
  receive();
}
