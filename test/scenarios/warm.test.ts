import { expect, it } from 'vitest';
import { eventsOf, play } from './play.ts';

const connectMs = 400;

const switchOf = async (warmSessions: number) => {
  const settings = { THROUGHLINE_WARM_SESSIONS: String(warmSessions) };
  const { stage, events, outcome } = await play({ connectMs, settings });
  expect(outcome).toBe('finished');
  expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
  const [committed] = eventsOf(events, 'handoff-committed');
  if (committed === undefined) throw new Error('there was no handoff');
  return committed;
};

it('a handoff to a warm session does not wait for a connection', async () => {
  const cold = await switchOf(0);
  const warm = await switchOf(2);
  expect(cold.configuredMs).toBeGreaterThanOrEqual(connectMs);
  expect(warm.configuredMs).toBeLessThanOrEqual(cold.configuredMs - connectMs);
});
