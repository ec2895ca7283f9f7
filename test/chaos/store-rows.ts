import { Redis } from 'ioredis';
import { saysAfter } from '../scenarios/play.ts';
import { hangsUp } from '../world/caller.ts';
import { startReplicated } from '../world/redis-groups.ts';
import { agentSpoke, type RealWorld, realRow, sleep, until } from './real-call.ts';
import type { ChaosRow } from './row.ts';
import type { Proof } from './virtual-call.ts';

const one = { nodes: 1 };

/** Long enough for an outage in the middle. */
const longScript = [
  saysAfter('callerOpening', ['supportGreeting'], 500),
  hangsUp({ after: 'agent-finished', quietMs: 11_000, atLeastMs: 2_500 }),
];

const whenSpoken = async ({ calls }: RealWorld): Promise<void> => {
  const [watched] = calls;
  if (watched === undefined) throw new Error('nobody calls');
  await until('the agent has greeted', () => agentSpoke(watched, 1_500));
};

/** Gives Redis orders past the network that fails. */
const ordering = async (world: RealWorld, act: (client: Redis) => Promise<unknown>): Promise<void> => {
  const client = new Redis(world.redis.port);
  try {
    await act(client);
  } finally {
    client.disconnect();
  }
};

/** The call was never moved, and its end was told: by a record of the call. */
const untouched = async ({ calls, stores }: RealWorld): Promise<readonly Proof[]> => {
  const [watched] = calls;
  const sockets = watched?.call.phoneSockets;
  const isRecorded = async () =>
    (await stores.calls.page({ limit: 10 })).items.some(({ callId }) => callId === watched?.callId);
  let recorded = await isRecorded();
  for (let tries = 0; tries < 60 && !recorded; tries += 1) {
    await sleep(500);
    recorded = await isRecorded();
  }
  return [
    [`${sockets} stream`, sockets === 1],
    ['its record is there', recorded],
  ];
};

const redisRow = (row: string, fault: string, act: (world: RealWorld) => Promise<void>): ChaosRow =>
  realRow({
    row,
    fault,
    expected: 'the caller hears nothing of it; all events once and in order, the record is made',
    boundMs: 2_700,
    fleet: one,
    script: longScript,
    act: async (world, hit) => {
      await whenSpoken(world);
      hit();
      await act(world);
    },
    proofs: untouched,
  });

/** Redis: rows B45 to B55. */
export const storeRows: readonly ChaosRow[] = [
  redisRow('B45', 'Redis is away for 12 s (ten minutes: in the tests, in virtual time)', async ({ storeNetwork }) => {
    storeNetwork.refuse();
    storeNetwork.reset();
    await sleep(12_000);
    storeNetwork.heal();
  }),
  redisRow('B46', 'every answer of Redis comes 500 ms late, for 10 s', async ({ storeNetwork }) => {
    storeNetwork.delay(500);
    await sleep(10_000);
    storeNetwork.heal();
  }),
  redisRow('B48', 'the network to Redis is gone without a word for 10 s', async ({ storeNetwork }) => {
    storeNetwork.partition();
    await sleep(10_000);
    storeNetwork.heal();
  }),
  redisRow('B49', 'Redis is read-only for 8 s', (world) =>
    ordering(world, async (client) => {
      await client.replicaof('127.0.0.1', '1');
      await sleep(8_000);
      await client.replicaof('NO', 'ONE');
    }),
  ),
  redisRow('B50', 'Redis has no memory left for 8 s', (world) =>
    ordering(world, async (client) => {
      await client.config('SET', 'maxmemory', '1mb');
      await sleep(8_000);
      await client.config('SET', 'maxmemory', '0');
    }),
  ),
  redisRow('B51', 'kill -9 of Redis, started again from its file 4 s later', async ({ redis }) => {
    await redis.kill9();
    await sleep(4_000);
    await redis.restart();
  }),
  redisRow(
    'B52',
    'Redis does what it is asked, and its answers are lost for 6 s; its scripts are flushed meanwhile',
    async (world) => {
      world.storeNetwork.deafen();
      await ordering(world, (client) => client.script('FLUSH'));
      await sleep(6_000);
      world.storeNetwork.reset();
      world.storeNetwork.heal();
    },
  ),
  realRow({
    row: 'B55',
    fault: 'Redis is away when the call ends, for 10 s',
    expected: 'its end and its jobs follow: the record is made',
    boundMs: 2_700,
    fleet: one,
    act: async (world, hit) => {
      await whenSpoken(world);
      hit();
      const [watched] = world.calls;
      await until('the caller is about to hang up', () => watched !== undefined && agentSpoke(watched, 8_000));
      world.storeNetwork.refuse();
      world.storeNetwork.reset();
      await watched?.call.ended;
      await sleep(10_000);
      world.storeNetwork.heal();
    },
    proofs: untouched,
  }),
  realRow({
    row: 'B47',
    fault: 'the primary is killed, Sentinel promotes a replica that lacks the last second',
    expected: 'the caller hears nothing of it; the owner writes again what was lost, once and in order',
    boundMs: 2_700,
    fleet: one,
    script: longScript,
    ground: async () => {
      const group = await startReplicated();
      return {
        redis: group.primary,
        storeNetwork: group.copying,
        storeUrl: group.url,
        readUrl: group.url,
        stop: group.stop,
      };
    },
    act: async (world, hit) => {
      await whenSpoken(world);
      hit();
      world.storeNetwork.partition();
      await sleep(1_000);
      await world.redis.kill9();
      await sleep(6_000);
    },
    proofs: untouched,
  }),
];
