import type {
  RealtimeAudioConfigInput,
  RealtimeClientEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import { z } from 'zod';

/**
 * The GA Realtime events that we read. Lenient: unknown fields are dropped, and what a server may leave out is optional. Only the
 * fields named here come any further, into fresh objects.
 */
const text = z.string().max(1_000_000);
const id = z.string().min(1).max(512);
const position = z.number().min(0);
const optionalText = text.nullish();

const session = z.object({ expires_at: z.number().positive().nullish() });

const outputItem = z.object({
  id: id.optional(),
  type: z.string(),
  status: optionalText,
  call_id: id.optional(),
  name: text.optional(),
  arguments: text.optional(),
});

const metadata = z.record(z.string(), z.unknown()).nullish();

/** More than any response or turn can take. */
const tokens = z.int().min(0).max(1e9);
const count = tokens.nullish();
const byKind = { text_tokens: count, audio_tokens: count, image_tokens: count };

/** What a response used. A part that is no number makes all of it unknown, and never the event unreadable. */
const responseUsage = z
  .object({
    input_token_details: z.object({
      ...byKind,
      cached_tokens: count,
      cached_tokens_details: z.object(byKind).nullish(),
    }),
    output_token_details: z.object({ text_tokens: count, audio_tokens: count }),
  })
  .nullish()
  .catch(undefined);

const transcriptionUsage = z
  .union([
    z.object({ type: z.literal('duration'), seconds: z.number().min(0).max(1e9) }),
    z.object({ type: z.literal('tokens'), input_tokens: tokens, output_tokens: count }),
  ])
  .nullish()
  .catch(undefined);

const finishedResponse = z.object({
  id,
  status: z.enum(['completed', 'cancelled', 'failed', 'incomplete']).catch('failed'),
  status_details: z
    .object({ reason: optionalText, error: z.object({ code: optionalText, type: optionalText }).nullish() })
    .nullish(),
  output: z.array(outputItem).catch([]).optional(),
  metadata,
  usage: responseUsage,
});

const event = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), ...shape });

const ofItem = { response_id: id, item_id: id };

/** By itself too, for the fast way of decoding. */
export const audioDelta = event('response.output_audio.delta', { ...ofItem, delta: z.string() });

export const serverEvent = z.discriminatedUnion('type', [
  event('session.created', { session: session.optional() }),
  event('session.updated', { session: session.optional() }),
  event('error', {
    error: z.object({ type: optionalText, code: optionalText, message: optionalText, event_id: optionalText }),
  }),
  event('input_audio_buffer.speech_started', { item_id: id, audio_start_ms: position }),
  event('input_audio_buffer.speech_stopped', { item_id: id, audio_end_ms: position }),
  event('input_audio_buffer.committed', { item_id: id }),
  event('conversation.item.input_audio_transcription.completed', {
    item_id: id,
    transcript: text,
    usage: transcriptionUsage,
  }),
  event('conversation.item.input_audio_transcription.failed', { item_id: id }),
  event('response.created', { response: z.object({ id, metadata }) }),
  event('response.done', { response: finishedResponse }),
  event('response.output_item.added', { response_id: id, item: outputItem }),
  event('response.output_item.done', { response_id: id, item: outputItem }),
  audioDelta,
  event('response.output_audio_transcript.delta', { ...ofItem, delta: text }),
  event('response.output_audio_transcript.done', { ...ofItem, transcript: text }),
  event('response.output_text.delta', { ...ofItem, delta: text }),
  event('response.output_text.done', { ...ofItem, text }),
  event('response.function_call_arguments.done', { ...ofItem, call_id: id, name: text.optional(), arguments: text }),
]);

export type ServerEvent = z.infer<typeof serverEvent>;
export type ResponseUsage = NonNullable<z.infer<typeof responseUsage>>;
export type WireTranscriptionUsage = NonNullable<z.infer<typeof transcriptionUsage>>;
export type OutputItem = z.infer<typeof outputItem>;

/** Events that a GA server sends and we have no use for; anything else unknown is worth a look. */
export const unusedServerEvents: ReadonlySet<string> = new Set([
  'conversation.created',
  'conversation.item.added',
  'conversation.item.created',
  'conversation.item.deleted',
  'conversation.item.done',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.segment',
  'conversation.item.retrieved',
  'conversation.item.truncated',
  'input_audio_buffer.cleared',
  'input_audio_buffer.timeout_triggered',
  'rate_limits.updated',
  'response.content_part.added',
  'response.content_part.done',
  'response.function_call_arguments.delta',
  'response.output_audio.done',
]);

/** The metadata key under which a `response.create` carries its own id, to be recognised in `response.created`. */
export const markKey = 'throughline_ask';

/** The body of a refused handshake. */
export const refusalBody = z.object({ error: z.object({ code: z.string().max(100).nullish() }) });

/** The package's type lacks the documented `null` that switches noise reduction off. */
type AudioInput = Omit<RealtimeAudioConfigInput, 'noise_reduction'> & { noise_reduction?: null };

/** A GA `session` of type `realtime`, as we send it. */
export type SessionFields = Omit<RealtimeSessionCreateRequest, 'audio'> & {
  audio?: { input?: AudioInput; output?: NonNullable<RealtimeSessionCreateRequest['audio']>['output'] };
};

/** What we send. */
export type ClientEvent =
  | Exclude<RealtimeClientEvent, { type: 'session.update' }>
  | { type: 'session.update'; event_id?: string; session: SessionFields };
