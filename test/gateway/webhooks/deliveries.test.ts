import { afterEach, describe, expect, it } from 'vitest';
import { Deliveries } from '../../../gateway/webhooks/deliveries.ts';
import type { Letter, Tried } from '../../../gateway/webhooks/sender.ts';
import { term as toTerm } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import type { Labels } from '../../../infra/metrics.ts';
import { JobNotYet } from '../../../infra/queue/queue.ts';
import { deliverWebhookJob, jobHandlers } from '../../../store/jobs.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { webhookTypes } from '../../../store/webhooks/types.ts';
import { callId, logOfCall, secrets } from './log-of-call.ts';
import { endpointAt } from './targets.ts';

const opened: Stores[] = [];
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.close();
});

const delivered: Tried = { outcome: 'delivered', status: 204, durationMs: 5, error: null };
const failed: Tried = { outcome: 'failed', status: 500, durationMs: 5, error: 'the endpoint answered 500' };

type Answer = (letter: Letter, endpoint: string) => Promise<Tried> | Tried;

const world = async (answer: Answer = () => delivered, events = logOfCall) => {
  const stores = await openStores(
    { kind: 'sqlite', path: ':memory:' },
    { clock: systemClock, log: { info() {}, warn() {} } },
  );
  opened.push(stores);
  const letters: Letter[] = [];
  const counted: Labels[] = [];
  const warnings: string[] = [];
  const deliveries = new Deliveries({
    stores,
    sender: {
      send: async ({ id }, letter) => {
        letters.push(letter);
        return answer(letter, id);
      },
    },
    clock: systemClock,
    log: { info() {}, warn: (_, text) => void warnings.push(text) },
    metrics: { count: (_, labels) => void counted.push(labels ?? {}) },
  });
  await stores.webhooks.change(() => ({ endpoints: [endpointAt('https://hooks.example.com/')], answer: undefined }));
  const { term } = await stores.contexts.claim(callId, 'me');
  if (events.length > 0) await stores.contexts.append({ callId, term, owner: 'me', events });
  const news = (seq: number) => ({ callId, seq, endpoint: 'we_1', isAnalysis: false });
  return { stores, deliveries, letters, counted, warnings, news };
};

