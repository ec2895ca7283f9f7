import { expect, it } from 'vitest';
import { parseCallId } from '../../infra/brand.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import { figuresFrom } from '../../store/figures/read-figures.ts';
import type { Stage } from '../world/stage.ts';
import { play } from './play.ts';

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
