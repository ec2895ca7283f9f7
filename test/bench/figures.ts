import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallId, parseCallId, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { contributionOfCall } from '../../store/figures/contributions.ts';
import { histogramField } from '../../store/figures/histogram.ts';
import { figuresFrom } from '../../store/figures/read-figures.ts';
import type { Contribution } from '../../store/figures/tallies.ts';
import { updateCallFigures } from '../../store/figures/update.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { type Some, seeded } from '../demo/week/random.ts';
import { patiently } from '../world/patience.ts';
import { startRedis } from '../world/redis-server.ts';
import { cpuOf, treeOf } from './process-cpu.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What one kind of work took at a steady rate. */
export interface Worked {
  readonly what: string;
  readonly n: number;
  /** CPU of the whole process per record, all its threads, in ms; that of a store in another process is not in it. */
  readonly cpuMs: number;
  /** Of the thread that runs the jobs: how long it was busy per record, in ms. */
  readonly busyMs: number;
  /** Records per second that came through. */
  readonly rate: number;
  /** From the call until it is done, in ms. */
  readonly done: Spread;
  /** Records that the store refused, for it could not keep up. */
  readonly refused: number;
  /** CPU of a store in a process of its own per record, in ms; null: it is in this one. */
  readonly storeMs: number | null;
}

export interface StoreFigures {
  readonly store: string;
  readonly worked: readonly Worked[];
  /** Figures of a month, in ms. */
  readonly month: Spread;
  /** CPU of this process for each. */
  readonly monthCpuMs: number;
}

export interface FiguresPlan {
  readonly rate: number;
  readonly seconds: number;
  readonly callsOfMonth: number;
  /** CPU so far of a store in a process of its own, in ms. */
  readonly storeCpuMs?: () => number;
}

const silent = { info: () => {}, warn: () => {} };
const dayMs = 86_400_000;
const monthStart = Date.UTC(2026, 9, 1);
const agents = ['support', 'technical', 'billing', 'sales'] as const;
const pairs: Some<readonly [string, string]> = [
  ['support', 'technical'],
  ['support', 'billing'],
  ['support', 'sales'],
  ['technical', 'billing'],
  ['billing', 'sales'],
  ['technical', 'support'],
];
const lines = ['north', 'south', 'west'] as const;

const idOf = (index: number): CallId => {
  const id = parseCallId(`CA${index.toString(16).padStart(32, '0')}`);
  if (id !== undefined) return id;
  throw new ThroughlineError('bench', 'no call id');
};

/** One of a month's calls: three lines, fifteen categories, four agents, six pairs, twelve tools, in any mixture. */
const recordAt = (index: number): CallRecord => {
  const random = seeded(index + 1);
  const startedAt = monthStart + random.between(0, 29) * dayMs + random.between(0, 86_399_999);
  const handleMs = Math.round(180_000 * Math.exp(0.6 * random.normal()));
  const [from, to] = random.pick(pairs);
  const isHandedOver = random.chance(0.4);
  const isSolved = random.chance(0.75);
  return {
    callId: idOf(index),
    line: random.pick(lines),
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(startedAt + handleMs).toISOString(),
    handleMs,
    endReason: 'agent-ended',
    turnedAway: null,
    caller: `caller ${random.between(1, 9_000)}`,
    category: `category ${random.between(1, 15)}`,
    sentimentStart: 'calm',
    sentimentEnd: 'relieved',
    resolution: { agent: true, caller: null, tool: isSolved, callerAt: null, toolAt: null, repeatedAt: null },
    solvedBy: isSolved ? to : null,
    contained: true,
    agents: isHandedOver ? [from, to] : [random.pick(agents)],
    handoffs: isHandedOver ? [{ from, to }] : [],
    handBacks: 0,
    abandonedInHandoff: false,
    callbackAsked: false,
    askedAgain: 0,
    resumes: 0,
    transfers: [],
    tools: Array.from({ length: random.between(1, 4) }, () => ({
      tool: `tool ${random.between(1, 12)}`,
      agent: from,
      status: 'ok' as const,
      ms: Math.round(400 * Math.exp(0.5 * random.normal())),
    })),
    tokens: { textIn: 9_000, audioIn: 2_000, textOut: 400, audioOut: 1_500 },
    cost: { usdMicros: random.between(100_000, 300_000), asOf: '2026-11-28' },
    judgedBy: 'rules',
    revision: 1,
  };
};

