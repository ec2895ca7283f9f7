import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outbox } from '../../../gateway/call/outbox.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import type { Job } from '../../../infra/queue/queue.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { settle } from '../../world/clock.ts';
import { answeredCall } from './answered-call.ts';
import { houseOver, newCall } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 3_000 };

describe('the jobs of a call that is over', () => {
  it('are queued when the store that was away at its end is back', async () => {
    const { greeted, phone, jobs, clock, store, runner } = answeredCall(sqlite);
    await settle();
    greeted();
    await settle();
    store.line = 'away';
    phone.hangsUp();
    await clock.run(400_000, 1_000);
    await runner.ended;
    expect(jobs).toEqual([]);
    store.line = 'good';
    await clock.run(3_000, 100);
    await expect.poll(() => jobs.map(({ name }) => name), soon).toEqual(['analyse-call']);
    const stored = await sqlite.load(runner.facts.callId);
    expect(stored?.events.at(-1)?.type).toBe('call-ended');
    expect(jobs[0]?.key).toBe(`${runner.facts.callId}-1-${stored?.events.length}-analyse`);
  });

  it('are queued when only the queue was away', async () => {
    const taken: Job[] = [];
    let isAway = true;
    const world = houseOver(sqlite);
    const { clock, log } = world.house;
    const add = async (job: Job): Promise<void> => {
      if (isAway) throw new ThroughlineError('store-unavailable', 'cut');
      taken.push(job);
    };
    const outbox = new Outbox({ queue: { add }, clock, log, random: () => 0.5 });
    const { greeted, phone, runner } = answeredCall(sqlite, { outbox });
    greeted();
    phone.hangsUp();
    await runner.ended;
    await expect.poll(() => outbox.size, soon).toBe(1);
    await world.clock.run(100_000, 1_000);
    expect(taken).toEqual([]);
    isAway = false;
    await world.clock.run(30_000, 1_000);
    expect(taken.map(({ name }) => name)).toEqual(['analyse-call']);
  });

  it('are queued for a call that was turned away as well, also when the store comes back only later', async () => {
    const { house, jobs, store, clock } = houseOver(sqlite);
    const number = '+4930123456';
    const registry = new CallRegistry(
      { ...house, line: { ...house.line, pilot: { share: 0, otherwise: { number } } } },
      {
        maxCalls: 9,
        maxCallsOfFleet: undefined,
        maxCallsPerCaller: undefined,
        shared: undefined,
        fallbackNumber: undefined,
      },
    );
    const call = newCall();
    store.line = 'away';
    expect(await registry.ring(call)).toEqual({ kind: 'dial', number });
    await clock.run(600, 100);
    expect(jobs).toEqual([]);
    store.line = 'good';
    await clock.run(2_000, 100);
    await expect
      .poll(() => jobs, soon)
      .toEqual([{ name: 'analyse-call', data: { callId: call.callId }, key: `${call.callId}-1-3-analyse` }]);
  });
});
