import { describe, expect, it } from 'vitest';
import { hangsUp, interrupts } from '../world/caller.ts';
import { clip, clipOf } from '../world/voices/clips.ts';
import { eventsOf, play } from './play.ts';

const soundsOf = ({ call }: Awaited<ReturnType<typeof play>>) => call.record.playouts[1]?.spans ?? [];

describe.each(['pcm', 'pcmu'])('a call with a prepared greeting, %s', (audio) => {
  const settings = { THROUGHLINE_AUDIO: audio };

  it('is greeted within 50 ms, once, and goes on as any other', async () => {
    const played = await play({ greets: true, settings });
    const { stage, call, outcome, events } = played;
    expect(outcome).toBe('finished');
    const started = call.record.facts.find(({ type }) => type === 'stream-opened');
    expect((soundsOf(played)[0]?.from ?? Number.NaN) - (started?.at ?? Number.NaN)).toBeLessThanOrEqual(50);
    const greeting = clipOf('supportGreeting').text;
    const said = eventsOf(events, 'agent-said').filter(({ text }) => text === greeting);
    expect(new Set(said.map(({ item }) => item)).size).toBe(1);
    expect(said.at(-1)?.heardText).toBe(greeting);
    // The first record is the session that made the greeting, and others made words for dead lines; no other greets.
    const [maker, ...others] = stage.model.records;
    const support = others.find(({ responses }) => responses[0]?.words !== clipOf('supportOneMoment').text);
    expect(maker?.persona).toBe('support');
    expect(support?.instructions).toContain("Don't greet again");
    expect(support?.items.find(({ type }) => type === 'message')).toMatchObject({ role: 'assistant' });
    expect(support?.responses.map(({ words }) => words)).not.toContain(greeting);
    expect(eventsOf(events, 'call-ended')).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
    expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('can be cut off by the caller, and what was heard of it is written down', async () => {
    const script = [
      interrupts(clip('callerOpening'), { afterMs: 2_000 }),
      hangsUp({ after: 'agent-finished', quietMs: 3_000 }),
    ];
    const { call, events, stage } = await play({ greets: true, settings, script });
    expect(call.record.facts.some(({ type }) => type === 'cleared')).toBe(true);
    const said = eventsOf(events, 'agent-said').findLast(({ text }) => text === clipOf('supportGreeting').text);
    expect(said?.heardMs).toBeGreaterThan(1_000);
    expect(said?.heardMs).toBeLessThan(said?.saidMs ?? 0);
    expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
  });
});