/** A handoff's sums, without the text of a record around them. */
const handoffAt = (index: number): Contribution => {
  const record = recordAt(index);
  const random = seeded(-index);
  const [from, to] = random.pick(pairs);
  const time = (name: string, middleMs: number) => histogramField(name, middleMs * Math.exp(0.4 * random.normal()));
  const fields = [
    'handoff.committed',
    'trigger.expertise',
    time('deadAir', 300),
    time('firstAudio', 900),
    time('helpful', 1_200),
    'factsCarried',
    'carriedAll',
    'handedBack.no',
  ];
  const { day, line } = contributionOfCall(record);
  const rows = (['all', 'pair', 'category'] as const).flatMap((kind) => {
    const name = { all: '', pair: `${from}>${to}`, category: record.category ?? '' }[kind];
    return fields.map((field) => ({ kind, name, field, n: 1 }));
  });
  return { day, line, rows };
};

/** Does something `rate` times a second, in small bunches every 10 ms, and waits for all of it. */
const atRate = async (
  what: string,
  { rate, seconds, storeCpuMs }: FiguresPlan,
  work: (index: number) => Promise<void>,
): Promise<Worked> => {
  const total = rate * seconds;
  const took: number[] = [];
  const open: Promise<void>[] = [];
  let refused = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
  const store = storeCpuMs?.() ?? 0;
  const loop = performance.eventLoopUtilization();
  const one = async (index: number): Promise<void> => {
    const asked = performance.now();
    try {
      await work(index);
      took.push(performance.now() - asked);
    } catch {
      refused += 1;
    }
  };
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * rate));
    for (; sent < due; sent += 1) open.push(one(sent));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(open);
  const { user, system } = process.cpuUsage(cpu);
  const { active } = performance.eventLoopUtilization(loop);
  return {
    what,
    n: total,
    cpuMs: (user + system) / 1_000 / total,
    busyMs: active / total,
    rate: total / ((performance.now() - began) / 1_000),
    done: spreadOf(took),
    refused,
    storeMs: storeCpuMs === undefined ? null : (storeCpuMs() - store) / total,
  };
};

/** Puts a month into the sums, as fast as it goes but not more at once than a store has patience for. */
const fillMonth = async ({ tallies }: Stores, calls: number): Promise<void> => {
  const together = 200;
  for (let at = 0; at < calls; at += together)
    await Promise.all(
      Array.from({ length: Math.min(together, calls - at) }, async (_, index) => {
        await patiently(() => updateCallFigures(tallies, recordAt(at + index)));
        if ((at + index) % 5 < 2) await patiently(() => tallies.put(`handoff:${at + index}`, handoffAt(at + index)));
      }),
    );
};

const monthRuns = 60;

const readMonth = async ({ tallies }: Stores): Promise<Pick<StoreFigures, 'month' | 'monthCpuMs'>> => {
  const read = figuresFrom(tallies, () => wallTime(monthStart + 45 * dayMs));
  const took: number[] = [];
  const cpu = process.cpuUsage();
  for (let run = 0; run < monthRuns; run += 1) {
    const asked = performance.now();
    const { all } = await read({ from: '2026-10-01', to: '2026-10-30' });
    took.push(performance.now() - asked);
    if (all.calls === 0) throw new ThroughlineError('bench', 'the month is empty');
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const { user, system } = process.cpuUsage(cpu);
  return { month: spreadOf(took), monthCpuMs: (user + system) / 1_000 / monthRuns };
};

const measureStore = async (name: string, url: string, plan: FiguresPlan): Promise<StoreFigures> => {
  const store = parseStoreUrl(url);
  if ('problem' in store) throw new ThroughlineError('bench', store.problem);
  const stores = await patiently(() => openStores(store, { clock: systemClock, log: silent }));
  try {
    await patiently(() => stores.contexts.ping());
    await fillMonth(stores, plan.callsOfMonth);
    const month = await readMonth(stores);
    // Calls that are new to the store, of the same month.
    const at = (index: number): CallRecord => recordAt(plan.callsOfMonth + index);
    const worked = [
      await atRate('appending a record', plan, (index) => stores.calls.write(at(index))),
      await atRate('updating figures', plan, (index) => updateCallFigures(stores.tallies, at(index))),
    ];
    return { store: name, worked, ...month };
  } finally {
    await stores.close();
  }
};

/** Of all processes that this one has started: a Redis. */
const childrenCpuMs = (): number => {
  const { user, system } = cpuOf(treeOf(process.pid).pids.filter((pid) => pid !== process.pid));
  return user + system;
};

/** Both stores, one after the other. */
export const measureFigures = async (plan: FiguresPlan, say: (text: string) => void): Promise<readonly StoreFigures[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-figures-'));
  const redis = await startRedis();
  // One core for this process and its threads, those of SQLite too; not for Redis.
  if (spawnSync('taskset', ['-acp', '0', String(process.pid)]).status !== 0) say('no taskset: on any core');
  try {
    say('figures: SQLite');
    const sqlite = await measureStore('SQLite', `sqlite:${join(folder, 'bench.db')}`, plan);
    say('figures: Redis');
    return [sqlite, await measureStore('Redis', redis.url, { ...plan, storeCpuMs: childrenCpuMs })];
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
