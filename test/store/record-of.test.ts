import { describe, expect, it } from 'vitest';
import { epoch, term, wallTime } from '../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import { recordOf, recordsOf } from '../../store/handoffs/record-of.ts';
import { newCallId } from '../contracts/context-store.ts';
import { committed } from './committed.ts';

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
const done = (number: number): ContextFact =>
  committed(number, {
    configuredMs: 210,
    firstAudioMs: 600,
    switchMs: 640,
    foreseen: true,
    silenceMs: 12,
    keptMs: 1_240,
    briefingTokens: 512,
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
    expect(recordOf(eventsOf([...known, requested(2), later, done(2)]), key(2))).toEqual({
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
      cause: 'handoff',
      requestedAt: '2026-01-01T10:00:07.000Z',
      decidedAt: '2026-01-01T10:00:09.000Z',
      configuredMs: 210,
      firstAudioMs: 600,
      helpfulMs: null,
      switchMs: 640,
      foreseen: true,
      silenceMs: 12,
      keptMs: 1_240,
      bundleBytes: expect.any(Number),
      briefingTokens: 512,
      factsCarried: 4,
      leftOut: ['2 older turns'],
      judgedBy: 'rules',
      acknowledged: null,
      askedAgain: [],
      handedBack: null,
      resolved: null,
    });
  });

  it('measures the bundle at the decision, as JSON that leaves the house', () => {
    const said: ContextFact = { type: 'caller-said', turn: 't', text: 'é'.repeat(1_000) };
    const bytes = (facts: readonly ContextFact[]) => recordOf(eventsOf(facts), key(2))?.bundleBytes ?? 0;
    const [without, before, after] = [[], [said], []].map((facts) => bytes([...facts, requested(2), done(2)]));
    expect((before ?? 0) - (without ?? 0)).toBeGreaterThan(2_000);
    expect(bytes([requested(2), done(2), said])).toBe(after);
  });

  it('helpful is the first thing the new agent said that was not asking for what is known', () => {
    const said = (item: string, agent: string, text: string): ContextFact => ({
      ...{ type: 'agent-said', item, agent, text, heardText: text, saidMs: 900, heardMs: 900 },
    });
    const sentence = 'What is your account id?';
    const again: ContextFact = { type: 'asked-again', agent: 'technical', field: 'accountId', sentence };
    const helpful = (...facts: readonly ContextFact[]) => recordOf(eventsOf(facts), key(2))?.helpfulMs;
    // An event is a second after the one before it.
    expect(helpful(requested(2), said('a', 'technical', 'I see that the reset failed.'), done(2))).toBe(1_000);
    expect(helpful(requested(2), said('o', 'support', 'One moment.'), done(2), said('a', 'technical', 'Hello.'))).toBe(
      3_000,
    );
    const asks = said('a', 'technical', `Hello. ${sentence}`);
    expect(helpful(requested(2), asks, done(2), again, said('b', 'technical', 'The header is missing.'))).toBe(4_000);
    expect(helpful(said('x', 'technical', 'Before.'), requested(2), done(2))).toBeNull();
    expect(helpful(requested(2), asks, done(2), again)).toBeNull();
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
    const events = eventsOf([requested(2, 'billing'), failed(2), requested(3), done(3)]);
    expect(recordOf(events, key(2))).toMatchObject({ to: 'billing', outcome: 'failed' });
    expect(recordOf(events, key(3))).toMatchObject({ to: 'technical', outcome: 'committed' });
  });

  it.each([
    ['nothing is known', [], key(2)],
    ['it is not decided', [requested(2)], key(2)],
    ['another epoch was decided', [requested(2), requested(3), done(3)], key(2)],
    ['it was another term', [requested(2), done(2)], key(2, 2)],
    ['its request is missing', [done(2)], key(2)],
  ])('knows none while %s', (_, facts, wanted) => {
    expect(recordOf(eventsOf(facts), wanted)).toBeUndefined();
  });
});

describe('what became of a handoff', () => {
  const asked = (agent: string, field: string): ContextFact => ({
    type: 'asked-again',
    agent,
    field,
    sentence: `What is your ${field}?`,
  });
  const ended = (resolved: boolean | null): ContextFact => ({
    type: 'call-ended',
    reason: 'agent-ended',
    resolved,
    owesGoodbye: false,
  });
  const back = committed(3, { from: 'technical', to: 'support' });
  const aftermath = (...facts: readonly ContextFact[]) => recordOf(eventsOf([requested(2), done(2), ...facts]), key(2));
  const waits = Array.from({ length: 130 }, (): ContextFact => ({ type: 'digit-pressed', digit: '1' }));

  it('whether the first words named what was known', () => {
    const judged = { type: 'first-words-judged', agent: 'technical', issue: true, finding: null, feeling: true } as const;
    expect(aftermath({ ...judged, epoch: epoch(2) })?.acknowledged).toEqual({ issue: true, finding: null, feeling: true });
    expect(aftermath({ ...judged, epoch: epoch(3) })?.acknowledged).toBeNull();
    // Epochs begin anew with each term.
    const events = eventsOf([requested(2), done(2), { ...judged, epoch: epoch(2) }]);
    const later = events.map((event, index) => (index === 2 ? { ...event, term: term(2) } : event));
    expect(recordOf(later, key(2))?.acknowledged).toBeNull();
  });

  it('what the new agent asked again, until the next handoff', () => {
    const record = aftermath(asked('technical', 'accountId'), asked('support', 'email'), back, asked('technical', 'name'));
    expect(record?.askedAgain).toEqual([{ field: 'accountId', sentence: 'What is your accountId?' }]);
  });

  it('whether the caller was handed back within two minutes: yes, no, or not known yet', () => {
    expect(aftermath(back)?.handedBack).toBe(true);
    expect(aftermath()?.handedBack).toBeNull();
    expect(aftermath(ended(true))?.handedBack).toBe(false);
    expect(aftermath(...waits, back)?.handedBack).toBe(false);
    expect(aftermath(committed(3, { from: 'technical', to: 'billing' }), ended(true))?.handedBack).toBe(false);
  });

  it.each([true, false, null])('how the call ended: resolved %s', (resolved) => {
    expect(aftermath(ended(resolved))?.resolved).toBe(resolved);
  });

  it('a call that went on after an end counts by its last end, and a second word of the same end does not', () => {
    const bound: ContextFact = { type: 'bound', agent: 'technical', epoch: epoch(5), cause: 'resume' };
    expect(aftermath(ended(null), bound, ended(true))?.resolved).toBe(true);
    expect(aftermath(ended(true), ended(null))?.resolved).toBe(true);
    expect(aftermath(ended(true), bound)?.resolved).toBeNull();
  });

  it('nothing became of one that failed', () => {
    const record = recordOf(eventsOf([requested(2), failed(2), asked('technical', 'x'), ended(true)]), key(2));
    expect(record).toMatchObject({ askedAgain: [], acknowledged: null, handedBack: null, resolved: null });
  });
});

describe('recordsOf', () => {
  it('has every handoff that is decided, and those that were refused', () => {
    const refused: ContextFact = { type: 'handoff-refused', from: 'support', to: 'billing', reason: 'r', why: 'loop' };
    const records = recordsOf(eventsOf([...known, refused, requested(2), done(2), requested(3)]), callId);
    expect(records.map(({ id, outcome, why }) => [id, outcome, why])).toEqual([
      [`${callId}-1-r8`, 'refused', 'loop'],
      [`${callId}-1-2`, 'committed', null],
    ]);
    expect(records[0]).toMatchObject({ epoch: null, trigger: null, category: 'API key', switchMs: null });
  });
});
