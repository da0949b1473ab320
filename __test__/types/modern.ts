// Compiled, not run: the modern interface. `Same` fails when a type gets wider, or narrower, than what is written.
import SpreadSession = require('../..');

import { EventEmitter, errorMonitor, once } from 'node:events';
import { type ConnectOptions, connect, type Delivery, type Session, type SpreadError, type View } from '../..';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

async function connecting(options: ConnectOptions): Promise<void> {
  const session = await connect('4803@localhost');
  same<typeof session, Session<View>>(true);
  await connect();
  await connect(['4803@a', { host: 'b' }, { port: 4804 }, { path: '/tmp/4803' }]);
  await connect({ host: '::1', port: 4803 });
  same<Awaited<ReturnType<typeof session.join>>, View>(true);
  const silent = await connect({ address: '4803', membership: false });
  same<Awaited<ReturnType<typeof silent.join>>, undefined>(true);
  const either = await connect(options);
  same<Awaited<ReturnType<typeof either.join>>, View | undefined>(true);
  await connect({ reconnect: { attempts: 5, minDelay: 10, maxDelay: 100 }, signal: AbortSignal.timeout(5) });
  // @ts-expect-error there is no such option
  await connect({ adress: '4803' });
  // @ts-expect-error an address has a host and a port, or a path
  await connect({ host: 'a', path: '/b' });
  // @ts-expect-error a name is a string
  await connect({ name: 5 });
  // @ts-expect-error one of the two
  await connect({ overflow: 'drop' });
  await connect({ name: undefined, signal: undefined, auth: undefined, reconnect: { attempts: undefined } });
  await connect({ host: 'a', port: undefined, path: undefined });
  // @ts-expect-error one argument
  await connect('4803', { name: 'me' });
}

function using(session: Session): void {
  same<ReturnType<Session['send']>, boolean>(true);
  same<ReturnType<SpreadSession['send']>, boolean | undefined>(true);
  same<typeof session.privateGroup, string>(true);
  same<typeof session.groups, ReadonlyMap<string, View>>(true);
  session.send('room', ['a', Buffer.from('b')], { service: 'safe', selfDiscard: true, type: -1 });
  session.send(['a', 'b'], new Float32Array(1), { service: session.SAFE_MESS });
  // @ts-expect-error there is no such service
  session.send('room', 'x', { service: 'save' });
  // @ts-expect-error there is no such option
  session.send('room', 'x', { selfdiscard: true });
  // @ts-expect-error only Spread changes it
  session.groups.delete('room');
  same<ReturnType<Session['ping']>, Promise<number>>(true);
}

function listening(session: Session): void {
  session.on('message', (message) => {
    same<typeof message, SpreadSession.Message>(true);
    same<typeof message.data, Buffer>(true);
    same<typeof message.service, 'unreliable' | 'reliable' | 'fifo' | 'causal' | 'agreed' | 'safe'>(true);
    // @ts-expect-error others are given the same object
    message.group = 'other';
  });
  session.on('membership', (change) => {
    same<typeof change.cause, 'join' | 'leave' | 'disconnect' | 'network'>(true);
    if (change.cause === 'network') {
      same<typeof change.member, null>(true);
      same<typeof change.view, View>(true);
    } else if (change.cause !== 'leave') {
      same<typeof change.member, string>(true);
      same<typeof change.view, View>(true);
    } else {
      same<typeof change.view, View | null>(true);
    }
    same<typeof change.joined, readonly string[]>(true);
  });
  session.on('disconnect', ({ error, reason, willReconnect }) => {
    same<typeof error, SpreadError>(true);
    same<typeof reason, 'daemon' | 'slow' | 'refused' | 'unreachable' | 'overflow' | 'protocol'>(true);
    same<typeof willReconnect, boolean>(true);
  });
  session.on('reconnect', ({ previous, views }) => {
    same<typeof previous, string>(true);
    same<typeof views, readonly View[]>(true);
  });
  session.on('slowConsumer', ({ percent }) => same<typeof percent, 50 | 90>(true));
  session.on('error', (error) => same<typeof error, SpreadError>(true));
  session.on('drain', (...nothing) => same<typeof nothing, []>(true));
  // @ts-expect-error a close has nothing to say
  session.on('close', (value: string) => value);
  // @ts-expect-error there is no such event
  session.once('massage', () => {});
  session.off('message', ({ data }) => same<typeof data, Buffer>(true));
  session.prependOnceListener(errorMonitor, (error) => same<typeof error, SpreadError>(true));
  session.on('newListener', (event) => same<typeof event, string | symbol>(true));
  session.emit('slowConsumer', { percent: 50, bytes: 1, limit: 2 });
  // @ts-expect-error it says how full the queue is
  session.emit('slowConsumer', { percent: 5, bytes: 1, limit: 2 });
  same<ReturnType<typeof session.listenerCount>, number>(true);
  const emitter: EventEmitter = session;
  once(session, 'message').then(() => EventEmitter.listenerCount(emitter, 'message'));
}

/** Ids, and what becomes of them elsewhere. */
function comparing({ id }: View, copy: ReturnType<typeof structuredClone<View>>): boolean {
  same<typeof id.ints, readonly [number, number, number]>(true);
  // @ts-expect-error a word is no id
  SpreadSession.sameId(id, 'id');
  return id.equals(copy.id) || SpreadSession.sameId(copy.id, id) || SpreadSession.sameId(id, { ints: [1, 2, 3] });
}

async function taking(session: Session): Promise<void> {
  for await (const message of session.messages({ group: 'room' })) {
    same<typeof message, SpreadSession.Message>(true);
  }
  for await (const delivery of session.deliveries()) {
    same<typeof delivery, Delivery>(true);
    same<typeof delivery.kind, 'message' | 'membership' | 'transition' | 'reject'>(true);
    switch (delivery.kind) {
      case 'message':
        same<typeof delivery, SpreadSession.Message>(true);
        break;
      case 'transition':
        same<typeof delivery.id, SpreadSession.GroupId>(true);
        break;
      case 'reject':
        same<typeof delivery.data, Buffer>(true);
        break;
      default:
        same<typeof delivery.kind, 'membership'>(true);
    }
  }
  await session.consume(async (delivery) => same<typeof delivery, Delivery>(true), { signal: AbortSignal.timeout(1) });
  // @ts-expect-error there is no such option
  session.messages({ groups: 'room' });
  await using other = await connect();
  same<typeof other, Session<View>>(true);
  await using messages = other.messages({ group: undefined });
  same<typeof messages, SpreadSession.DeliveryIterator<SpreadSession.Message>>(true);
  const { value, done } = await messages.next();
  same<typeof value, SpreadSession.Message | undefined>(true);
  same<typeof done, boolean | undefined>(true);
}

async function serving(): Promise<void> {
  await using daemon = await SpreadSession.SpreadDaemon.start({ port: 0, host: undefined });
  daemon.on('connect', ({ privateGroup }) => same<typeof privateGroup, string>(true));
  daemon.on('disconnect', ({ privateGroup, cause, missed }) => {
    same<typeof privateGroup, string | null>(true);
    same<typeof cause, 'left' | 'gone' | 'slow' | 'faulty' | 'refused' | 'stopped'>(true);
    same<typeof missed, number>(true);
  });
  // @ts-expect-error there is no such event
  daemon.on('gone', () => {});
}

export { comparing, connecting, listening, serving, taking, using };
