import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { checkLine } from '../../../agents/check-line.ts';
import { tool } from '../../../agents/definition.ts';
import { supportLine } from '../../../agents/line.ts';
import { decode, decodeSlowly } from '../../../agents/openai/decode.ts';
import { decideTool } from '../../../agents/tools/decide-tool.ts';
import { outputOf, parseArguments, toJson } from '../../../agents/tools/safe-json.ts';
import { filled, must, type Parser } from '../parser.ts';
import { damaged, disturbed, isPlain, json, jsonText, messageBytes, type Random, text } from '../random.ts';

const ids = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 };
const call = { id: 'i', type: 'function_call', status: 'completed', call_id: 'c', name: 'look', arguments: '{"a":1}' };
const usage = {
  input_token_details: { text_tokens: 9, audio_tokens: 3, cached_tokens: 4, cached_tokens_details: { text_tokens: 4 } },
  output_token_details: { text_tokens: 1, audio_tokens: 2 },
};
const events: readonly [object, ...object[]] = [
  { type: 'session.created', session: { expires_at: 1_756_324_625 } },
  { type: 'error', error: { type: 'invalid_request_error', code: 'x', message: 'no', event_id: 'e' } },
  { type: 'input_audio_buffer.speech_started', item_id: 'u', audio_start_ms: 1_000 },
  { type: 'response.created', response: { id: 'r', metadata: { throughline_ask: 'a' } } },
  { type: 'response.output_audio.delta', ...ids, delta: 'AAAA' },
  { type: 'response.output_audio.delta', event_id: 'event_1', ...ids, delta: Buffer.alloc(480).toString('base64') },
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

const realtimeEvent: Parser = {
  name: 'Realtime event',
  cases: 100_000,
  play: (random) => {
    const data = messageBytes(random, events);
    const event = decode(data);
    must(typeof event.kind === 'string' && Object.getPrototypeOf(event) === Object.prototype, 'an event of ours');
    must(isDeepStrictEqual(event, decodeSlowly(data)), 'the same on the fast and the slow way');
  },
  large: (size) => {
    for (const piece of ['[', '"', '\\', 'A', '{"a":', '\\u0000'])
      decode(Buffer.from(`{"type":"response.output_audio.delta","delta":"${filled(piece, size)}`));
    decode(Buffer.from(JSON.stringify({ type: 'response.output_audio.delta', ...ids, delta: filled('AAAA', size) })));
    decode(Buffer.from(`{"type":"response.done","response":{"output":[${filled('{},', size)}{}]}}`));
  },
};

const line = supportLine({ userState: z.object({ accountTier: z.enum(['Free', 'Pro']) }).partial() });
const input = z.object({ id: z.string(), amount: z.number().min(0).max(100).optional() });
const strictInput = input.strict();
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
const [agent] = [...team.agents.values()];
if (agent === undefined) throw new Error('no agent');
const toolNames = [
  'look',
  'pay',
  'look',
  'pay',
  'transfer_to_technical',
  'remember',
  'note_attempt',
  'note_sentiment',
  'classify_issue',
  'end_call',
] as const;
const someArguments = {
  id: 'a',
  amount: 5,
  reason: 'r',
  symptom: 's',
  key: 'accountTier',
  value: 'Pro',
  solution: 's',
  outcome: 'worked',
};

const argumentsFor = (random: Random, name: string): string => {
  const isOfTool = name === 'look' || name === 'pay';
  const whole = JSON.stringify(disturbed(random, isOfTool ? { id: 'a', amount: 5 } : someArguments));
  if (random.oneIn(4)) return damaged(random, whole);
  return random.oneIn(8) ? jsonText(random) : whole;
};

/** A value as a person would read it: texts without control characters and marks that turn the direction of writing. */
const seen = (value: unknown): unknown => {
  if (typeof value === 'string') return value.toWellFormed().replaceAll(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, '');
  if (Array.isArray(value)) return value.map(seen);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, seen(inner)]));
};

const toolArguments: Parser = {
  name: 'tool args',
  cases: 100_000,
  play: (random) => {
    const name = random.oneIn(6) ? damaged(random, random.pick(toolNames)) : random.pick(toolNames);
    const written = argumentsFor(random, name);
    const decision = decideTool(agent, team, { name, arguments: written, known: {} });
    if (decision.kind === 'run')
      must(
        (decision.name === 'look' || decision.name === 'pay') && strictInput.safeParse(decision.arguments).success,
        'runs what the schema knows',
      );
    else if (decision.kind === 'handoff') must(decision.to === 'technical', 'goes where the line allows');
    else if (decision.kind === 'answer')
      must(typeof JSON.parse(decision.output) === 'object', 'an answer that the model can read');
    const parsed = parseArguments(written);
    if (parsed.kind === 'parsed' && written.trim() !== '')
      must(
        isDeepStrictEqual(parsed.value, seen(JSON.parse(written))),
        'the same as JSON.parse, without what nobody can see',
      );
  },
  large: (size) => {
    for (const piece of ['[', '"', '{"a":', ' ', '9', '\\']) parseArguments(filled(piece, size));
    parseArguments(`[${filled('{},', Math.min(size, 16_000))}{}]`);
  },
};

