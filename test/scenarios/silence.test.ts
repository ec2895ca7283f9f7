import { expect, it } from 'vitest';
import { waits } from '../world/caller.ts';
import { clip, clipOf } from '../world/voices/clips.ts';
import { eventsOf, type Played, play, saysAfter } from './play.ts';

/** What agents said, each item once, with whether all of it was heard. */
const wordsOf = ({ events }: Played) => {
  const said = new Map(eventsOf(events, 'agent-said').map((event) => [event.item, event]));
  return [...said.values()].map(({ text, heardText }) => ({ text, whole: heardText === text }));
};

const whole = (name: Parameters<typeof clipOf>[0]) => ({ text: clipOf(name).text, whole: true });

it('a caller who says nothing is asked twice, hears the goodbye to its end, and the carrier hangs up', async () => {
  const played = await play({ settings: { THROUGHLINE_IDLE_SECONDS: '5' }, script: [waits(90_000)] });
  const { stage, call, events, outcome } = played;
  expect(outcome).toBe('finished');
  expect(wordsOf(played)).toEqual([
    whole('supportGreeting'),
    whole('supportStillThere'),
    whole('supportStillThere'),
    whole('supportNobodyThere'),
  ]);
  expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'idle', resolved: null }]);
  expect(call.record.playouts).toHaveLength(2); // what is said before the stream, and the stream
  const [, spans = []] = call.record.playouts.map((playout) => playout.spans);
  const goodbyeMs = clip('supportNobodyThere').length / 8;
  expect((spans.at(-1)?.to ?? 0) - (spans[0]?.from ?? 0)).toBeGreaterThan(15_000 + goodbyeMs);
  expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
});

it('a call that takes too long is announced and ends with words, while the caller still has something to say', async () => {
  const script = [saysAfter('callerOpening', ['supportGreeting']), waits(70_000)];
  const played = await play({ settings: { THROUGHLINE_MAX_MINUTES: '1', THROUGHLINE_IDLE_SECONDS: '600' }, script });
  const { events, stage } = played;
  const words = wordsOf(played);
  expect(words).toContainEqual(whole('supportOneMinute'));
  expect(words.at(-1)).toEqual(whole('supportTimeIsUp'));
  expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'too-long', resolved: null }]);
  expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
});
