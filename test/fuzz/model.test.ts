import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { tool } from '../../agents/definition.ts';
import { supportLine } from '../../agents/line.ts';
import { decode, decodeSlowly } from '../../agents/openai/decode.ts';
import { decodeBase64 } from '../../agents/openai/decode-base64.ts';
import { decideTool } from '../../agents/tools/decide-tool.ts';
import { canonicalJson, outputOf, parseArguments, toJson } from '../../agents/tools/safe-json.ts';
import { damaged, disturbed, keepsItsKeys, nastyJson, nastyText, neverThrows } from './runs.ts';

const ids = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 };
const call = { id: 'i', type: 'function_call', status: 'completed', call_id: 'c', name: 'look', arguments: '{"a":1}' };
const usage = {
  input_token_details: { text_tokens: 9, audio_tokens: 3, cached_tokens: 4, cached_tokens_details: { text_tokens: 4 } },
  output_token_details: { text_tokens: 1, audio_tokens: 2 },
};
const events = [
  { type: 'session.created', session: { expires_at: 1_756_324_625 } },
  { type: 'error', error: { type: 'invalid_request_error', code: 'x', message: 'no', event_id: 'e' } },
  { type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: 1_000 },
  { type: 'response.created', response: { id: 'r', metadata: { throughline_ask: 'a' } } },
  { type: 'response.output_audio.delta', ...ids, delta: 'AAAA' },
  { type: 'response.output_audio_transcript.delta', ...ids, delta: 'Lo' },
  { type: 'response.function_call_arguments.done', ...ids, call_id: 'c', name: 'look', arguments: '{"a":1}' },
  { type: 'response.output_item.done', response_id: 'r', item: call },
  { type: 'response.done', response: { id: 'r', status: 'completed', output: [call], usage } },
  {
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u',
    transcript: 'hi',
    usage: { type: 'duration', seconds: 2 },
  },
];
const anyEvent = fc.oneof(...events.map(disturbed)).map((event) => JSON.stringify(event));

test('Realtime events: always an event of ours, the same on the fast and the slow way', () => {
  const texts = fc.oneof(
    damaged(anyEvent),
    nastyJson.map((value) => JSON.stringify(value)),
  );
  const data = fc.oneof(
    texts.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  neverThrows(data, (message) => {
    const event = decode(message);
    expect(typeof event.kind).toBe('string');
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
    expect(event).toEqual(decodeSlowly(message));
  });
});

test('base64: the bytes that it stands for, or nothing', () => {
  const clean = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  neverThrows(fc.oneof(nastyText, clean, damaged(clean)), (text) => {
    const bytes = decodeBase64(text);
    if (bytes !== undefined) expect(Buffer.from(bytes).toString('base64').length).toBe(text.length);
  });
});

const line = supportLine({ userState: z.object({ accountTier: z.enum(['Free', 'Pro']) }).partial() });
const input = z.object({ id: z.string(), amount: z.number().min(0).max(100).optional() });
const support = line.agent({
  voice: 'marin',
  instructions: 'Help.',
  tools: {
    look: tool({ description: 'Looks.', input, effect: 'reads', run: () => 1 }),
    pay: tool({ description: 'Pays.', input, effect: 'irreversible', run: () => 1 }),
  },
  handoffs: { technical: 'SDK errors' },
});
const technical = line.agent({ voice: 'cedar', instructions: 'Help.', accepts: z.object({ symptom: z.string() }) });
const team = line.team({ support, technical }, { start: 'support' });

const toolNames = [
  'look',
  'pay',
  'transfer_to_technical',
  'remember',
  'note_attempt',
  'note_sentiment',
  'classify_issue',
  'end_call',
];
const someArguments = disturbed({
  id: 'a',
  amount: 5,
  reason: 'r',
  symptom: 's',
  key: 'accountTier',
  value: 'Pro',
  solution: 's',
  outcome: 'worked',
});

test('tool arguments: run with what the schema knows, or an answer that the model can read', () => {
  const request = fc.record({
    name: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...toolNames) },
      nastyText,
      nastyText.map((text) => `transfer_to_${text}`),
    ),
    arguments: fc.oneof(
      damaged(someArguments.map((value) => JSON.stringify(value))),
      someArguments.map((value) => JSON.stringify(value)),
      nastyText,
    ),
  });
  const agent = team.agents.get('support');
  if (agent === undefined) throw new Error('no agent');
  neverThrows(request, (asked) => {
    const decision = decideTool(agent, team, { ...asked, known: {} });
    if (decision.kind === 'run') {
      expect(['look', 'pay']).toContain(decision.name);
      expect(input.strict().safeParse(decision.arguments).success).toBe(true);
    } else if (decision.kind === 'handoff') expect(decision.to).toBe('technical');
    else if (decision.kind === 'answer') expect(JSON.parse(decision.output)).toBeTypeOf('object');
  });
});

test('JSON of the model: what is parsed can be written again, with sorted keys', () => {
  neverThrows(fc.oneof(damaged(nastyJson.map((value) => JSON.stringify(value))), nastyText), (text) => {
    const parsed = parseArguments(text);
    if (parsed.kind !== 'parsed') return;
    const canonical = canonicalJson(parsed.value);
    if (keepsItsKeys(canonical)) expect(canonicalJson(JSON.parse(canonical))).toBe(canonical);
  });
});

test('tool results: anything at all becomes JSON of at most 32 KiB', () => {
  const thing = fc.oneof(
    nastyJson,
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
      maxDepth: 4,
    }),
    fc.func(nastyJson),
    nastyText.map((text) => ({
      get [text]() {
        throw new Error(text);
      },
    })),
  );
  neverThrows(thing, (value) => {
    const { output } = outputOf(toJson(value));
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(32_768);
    expect(() => JSON.parse(output)).not.toThrow();
  });
});
