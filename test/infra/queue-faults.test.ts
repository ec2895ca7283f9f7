import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { BullmqQueue } from '../../infra/queue/bullmq-queue.ts';
import type { JobTiming } from '../../infra/queue/job-timing.ts';
import type { JobEnd, JobQueue } from '../../infra/queue/queue.ts';
import { queueTables, SqliteQueue } from '../../infra/queue/sqlite-queue.ts';
import { openSqlite } from '../../infra/sqlite.ts';
import { empty, totals } from '../contracts/job-queue.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const soon = { timeout: 15_000, interval: 20 };
const log = { info: () => {}, warn: () => {} };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Starts a process that takes a job, waits until it has it, and kills it. */
const takeAndDie = async (store: string, lease: number): Promise<void> => {
  const file = fileURLToPath(new URL('./doomed-worker.ts', import.meta.url));
  const doomed = spawn(process.execPath, [file, store, String(lease)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(doomed.stdout, 'data'),
    once(doomed, 'exit').then(() => Promise.reject(new Error('it ended before it took a job'))),
  ]);
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
};

const comesBack = async (queue: JobQueue, store: string): Promise<void> => {
  await queue.add({ name: 'greet', key: 'a', data: { n: 7 } });
  await takeAndDie(store, 1_000);
  expect(await totals(queue)).toEqual({ ...empty, active: 1 });
  const seen: unknown[] = [];
  queue.work({ greet: async (data) => void seen.push(data['n']) });
  await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
  expect(seen).toEqual([7]);
};

describe('SqliteQueue when things break', () => {
  let path: string;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-queue-'));
    path = join(folder, 'jobs.db');
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
  });
  const open = async (timing: Partial<JobTiming>): Promise<{ queue: JobQueue; close(): Promise<void> }> => {
    const sqlite = openSqlite(path);
    await sqlite.run('prepare', queueTables);
    const queue = new SqliteQueue(sqlite, { clock: systemClock, log, names: ['greet'], timing, poll: ms(20) });
    const close = async (): Promise<void> => {
      await queue.close();
      await sqlite.close();
    };
    ends.push(close);
    return { queue, close };
  };

  it('B54: the job of a killed process comes back', async () => {
    const { queue } = await open({ lease: ms(1_000) });
    await comesBack(queue, `sqlite:${path}`);
  });

  it('B54: a job whose worker dies each time is dead in the end, and visible', async () => {
    const { queue } = await open({ lease: ms(100), attempts: 2 });
    await queue.add({ name: 'greet', key: 'a', data: {} });
    for (let death = 0; death < 2; death += 1) {
      await takeAndDie(`sqlite:${path}`, 100);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const runs: string[] = [];
    queue.work({ greet: async () => void runs.push('again') });
    await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
    expect(runs).toEqual([]);
  });

  it('jobs outlive the process that added them', async () => {
    const first = await open({});
    await first.queue.add({ name: 'greet', key: 'a', data: { n: 1 } });
    await first.close();
    const second = await open({});
    const seen: unknown[] = [];
    second.queue.work({ greet: async (data) => void seen.push(data['n']) });
    await vi.waitFor(() => expect(seen).toEqual([1]), soon);
  });

  it('rejects with store-unavailable after its database is closed', async () => {
    const sqlite = openSqlite(path);
    await sqlite.run('prepare', queueTables);
    const queue = new SqliteQueue(sqlite, { clock: systemClock, log, names: [] });
    await sqlite.close();
    await expect(queue.add({ name: 'greet', key: 'a', data: {} })).rejects.toMatchObject({ code: 'store-unavailable' });
  });
});

describe.skipIf(!redisAvailable())('BullmqQueue when things break', () => {
  const start = async () => {
    const server = await startRedis({ appendonly: true });
    ends.push(() => server.stop());
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (_facts: object, text: string) => warnings.push(text) };
    const open = (timing: Partial<JobTiming>): JobQueue => {
      const target = { kind: 'single', node: { host: '127.0.0.1', port: server.port }, db: 0, tls: false } as const;
      const queue = new BullmqQueue({ target, clock: systemClock, log, names: ['greet'], timing });
      ends.push(() => queue.close());
      return queue;
    };
    return { server, open, warnings };
  };

  it('B54: the job of a killed process comes back', async () => {
    const { server, open } = await start();
    await comesBack(open({ lease: ms(1_000) }), server.url);
  });

  it('B55: add rejects while Redis is away; afterwards adding and working go on by themselves', async () => {
    const { server, open, warnings } = await start();
    const queue = open({});
    const seen: unknown[] = [];
    queue.work({ greet: async (data) => void seen.push(data['n']) });
    await queue.add({ name: 'greet', key: 'before', data: { n: 1 } });
    await vi.waitFor(() => expect(seen).toEqual([1]), soon);
    await server.kill9();
    await expect(queue.add({ name: 'greet', key: 'during', data: { n: 2 } })).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    // BullMQ tells of every try to connect; the log tells of the outage.
    expect(warnings.filter((text) => text.startsWith('job queue trouble'))).toEqual(['job queue trouble']);
    await server.restart();
    for (const [key, n] of [
      ['during', 2], // maybe stored before its rejection, maybe not: adding it again makes it one job
      ['after', 3],
    ] as const)
      await vi.waitFor(() => queue.add({ name: 'greet', key, data: { n } }), soon);
    await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
    expect(seen.toSorted()).toEqual([1, 2, 3]); // several are done at a time
  });

  it('starts while Redis is away, and can be closed then', async () => {
    const { server, open } = await start();
    await server.kill9();
    const queue = open({});
    queue.work({ greet: async () => {} });
    await expect(queue.counts()).rejects.toMatchObject({ code: 'store-unavailable' });
    await queue.close();
  });

  it('two processes share the work of a fleet, and when one is killed in the middle of a job the other does it', async () => {
    const { server, open } = await start();
    const [adding, other] = [open({ lease: ms(1_000) }), open({ lease: ms(1_000) })];
    const seen: unknown[] = [];
    await adding.add({ name: 'greet', key: 'a', data: { n: 1 } });
    const death = takeAndDie(server.url, 1_000);
    await vi.waitFor(async () => expect(await totals(adding)).toEqual({ ...empty, active: 1 }), soon);
    other.work({ greet: async (data) => void seen.push(data['n']) });
    await death;
    await adding.add({ name: 'greet', key: 'b', data: { n: 2 } });
    await vi.waitFor(() => expect(seen).toEqual([2, 1]), soon);
    await vi.waitFor(async () => expect(await totals(adding)).toEqual(empty), soon);
  });

  it('B54: a job whose worker dies each time is dead in the end, is told of, and can be tried again', async () => {
    const { server, open } = await start();
    const queue = open({ lease: ms(300), attempts: 1 });
    await queue.add({ name: 'greet', key: 'a', data: { n: 1 } });
    const ended: JobEnd[] = [];
    const runs: string[] = [];
    for (let death = 0; death < 2; death += 1) await takeAndDie(server.url, 300);
    queue.work({ greet: async () => void runs.push('again') }, (end) => ended.push(end));
    await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
    expect(ended).toEqual([{ name: 'greet', outcome: 'dead', durationMs: undefined }]);
    expect(await queue.dead(5)).toMatchObject([{ name: 'greet', key: 'a', error: expect.stringContaining('stalled') }]);
    expect(runs).toEqual([]);
    expect(await queue.retry({ name: 'greet', key: 'a' })).toBe(true);
    await vi.waitFor(() => expect(runs).toEqual(['again']), soon);
  });
});
