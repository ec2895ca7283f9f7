import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContextFact } from '../../store/context/event.ts';
import { foldCall } from '../../store/context/fold.ts';
import { decodeEvent, decodeLog, encodeEvent } from '../../store/context/wire.ts';
import { decodeRecord, encodeRecord } from '../../store/handoffs/wire.ts';
import { eventAt, eventsFrom, newCallId } from '../contracts/context-store.ts';
import { recordAt } from '../contracts/handoff-log.ts';
import { keepsItsKeys } from '../fuzz/runs.ts';

const place = { seq: 1, term: 1, at: 1_767_225_600_000 };
const good = { v: 1, ...place, type: 'fact-learned', key: 'tier', value: 'Pro', source: 'tool', verified: true };
const someTokens = { textIn: 1, textCached: 2, audioIn: 3, audioCached: 4, imageIn: 5, textOut: 6, audioOut: 7 };
const used = { v: 1, ...place, type: 'model-used', agent: 'a', model: 'm', tokens: someTokens, transcription: null };
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const withValue = (json: string): string => JSON.stringify(good).replace('"Pro"', json);

describe('the stored form of an event', () => {
  it('any JSON value comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__') && keepsItsKeys(JSON.stringify(value)));
        const plain = JSON.parse(JSON.stringify(value));
        const event = eventAt(1, { type: 'fact-learned', key: 'k', value: plain, source: 'tool', verified: false });
        expect(decodeEvent(encodeEvent(event))).toEqual(event);
      }),
    );
  });

  it('keeps a kind of use that a newer version counts', () => {
    const newer = { ...used, tokens: { ...someTokens, videoIn: 8 } };
    expect(decodeEvent(JSON.stringify(newer))).toMatchObject({ tokens: { textIn: 1, videoIn: 8 } });
  });

  it('a log with use, verdicts and rules has no damage, and its bundle is as without them', () => {
    const noted: ContextFact[] = [
      { type: 'solution-verified', tool: 'look', toolCallId: 'c', agent: 'support', solved: true },
      { type: 'model-used', agent: 'support', model: 'm', tokens: someTokens, transcription: null },
      { type: 'routed-by-rule', rule: 'r1', agent: 'technical', way: 'answered' },
    ];
    const before = eventsFrom(1, 3);
    const stored = [...before, ...noted.map((fact, index) => eventAt(4 + index, fact))].map(encodeEvent);
    const { events, damage } = decodeLog(stored);
    expect(damage).toBeUndefined();
    const callId = newCallId();
    expect(foldCall(callId, events)).toEqual({ ...foldCall(callId, before), version: 6, lastAt: events.at(-1)?.at });
  });

  it('says its version', () => {
    expect(JSON.parse(encodeEvent(eventAt(1)))).toMatchObject({ v: 1, seq: 1, type: 'sentiment-noticed' });
  });

  it('keeps what a newer version added, and reads what still fits', () => {
    const newer = { ...good, v: 2, confidence: 0.9, nested: { a: [1] } };
    expect(decodeEvent(JSON.stringify(newer))).toMatchObject({ type: 'fact-learned', confidence: 0.9, nested: { a: [1] } });
  });

  it('is read as older nodes wrote it', () => {
    const older = { v: 1, ...place, type: 'call-ended', reason: 'idle', resolved: null };
    expect(decodeEvent(JSON.stringify(older))).toEqual({ ...older, v: undefined, owesGoodbye: false });
  });

  it.each<ContextFact>([
    { type: 'keys-entered', digits: '12', ended: 'pause' },
    { type: 'digit-pressed', digit: '1' },
    { type: 'solution-verified', tool: 'look', toolCallId: 'c', agent: 'support', solved: false },
    { type: 'model-used', agent: 'support', model: 'm', tokens: someTokens, transcription: null },
    {
      type: 'model-used',
      agent: 'support',
      model: 'm',
      tokens: someTokens,
      transcription: { model: 'scribe', seconds: 2.5, tokensIn: 3, tokensOut: 4 },
    },
  ])('reads $type', (fact) => {
    const event = eventAt(1, fact);
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
  });

  it.each([
    ['empty', ''],
    ['keys that ended otherwise', JSON.stringify({ v: 1, ...place, type: 'keys-entered', digits: '1', ended: 'never' })],
    ['cut off', JSON.stringify(good).slice(0, -3)],
    ['a number', '7'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no type', JSON.stringify({ v: 1, ...place })],
    ['a version that is no text', JSON.stringify({ ...good, v: { toString: {} }, key: undefined })],
    ['an unknown type', JSON.stringify({ v: 9, ...place, type: 'mind-read' })],
    ['a type from Object', JSON.stringify({ v: 1, ...place, type: 'constructor' })],
    ['no seq', JSON.stringify({ ...good, seq: undefined })],
    ['seq 0', JSON.stringify({ ...good, seq: 0 })],
    ['seq 1.5', JSON.stringify({ ...good, seq: 1.5 })],
    ['a term as text', JSON.stringify({ ...good, term: '1' })],
    ['a missing field', JSON.stringify({ ...good, key: undefined })],
    ['a missing value', JSON.stringify({ ...good, value: undefined })],
    ['a source that is none', JSON.stringify({ ...good, source: 'rumour' })],
    ['a number beyond all', withValue('1e999')],
    ['use without a kind', JSON.stringify({ ...used, tokens: { ...someTokens, textIn: undefined } })],
    ['use below nothing', JSON.stringify({ ...used, tokens: { ...someTokens, textIn: -1 } })],
    [
      'a verdict that is none',
      JSON.stringify({ v: 1, ...place, type: 'solution-verified', tool: 't', toolCallId: 'c', agent: 'a', solved: 'yes' }),
    ],
    ['__proto__ inside', withValue('{"__proto__":{"isAdmin":true}}')],
    ['__proto__ outside', JSON.stringify(good).replace('{', '{"__proto__":{"isAdmin":true},')],
    ['nested 100,000 deep', withValue(deep(100_000))],
    ['nested 100 deep', withValue(deep(100))],
    ['2 MB', withValue(JSON.stringify('x'.repeat(2_000_000)))],
  ])('is refused in words: %s', (_, text) => {
    expect(decodeEvent(text)).toEqual({ bad: expect.stringMatching(/\w/) });
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });

  it('never throws, whatever it reads', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeEvent(text)).toHaveProperty('bad');
      }),
    );
  });

  it('a whole log has no damage; one with a wrong, a missing and a misplaced event says how many it lacks', () => {
    const stored = eventsFrom(1, 5).map(encodeEvent);
    expect(decodeLog(stored)).toEqual({ events: eventsFrom(1, 5) });
    expect(decodeLog([])).toEqual({ events: [] });
    const damaged = [stored[0], 'garbage', undefined, stored[0], stored[4]];
    expect(decodeLog(damaged)).toEqual({ events: [eventAt(1), eventAt(5)], damage: { unreadable: 3, lastSeq: 5 } });
  });
});

describe('the stored form of a handoff record', () => {
  it('comes back as it was', () => {
    const record = recordAt(newCallId(), 5);
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it.each([
    ['not JSON', '{'],
    ['another shape', '{"id":"x"}'],
    ['a call id that is none', encodeRecord({ ...recordAt(newCallId(), 1) }).replace('"callId":"CA', '"callId":"XX')],
    ['a time that is none', encodeRecord({ ...recordAt(newCallId(), 1), requestedAt: 'yesterday' })],
  ])('is left out: %s', (_, text) => {
    expect(decodeRecord(text)).toBeUndefined();
  });
});
