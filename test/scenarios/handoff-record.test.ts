import { expect, it } from 'vitest';
import type { HandoffRecord } from '../../store/handoffs/record.ts';
import { play } from './play.ts';

it('the record of a handoff: its phases, what it cost, and, when the call is over, what became of it', async () => {
  const records: HandoffRecord[] = [];
  await play({
    after: async ({ stores, play: inTime }) => {
      const isComplete = () =>
        expect.poll(() => stores.handoffs.list({ limit: 10 }), { timeout: 15_000 }).toMatchObject([{ resolved: true }]);
      await inTime(isComplete());
      records.push(...(await stores.handoffs.list({ limit: 10 })));
    },
  });
  const [record, ...others] = records;
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    from: 'support',
    to: 'technical',
    cause: 'handoff',
    trigger: 'expertise',
    category: 'API key',
    sentiment: 'frustrated',
    attempts: [{ solution: 'Reset API key', outcome: 'failed' }],
    outcome: 'committed',
    why: null,
    foreseen: false,
    silenceMs: 0,
    leftOut: [],
    acknowledged: { issue: true, finding: true, feeling: true },
    askedAgain: [],
    handedBack: false,
    resolved: true,
  });
  const { configuredMs, firstAudioMs, switchMs, bundleBytes, briefingTokens, factsCarried } = record ?? {};
  expect(configuredMs).toBeLessThan(firstAudioMs ?? 0);
  expect(firstAudioMs).toBeLessThanOrEqual(switchMs ?? 0);
  expect(bundleBytes).toBeGreaterThan(1_000);
  expect(briefingTokens).toBeGreaterThan(100);
  expect(factsCarried).toBeGreaterThanOrEqual(8);
});
