// Compiled, not run: the blocks of cspread/replicated.

import {
  Election,
  LargeMessages,
  Locks,
  ReplicatedMap,
  type Reply,
  Requests,
  replicate,
  Shards,
} from 'cspread/replicated';
import { connect, type SpreadError } from '../..';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const primary = { partition: 'primary', first: 2 } as const;

async function replicas(): Promise<void> {
  const session = await connect('4803@localhost');
  const machine = {
    initial: () => ({ value: 0 }),
    apply: (state: { value: number }, add: number) => String(state.value + add),
    snapshot: (state: { value: number }) => Buffer.from(JSON.stringify(state)),
    restore: async (_chunks: AsyncIterable<Uint8Array>) => ({ value: 1 }),
  };
  const replica = replicate(session, 'group', machine, { ...primary, verify: 100 });
  same<ReturnType<typeof replica.do>, Promise<string>>(true);
  same<typeof replica.state, { value: number }>(true);
  replica.on('change', ({ operation, result }) => {
    same<typeof operation, number>(true);
    same<typeof result, string>(true);
  });
  replica.on('error', (error) => same<typeof error, SpreadError>(true));
  await (await replica.ready).do(1, { signal: AbortSignal.timeout(5) });
  // @ts-expect-error an operation is a number
  await replica.do('1');
  // @ts-expect-error there is no default
  replicate(session, 'group', machine, {});
  // @ts-expect-error the first primary needs a number
  replicate(session, 'group', machine, { partition: 'primary' });
  // @ts-expect-error there is no such event
  replica.on('changed', () => {});
}

async function others(): Promise<void> {
  const session = await connect('4803@localhost');
  const map = new ReplicatedMap<{ n: number }>(session, 'group', {
    partition: 'merge',
    merge: (_key, [first]) => first?.value,
  });
  same<ReturnType<typeof map.get>, { n: number } | undefined>(true);
  const { version } = await map.compareAndSet('key', 0, { n: 1 });
  same<typeof version, number>(true);
  for (const [key, value] of map) {
    same<typeof key, string>(true);
    same<typeof value, { n: number }>(true);
  }
  // @ts-expect-error not of this type
  await map.set('key', 1);
  const election = new Election(session, 'group', {
    ...primary,
    alive: { interval: 100, timeout: 1000 },
    firstToken: 5,
  });
  election.on('leader', ({ leader, isLeader, token }) => {
    same<typeof leader, string | null>(true);
    same<typeof isLeader, boolean>(true);
    same<typeof token, number>(true);
  });
  await using locks = new Locks(session, 'group', { partition: 'largest' });
  await using lock = await locks.acquire('name', { timeout: 5, signal: AbortSignal.timeout(5) });
  same<typeof lock.signal, AbortSignal>(true);
  const requests = new Requests(session, 'group').handle(({ data }) => data);
  same<Awaited<ReturnType<typeof requests.ask>>, Map<string, Reply>>(true);
  await requests.ask('group', 'what', { replies: 3, timeout: 5 });
  const shards = new Shards(session, 'group', { count: 16, onLost: async (shard) => same<typeof shard, number>(true) });
  same<typeof shards.mine, ReadonlySet<number>>(true);
  const large = new LargeMessages(session, 'group', { stream: true });
  large.on('large', ({ size }) => same<typeof size, number>(true));
  await large.sendLarge([Buffer.alloc(5)], { service: 'safe' });
  // @ts-expect-error no such number
  await requests.ask('group', 'what', { replies: 'some' });
}

replicas();
others();