const odd: readonly [(random: Random) => unknown, ...((random: Random) => unknown)[]] = [
  () => undefined,
  () => () => 1,
  () => Symbol('s'),
  (random) => BigInt(random.bits()) ** 9n,
  () => new Date(Number.NaN),
  (random) => random.bytes(20),
  (random) => new Map([[text(random), json(random)]]),
  (random) => new Set([json(random), text(random)]),
  () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    return cyclic;
  },
  (random) => ({
    get [text(random)](): unknown {
      throw new Error('thrown by a getter');
    },
  }),
  () => ({ toJSON: () => undefined }),
  (random) => Object.assign(Object.create(null), { a: json(random) }),
  (random) => new Error(text(random)),
  () => Number.NaN,
  () => 'Bearer abcdefghijklmnopqrstuvwxyz',
  (random) => text(random).repeat(random.below(300)),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a trap');
        },
      },
    ),
];

const toolResult: Parser = {
  name: 'tool result',
  cases: 100_000,
  play: (random) => {
    const strange = random.pick(odd)(random);
    const value = random.oneIn(3) ? json(random) : random.oneIn(2) ? strange : { a: strange, b: [strange, json(random)] };
    const { output } = outputOf(toJson(value));
    must(Buffer.byteLength(output) <= 32_768, 'at most 32 KiB');
    must(
      !/(?![\t\n])\p{Cc}|\u202e/u.test(output) && !output.includes('abcdefghijklmnop'),
      'no control character, no secret',
    );
    JSON.parse(output);
  },
  large: (size) => {
    for (const piece of ['eyJ-', 'eyJa.', 'sk-', 'Bearer ', 'AKIA', 'a', '\u202e', '\ud800'])
      outputOf(toJson(filled(piece, size)));
    outputOf(toJson(Array.from({ length: size / 8 }, () => ({ a: 'eyJ-eyJ-eyJ-eyJ-' }))));
    let deep: unknown = 1;
    for (let at = 0; at < Math.min(size, 5_000); at += 1) deep = [deep];
    outputOf(toJson(deep));
  },
};

const strangeOrJson = (random: Random): unknown => (random.oneIn(2) ? random.pick(odd)(random) : json(random));
const mapOf = (random: Random, source: ReadonlyMap<string, unknown>, change: (value: unknown) => unknown): unknown => {
  if (random.oneIn(12)) return strangeOrJson(random);
  const entries = [...source].map(
    ([key, value]) => [random.oneIn(8) ? text(random) : key, random.oneIn(3) ? change(value) : value] as const,
  );
  if (random.oneIn(8)) entries.push([random.pick(['suppоrt', 'support', 'SUPPORT', text(random)]), strangeOrJson(random)]);
  return new Map(entries);
};
const changed = (random: Random, value: unknown): unknown => disturbed(random, isPlain(value) ? value : {}, strangeOrJson);

const agentConfig: Parser = {
  name: 'agent config',
  cases: 100_000,
  play: (random) => {
    const agents = mapOf(random, team.agents, (one) => {
      const made = Object(changed(random, one));
      return random.oneIn(2) ? { ...made, tools: mapOf(random, agent.tools, (each) => changed(random, each)) } : made;
    });
    const whole = { ...team, agents };
    const value = random.oneIn(20) ? strangeOrJson(random) : random.oneIn(2) ? whole : changed(random, whole);
    const { line: taken, problems } = checkLine(value);
    must((taken === undefined) === problems.length > 0, 'a line, or what is wrong with it');
    for (const { path, reason } of problems) must(path.length > 0 && /\w/.test(reason), 'each with a path and a reason');
  },
  large: (size) => {
    for (const piece of ['a', '-', ' ', '1i', '\u0430']) {
      const long = filled(piece, size);
      checkLine({
        ...team,
        name: long,
        start: long,
        language: long,
        agents: new Map([
          [long, { ...agent, instructions: long, voice: long }],
          ['support', agent],
        ]),
      });
    }
  },
};

export const modelParsers: readonly Parser[] = [realtimeEvent, toolArguments, toolResult, agentConfig];
