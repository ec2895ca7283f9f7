import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { epoch, term, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink } from '../../infra/redis.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import { jobHandlers, recordHandoffJob } from '../../store/jobs.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { type RedisServer, redisAvailable, startRedis, startSentinel } from '../world/redis-server.ts';
import { committed } from './committed.ts';

const soon = { timeout: 15_000, interval: 20 };
const log = { info: () => {}, warn: () => {} };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const open = async (text: string): Promise<Stores> => {
  const store = parseStoreUrl(text);
  if ('problem' in store) throw new Error(store.problem);
  const stores = await openStores(store, { clock: systemClock, log });
  ends.push(() => stores.close());
  return stores;
};

const facts: readonly ContextFact[] = [
  { type: 'call-started', from: '+1', to: '+2', line: 'acme', ivr: {} },
  { type: 'handoff-requested', epoch: epoch(2), from: 'support', to: 'technical', reason: '401', trigger: 'expertise' },
  committed(2, { switchMs: 640, factsCarried: 3 }),
];
const events: readonly ContextEvent[] = facts.map((fact, index) => ({
  ...fact,
  seq: index + 1,
  term: term(1),
  at: wallTime(systemClock.wall() + index),
}));

/** A call's handoff becomes a record by a job, over all three parts of one store. */
const recordsAHandoff = async (url: string): Promise<void> => {
  const stores = await open(url);
  const callId = newCallId();
  stores.queue.work(jobHandlers(stores));
  await vi.waitFor(() => stores.contexts.claim(callId, 'node-a'), soon);
  const { term: ofTerm } = (await stores.contexts.load(callId)) ?? { term: term(0) };
  await stores.contexts.append({ callId, term: ofTerm, owner: 'node-a', events });
  const job = recordHandoffJob({ callId, term: term(1), epoch: epoch(2) });
  await stores.queue.add(job);
  await stores.queue.add(job);
  await vi.waitFor(async () => expect(await stores.handoffs.list({ limit: 5, callId })).toHaveLength(1), soon);
  expect(await stores.handoffs.list({ limit: 5 })).toMatchObject([
    { id: `${callId}-1-2`, outcome: 'committed', switchMs: 640 },
  ]);
  expect(await stores.contexts.recent(5)).toMatchObject([{ callId, lastSeq: 3 }]);
  await stores.close();
  await stores.close();
};

describe('the record-handoff job', () => {
  it('fails, to be tried again, while the call does not tell how the handoff ended', async () => {
    const stores = await open('sqlite::memory:');
    const callId = newCallId();
    const { data } = recordHandoffJob({ callId, term: term(1), epoch: epoch(2) });
    const run = jobHandlers(stores)['record-handoff'];
    await expect(run(data)).rejects.toMatchObject({ code: 'handoff-undecided' });
    await stores.contexts.claim(callId, 'node-a');
    const part = (from: number, to: number) =>
      stores.contexts.append({ callId, term: term(1), owner: 'node-a', events: events.slice(from, to) });
    await part(0, 2);
    await expect(run(data)).rejects.toMatchObject({ code: 'handoff-undecided' });
    await part(2, 3);
    await run(data);
    await run(data);
    expect(await stores.handoffs.list({ limit: 5 })).toHaveLength(1);
  });

  it.each([[{}], [{ callId: 'CA1', term: 1, epoch: 2 }], [{ callId: newCallId(), term: '1', epoch: 2 }]])(
    'refuses %j',
    async (data) => {
      const stores = await open('sqlite::memory:');
      await expect(jobHandlers(stores)['record-handoff'](data)).rejects.toMatchObject({ code: 'job-data-invalid' });
    },
  );
});

describe('openStores', () => {
  it('SQLite in memory', () => recordsAHandoff('sqlite::memory:'));

  it('SQLite in a file: what was stored is there after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-stores-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const url = `sqlite:${join(folder, 'data', 'throughline.db')}`;
    await recordsAHandoff(url);
    expect(await (await open(url)).handoffs.list({ limit: 5 })).toHaveLength(1);
  });

  it('SQLite where no file can be: rejects with store-unavailable', async () => {
    await expect(open('sqlite:/dev/null/x.db')).rejects.toMatchObject({ code: 'store-unavailable' });
  });
});

describe.skipIf(!redisAvailable())('openStores over Redis', () => {
  const start = async (config: Readonly<Record<string, string>> = {}): Promise<RedisServer> => {
    const server = await startRedis({ appendonly: true, config });
    ends.push(() => server.stop());
    return server;
  };

  it('one server', async () => {
    const server = await start();
    await recordsAHandoff(`${server.url.slice(0, -1)}7`);
  });

  it('a Cluster: every call and every script keeps to one slot', async () => {
    const server = await start({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    const node = { host: '127.0.0.1', port: server.port };
    const link = new RedisLink({
      target: { kind: 'single', node, db: 0, tls: false },
      role: 'test',
      clock: systemClock,
      log,
    });
    ends.push(() => link.close());
    await link.call('make a cluster', (client) => client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383'));
    const clusterState = () => link.call('ask', (client) => client.call('CLUSTER', 'INFO'));
    await vi.waitFor(async () => expect(String(await clusterState())).toContain('cluster_state:ok'), soon);
    await recordsAHandoff(`redis+cluster://127.0.0.1:${server.port}`);
  });

  it('Sentinel names the primary', async () => {
    const server = await start();
    const sentinel = await startSentinel({ primary: 'calls', port: server.port });
    ends.push(() => sentinel.stop());
    await recordsAHandoff(`redis+sentinel://127.0.0.1:${sentinel.port}/calls`);
  });

  it('opens while Redis is away, goes on when it is there, and closes while it is away', async () => {
    const server = await start();
    await server.kill9();
    const stores = await open(server.url);
    await expect(stores.contexts.ping()).rejects.toMatchObject({ code: 'store-unavailable' });
    await server.restart();
    await vi.waitFor(() => stores.contexts.ping(), soon);
    await vi.waitFor(() => stores.queue.counts(), soon);
    await server.kill9();
    await stores.close();
  });
});
