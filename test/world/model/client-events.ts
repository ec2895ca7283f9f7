import { z } from 'zod';

/** Why the server says no: the fields of an `error` event. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

export const refusal = (code: string, message: string, param: string | null = null): Refusal => ({ code, message, param });

const format = z.union([
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
]);

const vadSwitches = { create_response: z.boolean().optional(), interrupt_response: z.boolean().optional() };
const turnDetection = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).optional(),
    prefix_padding_ms: z.int().min(0).optional(),
    silence_duration_ms: z.int().min(0).optional(),
    idle_timeout_ms: z.int().min(5000).max(30000).nullish(),
    ...vadSwitches,
  }),
  z.strictObject({
    type: z.literal('semantic_vad'),
    eagerness: z.enum(['low', 'medium', 'high', 'auto']).optional(),
    ...vadSwitches,
  }),
]);

const voice = z.union([
  z.enum(['alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse', 'marin', 'cedar']),
  z.strictObject({ id: z.string() }),
]);

const transcription = z.strictObject({
  model: z.string(),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  delay: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
});

const tool = z.strictObject({
  type: z.literal('function'),
  name: z.string().regex(/^[\w-]{1,64}$/),
  description: z.string().optional(),
  parameters: z.looseObject({ type: z.literal('object') }).optional(),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), name: z.string() }),
]);
const modalities = z.union([z.tuple([z.literal('audio')]), z.tuple([z.literal('text')])]);
const maxTokens = z.union([z.int().min(1).max(4096), z.literal('inf')]);
const reasoning = z.strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']) });
const noiseReduction = z.strictObject({ type: z.enum(['near_field', 'far_field']), strength: z.number().optional() });
const retention = z.strictObject({
  type: z.literal('retention_ratio'),
  retention_ratio: z.number().min(0).max(1),
  token_limits: z.strictObject({ post_instructions: z.int() }).optional(),
});

const session = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  instructions: z.string().optional(),
  output_modalities: modalities.optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: format.optional(),
          noise_reduction: noiseReduction.nullish(),
          transcription: transcription.nullish(),
          turn_detection: turnDetection.nullish(),
        })
        .optional(),
      output: z
        .strictObject({
          format: format.optional(),
          voice: voice.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: reasoning.optional(),
  max_output_tokens: maxTokens.optional(),
  truncation: z.union([z.enum(['auto', 'disabled']), retention]).optional(),
  tracing: z.union([z.literal('auto'), z.looseObject({})]).nullish(),
  include: z.array(z.literal('item.input_audio_transcription.logprobs')).nullish(),
});

const itemCommon = {
  id: z.string().max(32).optional(),
  object: z.literal('realtime.item').optional(),
  status: z.string().optional(),
};
const text = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const message = z.discriminatedUnion('role', [
  z.strictObject({ ...itemCommon, type: z.literal('message'), role: z.literal('system'), content: z.array(text).min(1) }),
  z.strictObject({
    ...itemCommon,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z
      .array(
        z.union([
          text,
          z.strictObject({ type: z.literal('input_audio'), audio: z.base64(), transcript: z.string().optional() }),
        ]),
      )
      .min(1),
  }),
  z.strictObject({
    ...itemCommon,
    type: z.literal('message'),
    role: z.literal('assistant'),
    content: z.array(z.strictObject({ type: z.literal('output_text'), text: z.string() })).min(1),
  }),
]);
const callId = z.string().min(1).max(32);
const clientItem = z.discriminatedUnion('type', [
  message,
  z.strictObject({
    ...itemCommon,
    type: z.literal('function_call'),
    name: z.string(),
    arguments: z.string(),
    call_id: callId,
  }),
  z.strictObject({ ...itemCommon, type: z.literal('function_call_output'), call_id: callId, output: z.string() }),
]);

const response = z.strictObject({
  conversation: z.enum(['auto', 'none']).optional(),
  input: z.array(z.union([clientItem, z.strictObject({ type: z.literal('item_reference'), id: z.string() })])).optional(),
  instructions: z.string().optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  max_output_tokens: maxTokens.optional(),
  output_modalities: modalities.optional(),
  audio: z
    .strictObject({ output: z.strictObject({ format: format.optional(), voice: voice.optional() }).optional() })
    .optional(),
  reasoning: reasoning.optional(),
  parallel_tool_calls: z.boolean().optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16)
    .nullish(),
});

const eventId = { event_id: z.string().max(512).optional() };
const clientEvent = z.discriminatedUnion('type', [
  z.strictObject({ ...eventId, type: z.literal('session.update'), session }),
  z.strictObject({ ...eventId, type: z.literal('input_audio_buffer.append'), audio: z.base64() }),
  z.strictObject({ ...eventId, type: z.literal('input_audio_buffer.commit') }),
  z.strictObject({ ...eventId, type: z.literal('input_audio_buffer.clear') }),
  z.strictObject({
    ...eventId,
    type: z.literal('conversation.item.create'),
    item: clientItem,
    previous_item_id: z.string().nullish(),
  }),
  z.strictObject({ ...eventId, type: z.literal('conversation.item.retrieve'), item_id: z.string() }),
  z.strictObject({
    ...eventId,
    type: z.literal('conversation.item.truncate'),
    item_id: z.string(),
    content_index: z.literal(0),
    audio_end_ms: z.int().min(0),
  }),
  z.strictObject({ ...eventId, type: z.literal('conversation.item.delete'), item_id: z.string() }),
  z.strictObject({ ...eventId, type: z.literal('response.create'), response: response.optional() }),
  z.strictObject({ ...eventId, type: z.literal('response.cancel'), response_id: z.string().optional() }),
]);

export type ClientEvent = z.infer<typeof clientEvent>;
export type SessionUpdate = z.infer<typeof session>;
export type ClientItem = z.infer<typeof clientItem>;
export type ResponseRequest = z.infer<typeof response>;
export type ToolSpec = z.infer<typeof tool>;

export type Parsed =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly type: string; readonly eventId: string | null; readonly refusal: Refusal };

const parseJson = (source: string): unknown => {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
};

const fieldOf = (source: object, field: string): string | null => {
  const value: unknown = Reflect.get(source, field);
  return typeof value === 'string' ? value : null;
};

/** The issue that says most: inside a union, that of the branch which came furthest. */
const deepest = (
  issue: z.core.$ZodIssue,
  at: readonly PropertyKey[] = [],
): { issue: z.core.$ZodIssue; path: PropertyKey[] } => {
  const path = [...at, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path };
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => deepest(inner, path)));
  const known = branches.filter((branch) => branch.path.at(-1) !== 'type');
  return known.toSorted((a, b) => b.path.length - a.path.length)[0] ?? { issue, path };
};

