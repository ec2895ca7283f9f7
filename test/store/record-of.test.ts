import { describe, expect, it } from 'vitest';
import { epoch, term, wallTime } from '../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import { recordOf } from '../../store/handoffs/record-of.ts';
import { newCallId } from '../contracts/context-store.ts';

const callId = newCallId();
const start = Date.UTC(2026, 0, 1, 10);

/** Events one second apart, all of one term. */
const eventsOf = (facts: readonly ContextFact[], ofTerm = 1): readonly ContextEvent[] =>
  facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(ofTerm), at: wallTime(start + index * 1_000) }));

const requested = (number: number, to = 'technical'): ContextFact => ({
  type: 'handoff-requested',
  epoch: epoch(number),
  from: 'support',
  to,
  reason: 'still 401',
  trigger: 'attempts-failed',
});
const committed = (number: number): ContextFact => ({
  type: 'handoff-committed',
  epoch: epoch(number),
  from: 'support',
  to: 'technical',
  switchMs: 640,
  silenceMs: 12,
  factsCarried: 4,
  leftOut: ['2 older turns'],
});
const failed = (number: number): ContextFact => ({
  type: 'handoff-failed',
  epoch: epoch(number),
  from: 'support',
  to: 'technical',
  why: 'no audio in 5 s',
});
const known: readonly ContextFact[] = [
  { type: 'call-started', from: '+1', to: '+2', line: 'acme', ivr: {} },
  { type: 'issue-classified', category: 'API' },
  { type: 'issue-classified', category: 'API key' },
  { type: 'sentiment-noticed', sentiment: 'frustrated' },
  { type: 'solution-tried', solution: 'Reset API key', outcome: 'unknown' },
  { type: 'solution-tried', solution: 'Log in again', outcome: 'failed' },
  { type: 'solution-tried', solution: 'Reset API key', outcome: 'failed' },
];
const key = (number: number, ofTerm = 1) => ({ callId, term: term(ofTerm), epoch: epoch(number) });

describe('recordOf', () => {
  it('tells of a committed handoff all that its events say', () => {
    const later: ContextFact = { type: 'sentiment-noticed', sentiment: 'happy' };
    expect(recordOf(eventsOf([...known, requested(2), later, committed(2)]), key(2))).toEqual({
      id: `${callId}-1-2`,
      callId,
      term: 1,
      epoch: 2,
      line: 'acme',
      from: 'support',
      to: 'technical',
      reason: 'still 401',
      trigger: 'attempts-failed',
      category: 'API key',
      sentiment: 'frustrated',
      attempts: [
        { solution: 'Reset API key', outcome: 'failed' },
        { solution: 'Log in again', outcome: 'failed' },
      ],
      outcome: 'committed',
      why: null,
      requestedAt: '2026-01-01T10:00:07.000Z',
      decidedAt: '2026-01-01T10:00:09.000Z',
      switchMs: 640,
      silenceMs: 12,
      factsCarried: 4,
      leftOut: ['2 older turns'],
    });
  });

  it('tells of a failed one why, and no figures', () => {
    const record = recordOf(eventsOf([requested(2), failed(2)]), key(2));
    expect(record).toMatchObject({
      outcome: 'failed',
      why: 'no audio in 5 s',
      switchMs: null,
      silenceMs: null,
      factsCarried: null,
    });
    expect(record).toMatchObject({ line: '', category: null, sentiment: null, attempts: [], leftOut: [] });
  });

  it('finds the handoff of its epoch among others', () => {
    const events = eventsOf([requested(2, 'billing'), failed(2), requested(3), committed(3)]);
    expect(recordOf(events, key(2))).toMatchObject({ to: 'billing', outcome: 'failed' });
    expect(recordOf(events, key(3))).toMatchObject({ to: 'technical', outcome: 'committed' });
  });

  it.each([
    ['nothing is known', [], key(2)],
    ['it is not decided', [requested(2)], key(2)],
    ['another epoch was decided', [requested(2), requested(3), committed(3)], key(2)],
    ['it was another term', [requested(2), committed(2)], key(2, 2)],
    ['its request is missing', [committed(2)], key(2)],
  ])('knows none while %s', (_, facts, wanted) => {
    expect(recordOf(eventsOf(facts), wanted)).toBeUndefined();
  });
});
