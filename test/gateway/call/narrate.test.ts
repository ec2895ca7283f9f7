import { describe, expect, it } from 'vitest';
import { heardText, lastFacts, type Narration, narrate, noNarration, type Told } from '../../../gateway/call/narrate.ts';
import { wallTime } from '../../../infra/brand.ts';

const at = wallTime;
const tell = (...told: readonly Told[]) => {
  let narration: Narration = noNarration;
  const facts = told.flatMap((one) => {
    const step = narrate(narration, one);
    narration = step.narration;
    return step.facts;
  });
  return { facts, narration };
};

describe('narrate', () => {
  it('dates the words of the caller by when they began to speak, however late the transcript', () => {
    const { facts } = tell(
      { type: 'caller-started', turn: 'u1', at: at(1_000) },
      { type: 'caller-started', turn: 'u2', at: at(5_000) },
      { type: 'caller-transcribed', turn: 'u2', text: 'hello?', at: at(6_000) },
      { type: 'caller-transcribed', turn: 'u1', text: 'my key fails', at: at(9_000) },
    );
    expect(facts).toEqual([
      { at: 5_000, fact: { type: 'caller-said', turn: 'u2', text: 'hello?' } },
      { at: 1_000, fact: { type: 'caller-said', turn: 'u1', text: 'my key fails' } },
    ]);
  });

  it('writes an item when it was generated and again when it was heard', () => {
    const { facts, narration } = tell(
      { type: 'agent-text', item: 'a1', agent: 'support', delta: 'One mo', at: at(100) },
      { type: 'agent-text', item: 'a1', agent: 'support', delta: 'ment.', at: at(200) },
      { type: 'agent-heard', heard: { item: 'a1', saidMs: 500, heardMs: 500 } }, // a mark in mid-generation
      {
        type: 'agent-ended',
        item: 'a1',
        agent: 'support',
        text: 'One moment.',
        heard: { item: 'a1', saidMs: 1_000, heardMs: 200 },
        at: at(300),
      },
      { type: 'agent-heard', heard: { item: 'a1', saidMs: 1_000, heardMs: 1_000 } },
    );
    expect(
      facts.map(({ at: when, fact }) => [when, fact.type === 'agent-said' && [fact.text, fact.heardText, fact.heardMs]]),
    ).toEqual([
      [100, ['One moment.', '', 200]],
      [100, ['One moment.', 'One moment.', 1_000]],
    ]);
    expect(narration.items.size).toBe(0);
  });

  it('writes what was heard of an item that was cut off while it was generated', () => {
    const { facts } = tell(
      { type: 'agent-text', item: 'a1', agent: 'support', delta: 'Let me explain this at length', at: at(1) },
      { type: 'agent-heard', heard: { item: 'a1', saidMs: 2_000, heardMs: 1_000 } },
    );
    expect(facts).toEqual([
      {
        at: 1,
        fact: {
          type: 'agent-said',
          item: 'a1',
          agent: 'support',
          text: 'Let me explain this at length',
          heardText: 'Let me explain',
          saidMs: 2_000,
          heardMs: 1_000,
        },
      },
    ]);
  });

  it('remembers turns without words at the end', () => {
    const { narration } = tell({ type: 'caller-started', turn: 'u1', at: at(7) });
    expect(lastFacts(narration)).toEqual([{ at: 7, fact: { type: 'caller-said', turn: 'u1', text: null } }]);
  });

  it.each([
    ['nothing', 0, ''],
    ['a part, cut at a word', 500, 'The quick'],
    ['everything', 1_000, 'The quick brown fox'],
  ])('estimates the heard text by time: %s', (_, heardMs, text) => {
    expect(heardText('The quick brown fox', { item: 'a', saidMs: 1_000, heardMs })).toBe(text);
  });
});
