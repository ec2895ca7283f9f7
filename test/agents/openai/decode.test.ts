import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanAudio } from '../../../agents/openai/audio-scan.ts';
import { decode, decodeSlowly } from '../../../agents/openai/decode.ts';
import { decodeBase64 } from '../../../agents/openai/decode-base64.ts';
import { markKey } from '../../../agents/openai/wire.ts';

const decoded = (value: unknown) => decode(Buffer.from(JSON.stringify(value)));
const ids = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0, event_id: 'e' };
const call = { id: 'i', type: 'function_call', status: 'completed', call_id: 'c', name: 'look', arguments: '{"a":1}' };
const told = { toolCallId: 'c', name: 'look', arguments: '{"a":1}' };

describe('decode', () => {
  const table: [unknown, unknown][] = [
    [
      { type: 'session.created', session: { expires_at: 1_756_324_625 } },
      { kind: 'session-created', expiresAtMs: 1_756_324_625_000 },
    ],
    [{ type: 'session.updated' }, { kind: 'session-updated', expiresAtMs: undefined }],
    [
      { type: 'error', error: { type: 'invalid_request_error', code: 'invalid_event', message: 'no', event_id: 'my-1' } },
      { kind: 'error', code: 'invalid_event', message: 'no', about: 'my-1' },
    ],
    [
      { type: 'error', error: { type: 'server_error', code: null, event_id: null } },
      { kind: 'error', code: 'server_error', message: '', about: undefined },
    ],
    [
      { type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: 1000 },
      { kind: 'speech-started', turn: 'u', audioMs: 1000 },
    ],
    [
      { type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 2400 },
      { kind: 'speech-stopped', turn: 'u', audioMs: 2400 },
    ],
    [
      { type: 'input_audio_buffer.committed', item_id: 'u' },
      { kind: 'turn-committed', turn: 'u' },
    ],
    [
      { type: 'conversation.item.input_audio_transcription.completed', item_id: 'u', transcript: 'hey' },
      { kind: 'turn-transcribed', turn: 'u', text: 'hey' },
    ],
    [
      { type: 'conversation.item.input_audio_transcription.failed', item_id: 'u', error: {} },
      { kind: 'turn-transcribed', turn: 'u', text: null },
    ],
    [
      { type: 'response.created', response: { id: 'r', metadata: { [markKey]: 'ask-1' } } },
      { kind: 'response-created', response: 'r', mark: 'ask-1' },
    ],
    [
      { type: 'response.created', response: { id: 'r' } },
      { kind: 'response-created', response: 'r', mark: undefined },
    ],
    [
      { type: 'response.output_audio_transcript.delta', ...ids, delta: 'Lo' },
      { kind: 'words', response: 'r', item: 'i', delta: 'Lo', spoken: true },
    ],
    [
      { type: 'response.output_text.done', ...ids, text: 'Hi' },
      { kind: 'words-ended', response: 'r', item: 'i', text: 'Hi', spoken: false },
    ],
    [
      { type: 'response.output_item.done', response_id: 'r', item: call },
      { kind: 'item-ended', response: 'r', item: 'i', call: told, complete: true },
    ],
    [
      { type: 'response.output_item.done', response_id: 'r', item: { ...call, status: 'incomplete' } },
      { kind: 'item-ended', response: 'r', item: 'i', call: told, complete: false },
    ],
    [
      { type: 'response.function_call_arguments.done', ...ids, call_id: 'c', name: 'look', arguments: '{"a":1}' },
      { kind: 'arguments-ended', response: 'r', call: told },
    ],
    [
      {
        type: 'response.done',
        response: { id: 'r', status: 'completed', output: [call, { ...call, status: 'incomplete' }] },
      },
      { kind: 'response-done', response: 'r', mark: undefined, status: 'completed', failure: undefined, calls: [told] },
    ],
    [
      {
        type: 'response.done',
        response: { id: 'r', status: 'failed', status_details: { error: { code: 'server_error' } }, output: 'odd' },
      },
      { kind: 'response-done', response: 'r', mark: undefined, status: 'failed', failure: 'server_error', calls: [] },
    ],
    [
      { type: 'response.done', response: { id: 'r', status: 'incomplete', status_details: { reason: 'content_filter' } } },
      { kind: 'response-done', response: 'r', mark: undefined, status: 'incomplete', failure: 'content_filter', calls: [] },
    ],
    [{ type: 'rate_limits.updated' }, { kind: 'ignored', why: 'unused' }],
    [
      { type: 'response.audio.delta', delta: 'AA==' },
      { kind: 'ignored', why: 'unknown-type', type: 'response.audio.delta' },
    ],
    [
      { type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: '9' },
      { kind: 'ignored', why: 'wrong-fields', type: 'input_audio_buffer.speech_started' },
    ],
    [{ type: 7 }, { kind: 'ignored', why: 'not-an-event' }],
    [[], { kind: 'ignored', why: 'not-an-event' }],
    [null, { kind: 'ignored', why: 'not-an-event' }],
  ];
  it.each(table)('%j', (wire, event) => expect(decoded(wire)).toEqual(event));

  it('says what is not JSON', () => {
    for (const text of ['', '{', '{"type":"error"', '\u0000', '\ufeff{}']) {
      expect(decode(Buffer.from(text))).toEqual({ kind: 'ignored', why: 'not-json' });
    }
  });

  it('takes nothing from a planted prototype', () => {
    const planted =
      '{"type":"response.done","__proto__":{"polluted":1},"response":{"id":"r","status":"completed","__proto__":{"x":1}}}';
    expect(decode(Buffer.from(planted))).toMatchObject({ kind: 'response-done', response: 'r' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        decode(Buffer.from(text));
      }),
    );
    const types = fc.constantFrom(
      'response.done',
      'response.output_audio.delta',
      'error',
      'session.created',
      'response.created',
    );
    const fields = fc.dictionary(
      fc.constantFrom('response', 'delta', 'error', 'item', 'session', 'response_id', 'item_id', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(types, fields, (type, rest) => {
        expect(decoded({ type, ...rest }).kind).toBeTypeOf('string');
      }),
    );
    expect(decode(Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).kind).toBe('ignored');
  });
});

