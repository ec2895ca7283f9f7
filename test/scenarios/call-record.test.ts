import { describe, expect, it } from 'vitest';
import { parseCallId } from '../../infra/brand.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { figuresFrom } from '../../store/figures/read-figures.ts';
import { callerNumber } from '../world/article.ts';
import { dialledNumber, raiseStage, type Stage } from '../world/stage.ts';
import { type PlayOptions, play } from './play.ts';
import { anna, asks, isContentAfter, takes, withPeople } from './play-person.ts';

/** The record of the stage's only call, once its jobs are done. */
const recordOf = async (stage: Stage): Promise<CallRecord> => {
  const [summary] = await stage.stores.contexts.recent(1);
  const callId = parseCallId(summary?.callId ?? '');
  if (callId === undefined) throw new Error('no call is stored');
  await expect.poll(() => stage.stores.calls.get(callId), { timeout: 20_000 }).toBeDefined();
  const record = await stage.stores.calls.get(callId);
  if (record === undefined) throw new Error('the record is gone');
  return record;
};

it('the article’s call leaves a record and is in the figures', async () => {
  let record: CallRecord | undefined;
  let figures: Awaited<ReturnType<ReturnType<typeof figuresFrom>>> | undefined;
  await play({
    after: async (stage) => {
      record = await recordOf(stage);
      const day = record.startedAt.slice(0, 10);
      const read = figuresFrom(stage.stores.tallies, () => stage.clock.wall());
      await expect.poll(async () => (await read({ from: day, to: day })).handoffs.requested, { timeout: 20_000 }).toBe(1);
      figures = await read({ from: day, to: day });
    },
  });
  expect(record).toMatchObject({
    line: 'acme',
    endReason: 'agent-ended',
    turnedAway: null,
    contained: true,
    agents: ['support', 'technical'],
    handoffs: [{ from: 'support', to: 'technical' }],
    abandonedInHandoff: false,
    resolution: { agent: true, repeatedAt: null },
    judgedBy: 'rules',
  });
  expect(record?.handleMs).toBeGreaterThan(20_000);
  expect(record?.cost?.usdMicros).toBeGreaterThan(0);
  expect(record?.tools.map(({ tool }) => tool)).toContain('checkApiLogs');
  expect(figures?.all).toMatchObject({ calls: 1, handedOff: { n: 1, of: 1 } });
  expect(figures?.pairs).toMatchObject([{ from: 'support', to: 'technical', committed: { n: 1, of: 1 } }]);
  expect(figures?.handoffs.helpfulMs.n).toBe(1);
  expect(figures?.agents.map(({ agent }) => agent)).toEqual(['support', 'technical']);
});

describe('the record of a call', () => {
  const played = async (options: PlayOptions): Promise<CallRecord | undefined> => {
    let record: CallRecord | undefined;
    await play({
      ...options,
      after: async (stage) => {
        record = await recordOf(stage);
      },
    });
    return record;
  };

  it('whose caller hung up while the next agent was on its way says so, and that it still fails', async () => {
    const record = await played({
      watch: (event, _, call) => {
        if (event.type === 'handoff-requested') call.hangUp();
      },
    });
    expect(record).toMatchObject({
      endReason: 'caller-hung-up',
      abandonedInHandoff: true,
      handoffs: [],
      agents: ['support'],
      resolution: { agent: null, caller: false, tool: null },
      solvedBy: null,
      contained: true,
    });
  });

  it('that a person took is not contained, and tells how long they talked', async () => {
    const record = await played({
      script: [asks],
      patienceMs: 90_000,
      line: withPeople({ human: { number: anna } }),
      carrier: {
        people: {
          [anna]: takes(async (leg) => {
            await leg.after(5_000);
            leg.hangUp();
          }),
        },
      },
      ...isContentAfter(/cut off from my colleague/),
    });
    expect(record).toMatchObject({
      contained: false,
      endReason: 'agent-ended',
      transfers: [{ to: 'human', way: 'warm', outcome: 'left', wasAccepted: true }],
    });
    expect(record?.transfers[0]?.talkMs).toBeGreaterThan(5_000);
  });

  it('that was turned away says why, and costs no model', async () => {
    let record: CallRecord | undefined;
    const stage = await raiseStage({
      mode: 'fast',
      store: 'sqlite::memory:',
      line: (acme) => ({ ...acme, pilot: { share: 0, otherwise: { number: anna } } }),
      carrier: { dialOutcome: () => ({ status: 'completed', ringMs: 200, talkMs: 1_000 }) },
    });
    try {
      const call = stage.carrier.call({ from: callerNumber, to: dialledNumber });
      await stage.until(() => call.over);
      record = await recordOf(stage);
    } finally {
      await stage.close();
    }
    expect(record).toMatchObject({
      turnedAway: 'share',
      agents: [],
      contained: null,
      tokens: null,
      cost: null,
      solvedBy: null,
    });
  });
});