describe('one delivery', () => {
  it('tells each event of a call by its type, with ids and figures, and without words and numbers', async () => {
    const { deliveries, letters, news } = await world();
    for (const { seq } of logOfCall) await deliveries.deliver(news(seq));
    const types = letters.map(({ payload }) => payload.type);
    expect(new Set(types)).toEqual(new Set(webhookTypes.filter((type) => type !== 'call.analysed')));
    expect(letters).toHaveLength(10);
    const text = JSON.stringify(letters);
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(letters[0]).toEqual({
      id: `${callId}-1`,
      payload: { type: 'call.started', timestamp: '2026-01-01T01:00:00.000Z', data: { callId, seq: 1, line: 'acme' } },
    });
    expect(letters.at(-1)?.payload.data).toEqual({ callId, seq: 11, reason: 'caller-hung-up', resolved: true });
  });

  it('comes again while the log has no such event, and is done when it has another one there', async () => {
    const { stores, deliveries, letters, news } = await world(undefined, logOfCall.slice(0, 2));
    await expect(deliveries.deliver(news(3))).rejects.toMatchObject({ code: 'webhook-event-not-stored' });
    const { term = 0 } = { ...(await stores.contexts.load(callId)) };
    await stores.contexts.append({ callId, term: toTerm(term), owner: 'me', events: logOfCall.slice(2, 3) });
    await deliveries.deliver(news(2));
    expect(letters).toEqual([]);
    await deliveries.deliver(news(3));
    expect(letters).toHaveLength(1);
  });

  it('an endpoint that is gone, turned off, or wants something else gets nothing', async () => {
    const { stores, deliveries, letters, news } = await world();
    await deliveries.deliver({ ...news(1), endpoint: 'we_2' });
    for (const more of [{ enabled: false }, { events: ['call.ended'] as const }]) {
      await stores.webhooks.change(() => ({ endpoints: [endpointAt('https://hooks.example.com/', more)], answer: 0 }));
      await deliveries.deliver(news(1));
    }
    expect(letters).toEqual([]);
  });

  it('one that failed comes again; both tries are in the log, and counted', async () => {
    let answer = failed;
    const { stores, deliveries, counted, letters, news } = await world(() => answer);
    await expect(deliveries.deliver(news(1))).rejects.toMatchObject({
      code: 'webhook-not-delivered',
      message: 'Webhook we_1: the endpoint answered 500.',
    });
    answer = delivered;
    await deliveries.deliver(news(1));
    expect(letters.map(({ id }) => id)).toEqual([`${callId}-1`, `${callId}-1`]);
    expect(counted).toEqual([{ outcome: 'failed' }, { outcome: 'delivered' }]);
    expect(await stores.deliveries.list('we_1')).toMatchObject([
      { id: `${callId}-1`, type: 'call.started', callId, outcome: 'delivered', status: 204, error: null },
      { outcome: 'failed', status: 500, error: 'the endpoint answered 500' },
    ]);
  });

  it('410 turns the endpoint off, for everybody, and that is said', async () => {
    const { stores, deliveries, letters, warnings, news } = await world(() => ({ ...failed, outcome: 'gone', status: 410 }));
    await deliveries.deliver(news(1));
    expect(await stores.webhooks.list()).toMatchObject([{ enabled: false, disabledWhy: 'it answered 410 (gone)' }]);
    await deliveries.deliver(news(3));
    expect(letters).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('turned off')]);
  });

  it('at most four at a time for an endpoint; the others are to come again, and are counted and logged as nothing', async () => {
    const ends: (() => void)[] = [];
    const { stores, deliveries, letters, counted, news } = await world(
      () => new Promise((resolve) => ends.push(() => resolve(delivered))),
    );
    const all = [1, 3, 4, 5].map((seq) => deliveries.deliver(news(seq)));
    await expect.poll(() => letters.length).toBe(4);
    await expect(deliveries.deliver(news(6))).rejects.toBeInstanceOf(JobNotYet);
    await deliveries.deliver({ ...news(6), endpoint: 'we_2' }); // of another, who is not there
    ends[0]?.();
    await all[0];
    const sixth = deliveries.deliver(news(6));
    await expect.poll(() => letters.length).toBe(5);
    for (const end of ends) end();
    await Promise.all([...all, sixth]);
    expect(counted).toHaveLength(5);
    expect(await stores.deliveries.list('we_1')).toHaveLength(5);
  });

  it('an endpoint that hangs holds up nobody else, however much is to be told to it', async () => {
    const hanging = Promise.withResolvers<Tried>();
    const told: string[] = [];
    const { stores, deliveries } = await world((_, endpoint) => {
      told.push(endpoint);
      return endpoint === 'we_1' ? hanging.promise : delivered;
    });
    const both = ['we_1', 'we_2'].map((id) => endpointAt('https://hooks.example.com/', { id }));
    await stores.webhooks.change(() => ({ endpoints: both, answer: undefined }));
    const seqs = logOfCall.map(({ seq }) => seq).filter((seq) => seq !== 2);
    for (const endpoint of ['we_1', 'we_2'])
      for (const seq of seqs) await stores.queue.add(deliverWebhookJob({ callId, seq, endpoint, isAnalysis: false }));
    stores.queue.work(jobHandlers(stores, { deliver: deliveries.deliver }));
    const toldTo = (id: string) => told.filter((one) => one === id).length;
    try {
      await expect.poll(() => toldTo('we_2'), { timeout: 15_000 }).toBe(seqs.length);
      expect(toldTo('we_1')).toBe(4);
    } finally {
      hanging.resolve(delivered);
    }
  });
});
