import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldCall } from '../../store/context/fold.ts';
import { decodeEvent, decodeLog, encodeEvent } from '../../store/context/wire.ts';
import { decodeRecord, encodeRecord } from '../../store/handoffs/wire.ts';
import { eventsFrom, newCallId } from '../contracts/context-store.ts';
import { recordAt } from '../contracts/handoff-log.ts';
import { damaged, disturbed, keepsItsKeys, nastyJson, nastyText, neverThrows } from './runs.ts';

const place = { v: 1, seq: 1, term: 1, at: 1_767_225_600_000 };
const events = [
  { ...place, type: 'call-started', from: '+1', to: '+2', line: 'l', ivr: { a: 'b' } },
  { ...place, type: 'bound', agent: 'support', epoch: 1, cause: 'answer' },
  { ...place, type: 'caller-said', turn: 't', text: null },
  { ...place, type: 'tool-called', tool: 'look', toolCallId: 'c', agent: 'support', arguments: { a: 1 }, effect: 'reads' },
  { ...place, type: 'fact-learned', key: 'tier', value: 'Pro', source: 'tool', verified: true },
  { ...place, type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false },
];
const anyEvent = fc.oneof(...events.map(disturbed)).map((event) => JSON.stringify(event));
const stored = fc.oneof(
  damaged(anyEvent),
  nastyText,
  nastyJson.map((value) => JSON.stringify(value)),
);

test('stored events: an event that can be written again, or words', () => {
  neverThrows(stored, (text) => {
    const event = decodeEvent(text);
    if ('bad' in event) {
      expect(event.bad).toMatch(/\w/);
      return;
    }
    const written = encodeEvent(event);
    if (keepsItsKeys(written)) expect(decodeEvent(written)).toEqual(event);
    else expect(decodeEvent(written)).not.toHaveProperty('bad');
  });
});

test('stored logs: whatever is damaged, the rest becomes a bundle', () => {
  const callId = newCallId();
  const good = eventsFrom(1, 4).map(encodeEvent);
  const log = fc.array(fc.oneof(stored, fc.constantFrom(...good), fc.constant(undefined)), { maxLength: 6 });
  neverThrows(log, (texts) => {
    const { events: read, damage } = decodeLog(texts);
    expect(read.length + (damage?.unreadable ?? 0)).toBe(texts.length);
    expect(() => JSON.stringify(foldCall(callId, read))).not.toThrow();
  });
});

test('stored handoff records: a record or nothing', () => {
  const record = JSON.parse(encodeRecord(recordAt(newCallId(), 1)));
  const texts = fc.oneof(damaged(disturbed(record).map((value) => JSON.stringify(value))), nastyText);
  neverThrows(texts, (text) => {
    const read = decodeRecord(text);
    if (read !== undefined) expect(read.callId).toMatch(/^CA[0-9a-f]{32}$/);
  });
});