describe('output audio', () => {
  const event = { type: 'response.output_audio.delta', ...ids };

  it('comes out as bytes of any length', () => {
    for (const length of [0, 1, 2, 3, 961]) {
      const bytes = Buffer.from(Uint8Array.from({ length }, (_, index) => index % 256));
      expect(decoded({ ...event, delta: bytes.toString('base64') })).toEqual({
        kind: 'audio',
        response: 'r',
        item: 'i',
        bytes,
      });
    }
  });

  it('is the same on the fast and on the slow way, whatever the order, the spaces and what else is there', () => {
    const audio = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    const delta = fc.oneof(
      { weight: 4, arbitrary: audio },
      fc.constantFrom('@@', 'AA=A', 'A-_A', '#', 'AAA', 'Zm9v\n', '"', '\\'),
    );
    const extra = fc.constantFrom(
      {},
      { x: { delta: 'AAAA' } },
      { 'x"delta': 'AAAA' },
      { note: '"delta":"AAAA"' },
      { note: '{' },
    );
    const order = fc.shuffledSubarray(['type', 'response_id', 'item_id', 'delta', 'event_id', 'x', 'note', 'x"delta'], {
      minLength: 6,
    });
    fc.assert(
      fc.property(fc.record({ delta, extra, order, gap: fc.constantFrom('', ' ', '\n') }), (sample) => {
        const all: Record<string, unknown> = { ...event, delta: sample.delta, ...sample.extra };
        const fields = sample.order.filter((key) => Object.hasOwn(all, key));
        const wire = fields.map((key) => `${JSON.stringify(key)}:${sample.gap}${JSON.stringify(all[key])}`);
        const data = Buffer.from(`{${wire.join(',')}}`);
        expect(decode(data)).toEqual(decodeSlowly(data));
      }),
      { numRuns: 1_000 },
    );
  });

  it('whatever one edit makes of a message, the fast way says what the slow way says, or nothing', () => {
    const wire = JSON.stringify({ ...event, output_index: 0, content_index: 10, delta: 'AAECAwQF' });
    expect(scanAudio(Buffer.from(wire))?.kind).toBe('audio');
    let spoke = 0;
    const edit = fc.oneof(
      fc.constant(''),
      fc.constantFrom('"', '{', '}', ',', ':', '0', '1', '-', '\\', ' ', 'A', '=', '\n'),
    );
    fc.assert(
      fc.property(fc.nat(wire.length), edit, fc.nat(2), (at, put, taken) => {
        const data = Buffer.from(wire.slice(0, at) + put + wire.slice(at + taken));
        const fast = scanAudio(data);
        if (fast === undefined) return;
        spoke += 1;
        expect(fast).toEqual(decodeSlowly(data));
      }),
      { numRuns: 3_000 },
    );
    expect(spoke).toBeGreaterThan(100);
  });

  it('is the same for doubled keys and escaped slashes', () => {
    const shell = '"type":"response.output_audio.delta","response_id":"r","item_id":"i"';
    for (const rest of [
      '"delta":"AAAA","delta":"BBBB"',
      '"delta":"\\/\\/\\/\\/"',
      '"delta":7',
      '"x\\"delta":"AAAA","\\u0064elta":"BBBB"',
      '"x":{"delta":"AAAA"}',
      '"delta":"AAAA"}x',
      '"delta":"AA',
    ]) {
      const data = Buffer.from(`{${shell},${rest}}`);
      expect(decode(data)).toEqual(decodeSlowly(data));
    }
  });

  it('takes only clean base64', () => {
    const clean = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
    const letters = fc.string({
      unit: fc.constantFrom('A', 'z', '9', '+', '/', '=', '-', '_', ' ', '\n', 'é'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(letters, (text) => {
        expect(decodeBase64(text) !== undefined).toBe(clean.test(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
