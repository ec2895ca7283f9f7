import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Orphans } from '../../../gateway/call/orphans.ts';
import type { CallId } from '../../../infra/brand.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { houseOver, newCall } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const started: ContextFact = { type: 'call-started', from: '+1', to: '+2', line: 'acme', ivr: {} };
const ended: ContextFact = { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false };

/** A process that sees who is there, and a call that another one had. */
const world = async (facts: readonly ContextFact[], isThere: (owner: string) => boolean | undefined = () => false) => {
  const { house, clock, jobs, store } = houseOver(sqlite);
  const { callId } = newCall();
  if (facts.length > 0) {
    const { term } = await sqlite.claim(callId, 'lost-node');
    const events = facts.map((fact, index) => ({ ...fact, seq: index + 1, term, at: clock.wall() }));
    await sqlite.append({ callId, term, owner: 'lost-node', events });
  }
  const orphans = new Orphans({ ...house, isThere });
  const pass = async (span: number) => {
    for (let at = 0; at < span; at += 250) {
      clock.advance(250);
      for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { orphans, callId, pass, jobs, clock, store };
};

const endsOf = async (callId: CallId): Promise<readonly string[]> =>
  ((await sqlite.load(callId))?.events ?? []).flatMap((event) => (event.type === 'call-ended' ? [event.reason] : []));

describe('a call whose process is gone, and of which the carrier says that it is over', () => {
  it('gets its one end, and what is to be done about it is ordered', async () => {
    const { orphans, callId, pass, jobs, clock } = await world([started]);
    orphans.ends(callId, 'caller-hung-up');
    orphans.ends(callId, 'caller-hung-up');
    await pass(2_500);
    expect(await endsOf(callId)).toEqual([]);
    await pass(2_000);
    expect(await endsOf(callId)).toEqual(['caller-hung-up']);
    expect(jobs.length).toBeGreaterThan(0);
    await pass(60_000);
    expect(await endsOf(callId)).toEqual(['caller-hung-up']);
    expect(clock.pending).toBe(0);
  });

  it('of two processes that are told one writes it', async () => {
    const one = await world([started]);
    const two = await world([]);
    one.orphans.ends(one.callId, 'gave-up');
    two.orphans.ends(one.callId, 'caller-hung-up');
    await Promise.all([one.pass(70_000), two.pass(70_000)]);
    expect(await endsOf(one.callId)).toHaveLength(1);
  });

  it('is left to its process while that one is there, or nobody knows', async () => {
    for (const known of [true, undefined]) {
      const { orphans, callId, pass, clock } = await world([started], () => known);
      orphans.ends(callId, 'caller-hung-up');
      await pass(90_000);
      expect(await endsOf(callId)).toEqual([]);
      expect(clock.pending).toBe(0);
    }
  });

  it('is looked at again when its process goes a little later, and when the store was away', async () => {
    let isThere = true;
    const { orphans, callId, pass, store } = await world([started], () => isThere);
    orphans.ends(callId, 'caller-hung-up');
    await pass(4_000);
    isThere = false;
    store.line = 'away';
    await pass(9_000);
    store.line = 'good';
    await pass(50_000);
    expect(await endsOf(callId)).toEqual(['caller-hung-up']);
  });

  it('gets it also when its process left in order, and nobody took it up before the caller hung up', async () => {
    const { orphans, callId, pass } = await world([started, { type: 'stream-ended', reason: 'moved' }]);
    orphans.ends(callId, 'caller-hung-up');
    await pass(5_000);
    expect(await endsOf(callId)).toEqual(['caller-hung-up']);
  });

  it('keeps the end that it has; one that nobody took up, or whose caller is with a person, gets none', async () => {
    const told = await world([started, ended]);
    const unknown = await world([]);
    const away = await world([
      started,
      {
        type: 'transfer-requested',
        transfer: 't1',
        from: 'support',
        to: 'human',
        way: 'warm',
        reason: 'asked',
        trigger: 'caller-asked',
      },
      { type: 'stream-ended', reason: 'left-for-person' },
    ]);
    for (const { orphans, callId, pass } of [told, unknown, away]) {
      orphans.ends(callId, 'caller-hung-up');
      await pass(60_000);
    }
    expect(await endsOf(told.callId)).toEqual(['agent-ended']);
    expect(await endsOf(unknown.callId)).toEqual([]);
    expect(await endsOf(away.callId)).toEqual([]);
  });
});
