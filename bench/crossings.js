/**
 * What a message costs under load, in crossings, calls and memory: one receiver in this process, one sender in
 * another, an embedded daemon. node bench/crossings.js [messages] [bytes]
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const SpreadSession = require('..');

const MESSAGES = Number(process.argv[2] ?? 1_000_000);
const BYTES = Number(process.argv[3] ?? 64);
const GROUP = 'bench';
/** Messages under way at a time; the receiver asks for the next half. */
const WINDOW = 2 * Math.max(256, Math.min(10_000, Math.floor(4e6 / BYTES)));

function open(address, name) {
  return new Promise((resolve, reject) => {
    const session = new SpreadSession(address, name, resolve, (_, error) => reject(error));
    session.onDisconnect = (_, error) => {
      throw error;
    };
  });
}

async function receiver() {
  const daemon = await SpreadSession.SpreadDaemon.start({ port: 0 });
  const session = await open(daemon.address, 'receiver');
  session.setEncoding(null);
  await session.join(GROUP);
  const sender = fork(__filename, [MESSAGES, BYTES], { env: { ...process.env, SENDER: daemon.address } });
  const told = once(sender, 'message');
  let got = 0;
  let begun;
  const done = new Promise((resolve) => {
    session.dataHandler = (_group, _sender, data) => {
      begun ??= { time: performance.now(), cpu: process.cpuUsage() };
      if (data.readUInt32LE(0) !== got) {
        throw new Error(`message ${data.readUInt32LE(0)} instead of ${got}`);
      }
      got += 1;
      if (got % (WINDOW / 2) === 0 && sender.connected) {
        sender.send('more');
      }
      if (got === MESSAGES) {
        resolve();
      }
    };
  });
  await done;
  const seconds = (performance.now() - begun.time) / 1000;
  const cpu = process.cpuUsage(begun.cpu);
  const [sending] = await told;
  print({ seconds, cpu, receiving: session.stats(), sending });
  await session.disconnect();
  await daemon.stop();
}

function print({ seconds, cpu, receiving, sending }) {
  const per = (count) => (count / MESSAGES).toFixed(4);
  console.log(`${MESSAGES} messages of ${BYTES} bytes in ${seconds.toFixed(2)} s: ${Math.round(MESSAGES / seconds)}/s`);
  console.log(`CPU of receiver and daemon: ${((cpu.user + cpu.system) / MESSAGES).toFixed(3)} µs a message`);
  console.log(`CPU of the sender: ${sending.cpu.toFixed(3)} µs a message`);
  console.log(`receiving: ${per(receiving.reads)} reads, ${per(receiving.batches)} crossings a message`);
  console.log(`sending: ${per(sending.writes)} writes a message`);
}

async function sender(address) {
  const session = await open(address, 'sender');
  const message = Buffer.alloc(BYTES);
  let sent = 0;
  let allowed = WINDOW;
  let cpu = { user: 0, system: 0 };
  const fill = () => {
    const before = process.cpuUsage();
    for (; sent < Math.min(allowed, MESSAGES); sent += 1) {
      message.writeUInt32LE(sent, 0);
      if (session.multicast(SpreadSession.AGREED_MESS, GROUP, message) === undefined) {
        throw new Error('the send queue is full: the window is too large for it');
      }
    }
    const spent = process.cpuUsage(before);
    cpu = { user: cpu.user + spent.user, system: cpu.system + spent.system };
    if (sent === MESSAGES) {
      finish();
    }
  };
  const finish = async () => {
    process.off('message', more);
    await session.disconnect();
    process.send({ writes: session.stats().writes, cpu: (cpu.user + cpu.system) / MESSAGES });
    process.disconnect();
  };
  const more = () => {
    allowed += WINDOW / 2;
    fill();
  };
  process.on('message', more);
  fill();
}

if (process.env.SENDER) {
  sender(process.env.SENDER);
} else {
  receiver();
}
