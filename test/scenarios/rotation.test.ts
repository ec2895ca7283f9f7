import { describe, expect, it } from 'vitest';
import { callerLines } from '../world/article.ts';
import { clipOf } from '../world/voices/clips.ts';
import { eventsOf, play } from './play.ts';

describe('a call that outlives its sessions', () => {
  it('is moved to fresh ones in pauses: nobody hears it, nothing is lost, no session reaches its end', async () => {
    const { stage, call, events, outcome } = await play({ sessionLifeMs: 24_000 });
    expect(outcome).toBe('finished');
    const causes = eventsOf(events, 'bound').map(({ agent, cause }) => `${agent} ${cause}`);
    expect(causes.filter((cause) => cause.endsWith('rotation')).length).toBeGreaterThanOrEqual(2);
    expect(causes.filter((cause) => /lost|resume/.test(cause))).toEqual([]);
    const { records } = stage.model;
    for (const { openedAt, closedAt } of records)
      expect((closedAt ?? Number.POSITIVE_INFINITY) - openedAt).toBeLessThan(24_000);
    expect(records.flatMap(({ violations }) => violations)).toEqual([]);
    // Every word of the caller reached one session, whole.
    const heard = records.flatMap(({ turns }) => turns.map(({ words }) => words));
    expect(heard).toEqual(callerLines.map(({ clip }) => clipOf(clip).text));
    expect(call.phoneSockets).toBe(1);
    expect(call.record.facts.filter(({ type }) => type === 'cleared')).toEqual([]);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
  });
});
