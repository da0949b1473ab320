// Compiled, not run: what the types promise, and what they must refuse.
import SpreadSession = require('../..');

const { SpreadDaemon, SpreadError, SAFE_MESS } = SpreadSession;

// The class is a property of itself, for those who take the module apart.
const Same: typeof SpreadSession = SpreadSession.SpreadSession;
const same: SpreadSession.SpreadSession = new Same('4803');
same.once('close', () => undefined);
// @ts-expect-error only cspread makes its errors
new SpreadError('text');

const session = new SpreadSession('4803@localhost', 'name', (opened) => opened.join('room'));
new SpreadSession(
  '4803',
  null,
  false,
  undefined,
  (text: string, error) => error.code.startsWith('ERR_SPREAD_') || text,
);

session.dataHandler = function (group: string, sender: string, data: string) {
  this.multicast(SAFE_MESS, group, data + sender);
};
session.dataHandler = (_group, _sender, data: Buffer) => data.readUInt8(0);
session.dataHandler = null;
session.memberJoinedGroup = (group: string, member: string) => group + member;
session.memberLeftGroup = undefined;
// What is unset can be called, and put back.
const old = session.dataHandler;
old('room', '#a#b', 'text');
session.dataHandler = old;
session.onError('text', new Error('no error of ours') as SpreadSession.SpreadError);
session.onDisconnect = (_text, error) => {
  const number: number | undefined = error.spreadCode;
  return number;
};
// @ts-expect-error a handler is a function
session.onError = 'no';

const taken: boolean | undefined = session.multicast(SAFE_MESS | session.SELF_DISCARD, ['a', 'b'], new Uint8Array(1));
session.multicast(SpreadSession.AGREED_MESS, true, 'room', Buffer.from('x'));
// @ts-expect-error a payload is a string or a view
session.multicast(SAFE_MESS, 'room', { number: 1 });
// @ts-expect-error a service is a number
session.multicast('safe', 'room', 'x');
session.multicast('32', 7, 1.5);
session.multicast(session.SAFE_MESS, session.SELF_DISCARD, 'room', JSON.stringify({ number: 1 }));
session.multicast(SAFE_MESS, null, ['a', 7], undefined);
// @ts-expect-error a symbol has no text
session.multicast(SAFE_MESS, 'room', Symbol('s'));
session.join(7).then(() => session.leave(7));
const mailbox: number = session.mbox;
// @ts-expect-error the connection is not the program's to choose
session.mbox = -1;
// Taken off the session.
process.once('SIGTERM', session.disconnect);
const { join, multicast } = session;
multicast(SAFE_MESS, 'room', 'x');
join('room');

// As node-cspread's own unittest has it, and the other forms without `new`.
const odd: SpreadSession = SpreadSession('4803@localhost', 'proc1', 1, (opened) => opened.join('odd'), failed);
SpreadSession.SpreadSession('4803@localhost', 7, (opened) => opened.disconnect(), failed);
SpreadSession(4803, 'name', null, null, null);
SpreadSession('4803');
new SpreadSession('4803@localhost', 'proc1', 0, (opened) => opened.ref());
// @ts-expect-error a function in the flag's place is `success`
SpreadSession('4803', 'name', (opened: string) => opened);

function failed(this: SpreadSession, text: string): void {
  console.error(text, this.name);
}

class Room extends SpreadSession {
  override dataHandler = (group: string, _sender: string, data: string) => {
    super.send(group, data);
  };
  override join(group: string): Promise<SpreadSession.View | undefined> {
    return super.join(group.toLowerCase());
  }
}
new Room('4803@localhost', 'proc2', true).join('ROOM');

session.join('room').then((view) => {
  const members: readonly string[] | undefined = view?.members;
  // @ts-expect-error views are read-only
  view?.members.push('x');
  return members;
});
session.setEncoding(null).ref().unref().stats().messagesReceived.toFixed();
session.once('close', () => undefined).on('drain', () => undefined);
// @ts-expect-error the state is read-only
session.state = 'closed';
const state: 'connecting' | 'connected' | 'reconnecting' | 'disconnecting' | 'closed' = session.state;

async function daemons(): Promise<number> {
  const daemon = await SpreadDaemon.start({ port: 0, maxSessionMessages: 1000, allowIp: ['local'] });
  await daemon.stop();
  // @ts-expect-error daemons are started
  new SpreadDaemon();
  // @ts-expect-error there is no such option
  await SpreadDaemon.start({ ports: 1 });
  return daemon.port + daemon.stats().queuedBytes;
}

// Exactly SAFE_MESS's number, not any: this fails if the type gets wider.
const safe: 32 = SpreadSession.SAFE_MESS;
// @ts-expect-error and no other
const wrong: 33 = SpreadSession.SAFE_MESS;

export { daemons, mailbox, odd, SpreadError, safe, state, taken, wrong };
