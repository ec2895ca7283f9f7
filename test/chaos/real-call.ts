import { systemClock } from '../../infra/clock.ts';
import { createLog } from '../../infra/log.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { saysAfter } from '../scenarios/play.ts';
import { type CallerStep, hangsUp } from '../world/caller.ts';
import { FaultProxy } from '../world/fault-proxy.ts';
import { type Fleet, type FleetOptions, startFleet } from '../world/fleet.ts';
import { type RedisServer, startRedis } from '../world/redis-server.ts';
import { type ChaosRow, inMs } from './row.ts';
import type { Proof } from './virtual-call.ts';
import { WatchedCall } from './watched-call.ts';

export const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Opens stores on a Redis of the tests. */
export const storesAt = async (url: string): Promise<Stores> => {
  const parsed = parseStoreUrl(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return openStores(parsed, { clock: systemClock, log: createLog({ level: 'silent' }) });
};

/** Real processes, real sockets, real time. */
export interface RealWorld {
  readonly fleet: Fleet;
  readonly redis: RedisServer;
  /** The network between the gateways and Redis. */
  readonly storeNetwork: FaultProxy;
  /** As they are without faults in between. */
  readonly stores: Stores;
  /** The calls of this row, in the order in which they were made. */
  readonly calls: readonly WatchedCall[];
}

export interface RealRow extends Pick<ChaosRow, 'row' | 'fault' | 'expected'> {
  /** The longest silence at the caller's ear after the fault while it is the agent's turn, in ms. */
  readonly boundMs: number;
  readonly fleet: Omit<FleetOptions, 'store'>;
  /** How many callers there are. Default: 1. */
  readonly callers?: number;
  readonly script?: readonly CallerStep[];
  readonly isQuick?: boolean;
  /** The fault, and what ends it. Called when the calls are about to begin; `world.calls` are there. */
  readonly act: (world: RealWorld, hit: () => void) => Promise<void>;
  /** What else must hold when all calls are over and their logs have their ends. */
  readonly proofs?: (world: RealWorld) => readonly Proof[] | Promise<readonly Proof[]>;
}

/** A caller who says what is wrong, waits for the answer, and is content. */
export const ordinaryScript: readonly CallerStep[] = [
  saysAfter('callerOpening', ['supportGreeting'], 500),
  hangsUp({ after: 'agent-finished', quietMs: 4_000, atLeastMs: 2_500 }),
];

const settleMs = 40_000;
const lookEveryMs = 300;

/** Waits until something holds; throws after a limit. */
export const until = async (what: string, holds: () => boolean, limitMs = 60_000): Promise<void> => {
  const end = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await sleep(20);
  }
};

/** Whether the caller was told by the agent for so long. */
export const agentSpoke = ({ call }: WatchedCall, forMs: number): boolean => call.record.agentEar.audibleMs >= forMs;

const endsIn = (events: readonly ContextEvent[]): number => events.filter(({ type }) => type === 'call-ended').length;

/** Looks until all logs have their end, or no more patience is left. */
const settle = async (calls: readonly WatchedCall[]): Promise<void> => {
  const end = Date.now() + settleMs;
  for (;;) {
    await Promise.allSettled(calls.map((watched) => watched.look()));
    if (calls.every(({ events }) => endsIn(events) > 0) || Date.now() > end) return;
    await sleep(lookEveryMs);
  }
};

const lawsOf = async (watched: WatchedCall, fleet: Fleet): Promise<readonly Proof[]> => {
  const { events, call, changed } = watched;
  const outcome = await watched.outcome;
  const end = events.findLast((event) => event.type === 'call-ended');
  const violations = fleet.model.records.flatMap((record) => record.violations);
  return [
    [`dropped (${call.record.end?.reason})`, outcome === 'finished' || end?.reason === 'agent-ended'],
    [`${changed} events of the store changed`, changed === 0],
    ['events missing or doubled', events.every(({ seq }, index) => seq === index + 1)],
    [`${endsIn(events)} ends in the log`, endsIn(events) === 1],
    [`refused by the model server: ${JSON.stringify(violations)}`, violations.length === 0],
  ];
};

const trial = async ({ callers = 1, script = ordinaryScript, act, proofs, boundMs }: RealRow, world: RealWorld) => {
  const calls = Array.from(
    { length: callers },
    () => new WatchedCall(world.fleet.carrier.call({ from: '+14155550134' }), script, world.stores.contexts),
  );
  const scene = { ...world, calls };
  const hits = new Map<WatchedCall, number>();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await Promise.allSettled(calls.map((watched) => watched.look()));
      await sleep(lookEveryMs);
    }
  })();
  try {
    await act(scene, () => {
      for (const watched of calls) hits.set(watched, watched.call.record.now);
    });
    await Promise.all(calls.map(({ outcome, call }) => Promise.all([outcome, call.ended])));
  } finally {
    isOver = true;
    await looking;
  }
  await settle(calls);
  const deadAirs = calls.map((watched) => {
    const { record } = watched.call;
    const { from, to } = record.deadAir({ from: Math.floor((hits.get(watched) ?? 0) / 10) * 10, to: record.now });
    return to - from;
  });
  const worst = Math.max(...deadAirs);
  const laws = (await Promise.all(calls.map((watched) => lawsOf(watched, world.fleet)))).flat();
  const broken = new Set(laws.flatMap(([words, holds]) => (holds ? [] : [words])));
  const shown = (await proofs?.(scene)) ?? [];
  const words = [
    hits.size > 0 ? `dead air ${inMs(worst)}` : 'THE FAULT DID NOT HAPPEN',
    ...shown.map(([text, holds]) => (holds ? text : `NOT: ${text}`)),
    ...[...broken].map((text) => `BROKEN: ${text}`),
  ];
  const pass = hits.size > 0 && worst <= boundMs && broken.size === 0 && shown.every(([, holds]) => holds);
  return { measured: words.join(', '), pass };
};

/** A row that calls over real sockets try out, on real processes and a real Redis. */
export const realRow = (row: RealRow): ChaosRow => ({
  row: row.row,
  fault: row.fault,
  expected: row.expected,
  isQuick: row.isQuick ?? false,
  run: async () => {
    const redis = await startRedis({ appendonly: true });
    const storeNetwork = await FaultProxy.start(redis.port);
    const stores = await storesAt(redis.url);
    const fleet = await startFleet({ ...row.fleet, store: `redis://127.0.0.1:${storeNetwork.port}/0` });
    try {
      return await trial(row, { fleet, redis, storeNetwork, stores, calls: [] });
    } finally {
      storeNetwork.heal();
      await fleet.close();
      await stores.close();
      await storeNetwork.close();
      await redis.stop();
    }
  },
});
