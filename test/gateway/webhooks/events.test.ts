import { describe, expect, it } from 'vitest';
import { queueAnalysed, queueEnded, WebhookEvents } from '../../../gateway/webhooks/events.ts';
import type { Job } from '../../../infra/queue/queue.ts';
import type { WebhookEndpoint } from '../../../store/webhooks/types.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { callId, logOfCall } from './log-of-call.ts';
import { endpointAt } from './targets.ts';

const url = 'https://hooks.example.com/';

const world = (first: readonly WebhookEndpoint[]) => {
  const clock = new FakeClock();
  const jobs: Job[] = [];
  const warnings: string[] = [];
  const store = { endpoints: first, away: false, looks: 0 };
  const events = new WebhookEvents({
    endpoints: {
      list: async () => {
        store.looks += 1;
        if (store.away) throw new Error('cut');
        return store.endpoints;
      },
    },
    queue: {
      add: async (job) => {
        if (store.away) throw new Error('cut');
        jobs.push(job);
      },
    },
    clock,
    log: { info() {}, warn: (_, text) => void warnings.push(text), error: (_, text) => void warnings.push(text) },
    random: () => 0.5,
  });
  const tell = () => {
    for (const event of logOfCall) events.onEvent(callId, event);
  };
  return { clock, jobs, warnings, store, events, tell, keys: () => jobs.map(({ key }) => key).sort() };
};

describe('events become jobs', () => {
  it('one for each endpoint that wants it, with ids only, and none in the moment of the event', async () => {
    const one = endpointAt(url, { id: 'we_1', events: ['call.started', 'call.ended'] });
    const off = endpointAt(url, { id: 'we_2', enabled: false });
    const all = endpointAt(url, { id: 'we_3' });
    const { clock, jobs, events, tell, keys } = world([one, off, all]);
    await events.start();
    tell();
    expect(jobs).toEqual([]);
    await clock.run(300);
    expect(keys()).toEqual(
      [
        ...[1, 11].map((seq) => `${callId}-${seq}-we_1`),
        ...[1, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((seq) => `${callId}-${seq}-we_3`),
      ].sort(),
    );
    expect(jobs[0]).toEqual({
      ...{ name: 'deliver-webhook', key: `${callId}-1-we_1`, attempts: 16, backoffMs: 5_000 },
      data: { callId, seq: 1, endpoint: 'we_1' },
    });
    await events.stop();
    expect(clock.pending).toBe(0);
  });

  it('an endpoint of another process is known after ten seconds, and one that is gone is forgotten', async () => {
    const { clock, jobs, store, events, tell } = world([]);
    await events.start();
    store.endpoints = [endpointAt(url, { events: ['call.started'] })];
    await clock.run(9_000, 1_000);
    tell();
    await clock.run(1_100, 100);
    expect(jobs).toEqual([]);
    tell();
    await clock.run(300);
    expect(jobs).toHaveLength(1);
    store.endpoints = [];
    await events.look();
    tell();
    await clock.run(300);
    expect(jobs).toHaveLength(1);
    await events.stop();
  });

  it('the store is away: said once, what was known stands, and what was told goes when it is back', async () => {
    const { clock, keys, warnings, store, events, tell } = world([
      endpointAt(url, { events: ['call.started', 'call.ended'] }),
    ]);
    await events.start();
    store.away = true;
    await clock.run(31_000, 1_000);
    expect(warnings.filter((text) => text.includes('could not be looked up'))).toHaveLength(1);
    tell();
    await clock.run(60_000, 1_000);
    expect(keys()).toEqual([]);
    store.away = false;
    await clock.run(40_000, 1_000);
    expect(keys()).toEqual([`${callId}-1-we_1`, `${callId}-11-we_1`]);
    await events.stop();
  });

  it('what waits at the end goes before it', async () => {
    const { clock, jobs, events, tell } = world([endpointAt(url)]);
    await events.start();
    tell();
    const stopped = events.stop();
    await settle();
    await clock.run(100);
    await stopped;
    expect(jobs).toHaveLength(10);
  });

  it('a start waits no longer than a second for a store that hangs', async () => {
    const clock = new FakeClock();
    const events = new WebhookEvents({
      endpoints: { list: () => new Promise(() => {}) },
      queue: { add: async () => {} },
      clock,
      log: { info() {}, warn() {}, error() {} },
      random: () => 0.5,
    });
    let started = false;
    void events.start().then(() => {
      started = true;
    });
    await clock.run(900);
    expect(started).toBe(false);
    await clock.run(200);
    expect(started).toBe(true);
  });

  it('the moment of an event costs microseconds, with ten endpoints', async () => {
    const ten = Array.from({ length: 10 }, (_, index) => endpointAt(url, { id: `we_${index}` }));
    const { events, tell } = world(ten);
    await events.start();
    tell();
    const began = performance.now();
    for (let round = 0; round < 50; round++) tell();
    expect((performance.now() - began) / (50 * logOfCall.length)).toBeLessThan(0.5);
  });
});

describe('a call that is over', () => {
  const queued = async (endpoint: WebhookEndpoint) => {
    const jobs: Job[] = [];
    await queueEnded({ add: async (job) => void jobs.push(job) }, [endpoint], { callId, events: logOfCall });
    return jobs;
  };

  it('tells once more all that its log has, by the same keys', async () => {
    const jobs = await queued(endpointAt(url));
    expect(jobs).toHaveLength(10);
    expect(jobs[0]?.key).toBe(`${callId}-1-we_1`);
  });

  it('but not what was before the endpoint', async () => {
    const jobs = await queued(endpointAt(url, { since: '2026-01-01T01:00:05.000Z' }));
    expect(jobs.map(({ key }) => key)).toEqual([6, 7, 8, 9, 10, 11].map((seq) => `${callId}-${seq}-we_1`));
  });

  it('nothing to who does not want it', async () => {
    expect(await queued(endpointAt(url, { enabled: false }))).toEqual([]);
    expect(await queued(endpointAt(url, { events: ['call.analysed'] }))).toEqual([]);
  });
});

it('a record is a job for each endpoint that wants it, and another one when it changed', async () => {
  const jobs: Job[] = [];
  const endpoints = [
    endpointAt(url, { events: ['call.analysed'] }),
    endpointAt(url, { id: 'we_2', events: ['call.ended'] }),
    endpointAt(url, { id: 'we_3', enabled: false }),
  ];
  for (const revision of [1, 2])
    await queueAnalysed({ add: async (job) => void jobs.push(job) }, endpoints, { callId, revision });
  expect(jobs).toMatchObject([
    { key: `${callId}-a1-we_1`, data: { callId, seq: 1, endpoint: 'we_1', isAnalysis: true } },
    { key: `${callId}-a2-we_1`, data: { callId, seq: 2, endpoint: 'we_1', isAnalysis: true } },
  ]);
});
