import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionOptions } from '../../../gateway/call/admission.ts';
import type { CallFacts } from '../../../gateway/call/ports.ts';
import { openSqlite } from '../../../infra/sqlite.ts';
import { leaseMs, type Places } from '../../../store/places.ts';
import { placeTables, SqlitePlaces } from '../../../store/sqlite-places.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { newCall } from './call-world.ts';

/** Processes that share a store. */
const machine = async (change: Partial<AdmissionOptions> = {}) => {
  const clock = new FakeClock();
  const sqlite = openSqlite(':memory:');
  await sqlite.run('open the store', placeTables);
  const places = new SqlitePlaces(sqlite, clock);
  const warnings: string[] = [];
  const worker = (node = 'a', own: Places = places) => {
    const live: CallFacts[] = [];
    const admission = new Admission({
      clock,
      log: { warn: (_facts, text) => warnings.push(text) },
      maxCalls: 3,
      maxCallsOfFleet: undefined,
      maxCallsPerCaller: undefined,
      shared: { places: own, node },
      live: () => live,
      ...change,
    });
    return {
      admission,
      live,
      rings: (call = newCall()) => admission.admit(call),
      /** A call rings, and its stream comes. */
      takes: async (call = newCall()) => {
        const refusal = await admission.admit(call);
        if (refusal === undefined) {
          live.push(call);
          admission.arrived(call.callId);
        }
        return refusal;
      },
      ends: (call: CallFacts) => {
        live.splice(live.indexOf(call), 1);
        admission.over(call);
      },
    };
  };
  return { clock, worker, warnings };
};

describe('admission', () => {
  it('the workers of a machine share its limit; another machine has its own', async () => {
    const { worker } = await machine();
    const [one, two, far] = [worker(), worker(), worker('b')];
    expect(await one.takes()).toBeUndefined();
    expect(await two.takes()).toBeUndefined();
    const last = newCall();
    expect(await two.takes(last)).toBeUndefined();
    expect(await one.takes()).toBe('full');
    expect(await far.takes()).toBeUndefined();
    two.ends(last);
    await settle();
    expect(await one.takes()).toBeUndefined();
  });

  it('the fleet has a limit over all machines, and a caller over all calls', async () => {
    const { worker } = await machine({ maxCallsOfFleet: 2, maxCallsPerCaller: 1 });
    const [near, far] = [worker('a'), worker('b')];
    expect(await near.takes(newCall('+15005550001'))).toBeUndefined();
    expect(await far.takes(newCall('+15005550001'))).toBe('caller-limit');
    expect(await far.takes(newCall('+15005550002'))).toBeUndefined();
    expect(await near.takes(newCall('+15005550003'))).toBe('fleet-full');
  });

  it('many that ring at once on several workers get exactly the places there are', async () => {
    const { worker } = await machine({ maxCalls: 7 });
    const workers = [worker(), worker(), worker()];
    const refusals = await Promise.all(Array.from({ length: 60 }, (_, index) => workers[index % 3]?.rings()));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(7);
    expect(refusals.filter((refusal) => refusal === 'full')).toHaveLength(53);
  });

  it('a call that rings at one worker and is served by another counts once, for as long as it runs', async () => {
    const { worker, clock } = await machine({ maxCalls: 1 });
    const [one, two] = [worker(), worker()];
    const call = newCall();
    expect(await one.rings(call)).toBeUndefined();
    two.live.push(call);
    two.admission.arrived(call.callId);
    await clock.run(5 * leaseMs, 5_000);
    expect(await one.rings()).toBe('full');
    two.ends(call);
    await settle();
    expect(await one.rings()).toBeUndefined();
  });

  it('the places of a worker that died are free after a minute', async () => {
    const { worker, clock } = await machine({ maxCalls: 1 });
    const [dead, alive] = [worker(), worker()];
    await dead.takes();
    dead.live.splice(0);
    await clock.run(leaseMs - 1_000, 5_000);
    expect(await alive.rings()).toBe('full');
    await clock.run(1_000, 5_000);
    expect(await alive.rings()).toBeUndefined();
  });

  it('when the store is away or does not answer, what this process knows decides', async () => {
    const { worker, clock, warnings } = await machine({ maxCalls: 2 });
    const nothing = { keep: async () => {}, free: async () => {} };
    const broken = worker('a', { ...nothing, take: () => Promise.reject(new Error('away')) });
    expect(await broken.takes()).toBeUndefined();
    expect(warnings).toEqual(['shared limits are not known; the call is taken']);
    const mute = worker('a', { ...nothing, take: () => new Promise(() => {}) });
    const asked = mute.takes();
    await clock.run(500);
    expect(await asked).toBeUndefined();
    expect(await broken.takes()).toBeUndefined();
    expect(await broken.takes()).toBe('full');
  });
});
