import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallId, parseCallId, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { contributionOfCall } from '../../store/figures/contributions.ts';
import { figuresFrom } from '../../store/figures/read-figures.ts';
import type { Contribution } from '../../store/figures/tallies.ts';
import { updateCallFigures } from '../../store/figures/update.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { patiently } from '../world/patience.ts';
import { startRedis } from '../world/redis-server.ts';
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
}

export interface StoreFigures {
  readonly store: string;
  readonly worked: readonly Worked[];
  /** Figures of a month, in ms. */
  readonly month: Spread;
}

export interface FiguresPlan {
  readonly rate: number;
  readonly seconds: number;
  readonly callsOfMonth: number;
}

const silent = { info: () => {}, warn: () => {} };
const dayMs = 86_400_000;
const monthStart = Date.UTC(2026, 9, 1);
const categories = Array.from({ length: 15 }, (_, index) => `category ${index}`);
const agents = ['support', 'technical', 'billing', 'sales'] as const;
const pairs = [
  ['support', 'technical'],
  ['support', 'billing'],
  ['support', 'sales'],
  ['technical', 'billing'],
  ['billing', 'sales'],
  ['technical', 'support'],
] as const;
const lines = ['north', 'south', 'west'];

const idOf = (index: number): CallId => {
  const id = parseCallId(`CA${index.toString(16).padStart(32, '0')}`);
  if (id !== undefined) return id;
  throw new ThroughlineError('bench', 'no call id');
};

/** One of a month's calls: three lines, fifteen categories, four agents, six pairs, twelve tools. */
const recordAt = (index: number): CallRecord => {
  const startedAt = monthStart + (index % 30) * dayMs + ((index * 7_919) % 86_400) * 1_000;
  const handleMs = 40_000 + ((index * 104_729) % 400_000);
  const [from, to] = pairs[index % pairs.length] ?? pairs[0];
  const isHandedOver = index % 5 < 2;
  return {
    callId: idOf(index),
    line: lines[index % lines.length] ?? 'north',
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(startedAt + handleMs).toISOString(),
    handleMs,
    endReason: 'agent-ended',
    turnedAway: null,
    caller: `caller ${index % 9_000}`,
    category: categories[index % categories.length] ?? null,
    sentimentStart: 'calm',
    sentimentEnd: 'relieved',
    resolution: { agent: true, caller: null, tool: index % 4 > 0, repeatedAt: null },
    solvedBy: index % 4 > 0 ? to : null,
    contained: true,
    agents: isHandedOver ? [from, to] : [agents[index % agents.length] ?? 'support'],
    handoffs: isHandedOver ? [{ from, to }] : [],
    handBacks: 0,
    abandonedInHandoff: false,
    askedAgain: 0,
    resumes: 0,
    transfers: [],
    tools: [0, 1, 2].map((use) => ({
      tool: `tool ${(index + use * 5) % 12}`,
      agent: from,
      status: 'ok' as const,
      ms: 80 + ((index * 31 + use * 977) % 2_000),
    })),
    tokens: { textIn: 9_000, audioIn: 2_000, textOut: 400, audioOut: 1_500 },
    cost: { usdMicros: 180_000 + (index % 1_000), asOf: '2026-11-28' },
    judgedBy: 'rules',
  };
};

/** A handoff's sums: the pairs' share of a month, without the text of a record around it. */
const handoffAt = (index: number): Contribution => {
  const record = recordAt(index);
  const [from, to] = pairs[index % pairs.length] ?? pairs[0];
  const fields = [
    'handoff.committed',
    'trigger.expertise',
    `deadAir~${index % 150}`,
    `firstAudio~${130 + (index % 40)}`,
    `helpful~${135 + (index % 60)}`,
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
  { rate, seconds }: FiguresPlan,
  work: (index: number) => Promise<void>,
): Promise<Worked> => {
  const total = rate * seconds;
  const took: number[] = [];
  const open: Promise<void>[] = [];
  let refused = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
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

const monthRuns = 20;

const readMonth = async ({ tallies }: Stores): Promise<Spread> => {
  const read = figuresFrom(tallies, () => wallTime(monthStart + 45 * dayMs));
  const took: number[] = [];
  for (let run = 0; run < monthRuns; run += 1) {
    const asked = performance.now();
    const { all } = await read({ from: '2026-10-01', to: '2026-10-30' });
    took.push(performance.now() - asked);
    if (all.calls === 0) throw new ThroughlineError('bench', 'the month is empty');
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return spreadOf(took);
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
    return { store: name, worked, month };
  } finally {
    await stores.close();
  }
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
    return [sqlite, await measureStore('Redis', redis.url, plan)];
  } finally {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