const valueAt = (source: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    source,
  );

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const explain = (source: object, first: z.core.$ZodIssue): Refusal => {
  const { issue, path } = deepest(first);
  if (issue.code === 'unrecognized_keys') {
    const param = dotted([...path, issue.keys[0] ?? '']);
    return refusal('unknown_parameter', `Unknown parameter: '${param}'.`, param);
  }
  const param = dotted(path);
  if (valueAt(source, path) === undefined) {
    return refusal('missing_required_parameter', `Missing required parameter: '${param}'.`, param);
  }
  return refusal('invalid_value', `Invalid value for '${param}': ${issue.message}.`, param);
};

/** Reads one client event as strictly as the real server: unknown and beta fields are refused by name. */
export const parseClientEvent = (source: string): Parsed => {
  const json = parseJson(source);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { ok: false, type: '', eventId: null, refusal: refusal('invalid_json', 'The event is not a JSON object.') };
  }
  const type = fieldOf(json, 'type');
  const eventId = fieldOf(json, 'event_id');
  if (type === null) {
    return { ok: false, type: '', eventId, refusal: refusal('invalid_event', "The 'type' field is missing.", 'type') };
  }
  const result = clientEvent.safeParse(json);
  if (result.success) return { ok: true, event: result.data };
  const [first] = result.error.issues;
  const why = first === undefined ? refusal('invalid_value', 'Invalid event.') : explain(json, first);
  return { ok: false, type, eventId, refusal: why };
};
