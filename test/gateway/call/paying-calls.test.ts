import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { memoryStore, stale } from './faulty-store.ts';
import { left, payingWorld, report, startedPayment } from './paying-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const comesBack = { kind: 'connect', cause: 'return' };

describe('a caller who leaves to pay', () => {
  it('is handed over once the log says so, with what the line wants charged', async () => {
    const { two, bundle, ref } = await payingWorld(sqlite);
    expect(await two.nextFor(await bundle(), true)).toEqual({
      kind: 'pay',
      ref,
      charge: { amount: '49.00', currency: 'eur', description: 'Invoice 7' },
    });
    expect((await bundle()).payments).toMatchObject([{ state: 'handed-over', wasHandedOver: true }]);
  });

  it('is never asked for a card twice: who finds the payment handed over cannot know what came of it', async () => {
    const { one, two, bundle } = await payingWorld(sqlite);
    const before = await bundle();
    expect(await one.nextFor(before, true)).toMatchObject({ kind: 'pay' });
    expect(await two.nextFor(before, true)).toEqual(comesBack);
    expect((await bundle()).payments).toMatchObject([{ state: 'ended', outcome: 'unknown' }]);
    expect((await bundle()).toolCalls).toMatchObject([{ name: 'pay', status: 'unknown' }]);
  });

  it('goes nowhere while the agent still has them, or when there is nothing to pay', async () => {
    const { one, bundle, term } = await payingWorld(sqlite);
    expect(await one.nextFor(await bundle(), false)).toBeUndefined();
    const other = await payingWorld(sqlite, [left]);
    expect(await other.one.nextFor(await other.bundle(), true)).toBeUndefined();
    expect(await term()).toBe(1);
  });

  it.each(['away', 'silent'] as const)('stays with us while the store is %s, after two seconds at most', async (line) => {
    const { one, bundle, store, clock } = await payingWorld(sqlite);
    const before = await bundle();
    store.line = line;
    const step = one.nextFor(before, true);
    await clock.run(2_100);
    expect(await step).toEqual(comesBack);
    store.line = 'good';
    await clock.run(10_000);
    expect((await bundle()).payments).toMatchObject([{ state: 'pending', wasHandedOver: false }]);
  });
});

it('is not handed over when another process took the call before that was written down', async () => {
  const { one, bundle, store } = await payingWorld(sqlite);
  const before = await bundle();
  store.scripted.push(stale);
  expect(await one.nextFor(before, true)).toEqual(comesBack);
  expect((await bundle()).payments).toMatchObject([{ state: 'pending' }]);
});

const handedOver = async () => {
  const world = await payingWorld(sqlite);
  await world.one.nextFor(await world.bundle(), true);
  return world;
};

describe('a caller who is back', () => {
  it('finds the outcome in the log, whichever process is asked', async () => {
    const { two, ref, bundle, counted } = await handedOver();
    await two.back(ref, report('paid', 'ch_1'));
    const { payments, toolCalls, facts } = await bundle();
    expect(payments).toMatchObject([{ state: 'ended', outcome: 'paid', confirmation: 'ch_1' }]);
    expect(toolCalls).toMatchObject([{ status: 'ok', result: { outcome: 'paid', confirmationCode: 'ch_1' } }]);
    expect(facts).toContainEqual(expect.objectContaining({ key: 'receipt', value: 'ch_1', verified: true }));
    expect(counted).toContain('throughline_payments_total paid');
  });

  it('twice: the first word stands, and is counted once', async () => {
    const { one, two, ref, bundle, counted } = await handedOver();
    await Promise.all([one.back(ref, report('paid', 'ch_1')), one.back(ref, report('declined'))]);
    await two.back(ref, report('cancelled'));
    expect((await bundle()).payments).toMatchObject([{ outcome: 'paid' }]);
    expect(counted.filter((line) => line.startsWith('throughline_payments_total'))).toHaveLength(1);
  });

  it('while an agent has them already is not taken from that agent', async () => {
    const { one, ref, bundle, isServed, term } = await handedOver();
    const journal = await isServed();
    const before = await term();
    await one.back(ref, report('paid', 'ch_1'));
    expect([await term(), (await bundle()).payments[0]?.state]).toEqual([before, 'handed-over']);
    journal.note({ type: 'sentiment-noticed', sentiment: 'calm' });
    expect(await journal.stored(1_000)).toBe(true);
  });

  it.each(['away', 'silent'] as const)(
    'waits two seconds at most for a store that is %s, which then knows nothing',
    async (line) => {
      const { one, ref, bundle, store, clock } = await handedOver();
      store.line = line;
      const work = one.back(ref, report('paid', 'ch_1'));
      let isDone = false;
      void work.then(() => {
        isDone = true;
      });
      await clock.run(2_100);
      expect(isDone).toBe(true);
      store.line = 'good';
      await clock.run(20_000);
      expect((await bundle()).payments).toMatchObject([{ state: 'handed-over' }]);
    },
  );

  it('of a payment that nobody knows is back all the same', async () => {
    const { one, callId, term } = await handedOver();
    const before = await term();
    await one.back({ callId, payment: 'p9' }, report('paid'));
    expect(await term()).toBe(before);
  });
});

describe('a caller who is gone', () => {
  it('is written down as gone, once, whoever hears of it', async () => {
    const { one, two, callId, bundle } = await handedOver();
    await Promise.all([one.hungUp(callId), two.hungUp(callId)]);
    await one.hungUp(callId);
    const { ended, payments } = await bundle();
    expect([ended?.reason, payments[0]?.outcome]).toEqual(['caller-hung-up', 'caller-hung-up']);
    const events = (await sqlite.load(callId))?.events ?? [];
    expect(events.filter(({ type }) => type === 'call-ended')).toHaveLength(1);
  });

  it('may have paid: the carrier says so later, and that counts', async () => {
    const { one, ref, callId, bundle } = await handedOver();
    await one.hungUp(callId);
    await one.back(ref, report('paid', 'ch_1'));
    expect((await bundle()).payments).toMatchObject([{ outcome: 'paid', confirmation: 'ch_1' }]);
    expect((await bundle()).toolCalls).toMatchObject([{ status: 'ok' }]);
    await one.back(ref, report('unknown'));
    expect((await bundle()).payments).toMatchObject([{ outcome: 'paid' }]);
  });

  it('between the payment and the agent is written down, too', async () => {
    const { one, ref, callId, bundle } = await handedOver();
    await one.back(ref, report('paid', 'ch_1'));
    await one.hungUp(callId);
    const { ended, payments } = await bundle();
    expect([ended?.reason, payments[0]?.outcome]).toEqual(['caller-hung-up', 'paid']);
  });
});

type Deed = 'after' | 'after elsewhere' | 'paid' | 'unknown' | 'gone' | 'served' | 'store away' | 'store back';
const deeds: readonly Deed[] = ['after', 'after elsewhere', 'paid', 'unknown', 'gone', 'served', 'store away', 'store back'];

it('whatever is asked in whatever order: at most one card question, one end, and a payment that was made stays made', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...deeds), { maxLength: 12 }), async (story) => {
      const { one, two, ref, callId, bundle, isServed, store, clock } = await payingWorld(sqlite);
      const before = await bundle();
      let asked = 0;
      let isPaid = false;
      const act: Readonly<Record<Deed, () => Promise<unknown> | unknown>> = {
        after: async () => {
          asked += (await one.nextFor(before, true))?.kind === 'pay' ? 1 : 0;
        },
        'after elsewhere': async () => {
          asked += (await two.nextFor(before, true))?.kind === 'pay' ? 1 : 0;
        },
        paid: () => one.back(ref, report('paid', 'ch_1')),
        unknown: () => two.back(ref, report('unknown')),
        gone: () => (store.line === 'good' ? two.hungUp(callId) : undefined),
        served: () => (store.line === 'good' ? isServed() : undefined),
        'store away': () => {
          store.line = 'away';
        },
        'store back': () => {
          store.line = 'good';
        },
      };
      for (const deed of story) {
        let isDone = false;
        const work = Promise.resolve(act[deed]()).then(() => {
          isDone = true;
        });
        for (let waited = 0; !isDone && waited < 4_000; waited += 500) await clock.run(500, 250);
        await work;
        const [payment] = (await bundle()).payments;
        if (isPaid) expect(payment?.outcome).toBe('paid');
        isPaid ||= payment?.outcome === 'paid';
      }
      const events = (await sqlite.load(callId))?.events ?? [];
      expect(asked).toBeLessThanOrEqual(1);
      expect(events.filter(({ type }) => type === 'payment-handed-over').length).toBeGreaterThanOrEqual(asked);
      expect(events.filter(({ type }) => type === 'call-ended').length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60, seed: 20_261_128 },
  );
});

it('a call that was away to pay often is not taken for one that kills its processes', async () => {
  const { one, two, callId, call, houses, bundle, isServed } = await payingWorld(sqlite);
  const registry = new CallRegistry(houses[1], {
    maxCalls: 10,
    maxCallsOfFleet: undefined,
    maxCallsPerCaller: undefined,
    shared: undefined,
    fallbackNumber: undefined,
  });
  for (const payment of ['p1', 'p2', 'p3']) {
    expect(await one.nextFor(await bundle(), true)).toMatchObject({ kind: 'pay' });
    await two.back({ callId, payment }, report('declined'));
    const journal = await isServed();
    for (const fact of [...startedPayment(`p${Number(payment.slice(1)) + 1}`), left]) journal.note(fact);
    await journal.stored(1_000);
  }
  expect(await registry.next(call)).toMatchObject({ kind: 'pay', ref: { payment: 'p4' } });
  expect(await registry.paid(call, { callId, payment: 'p4' }, report('cancelled'))).toEqual(comesBack);
  expect(await registry.next(call)).toEqual({ kind: 'connect', cause: 'resume' });
});
