import { AudioIds, scanAudio } from './audio-scan.ts';
import { decodeBase64 } from './decode-base64.ts';
import { tokenUsage, transcriptionUsage } from './decode-usage.ts';
import type { Ignored, ModelEvent, ToolCall } from './model-event.ts';
import { markKey, type OutputItem, type ServerEvent, serverEvent, unusedServerEvents } from './wire.ts';

const ignored = (why: Ignored, type?: string): ModelEvent =>
  type === undefined ? { kind: 'ignored', why } : { kind: 'ignored', why, type: type.slice(0, 80) };

const milliseconds = (seconds: number | null | undefined) => (typeof seconds === 'number' ? seconds * 1_000 : undefined);

const audio = (response: string, item: string, base64: string): ModelEvent => {
  const bytes = decodeBase64(base64);
  return bytes === undefined ? ignored('bad-base64') : { kind: 'audio', response, item, bytes };
};

const toolCall = (item: OutputItem): ToolCall | undefined =>
  item.type === 'function_call' && item.call_id !== undefined && item.name !== undefined && item.arguments !== undefined
    ? { toolCallId: item.call_id, name: item.name, arguments: item.arguments }
    : undefined;

const markOf = (metadata: Record<string, unknown> | null | undefined): string | undefined => {
  const mark = metadata?.[markKey];
  return typeof mark === 'string' ? mark : undefined;
};

type Done = Extract<ServerEvent, { type: 'response.done' }>['response'];

const responseDone = (response: Done): ModelEvent => {
  const error = response.status_details?.error;
  const failed = response.status === 'failed' ? (error?.code ?? error?.type ?? 'unknown') : undefined;
  return {
    kind: 'response-done',
    response: response.id,
    mark: markOf(response.metadata),
    status: response.status,
    failure: failed ?? (response.status === 'incomplete' ? (response.status_details?.reason ?? undefined) : undefined),
    calls: (response.output ?? []).flatMap((item) => (item.status === 'incomplete' ? [] : (toolCall(item) ?? []))),
    usage: tokenUsage(response.usage),
  };
};

/** Names of the wire end here. One flat table: every event of `serverEvent` in one place. */
const translate = (event: ServerEvent): ModelEvent => {
  switch (event.type) {
    case 'session.created':
      return { kind: 'session-created', expiresAtMs: milliseconds(event.session?.expires_at) };
    case 'session.updated':
      return { kind: 'session-updated', expiresAtMs: milliseconds(event.session?.expires_at) };
    case 'error': {
      const { code, type, message, event_id } = event.error;
      return { kind: 'error', code: code ?? type ?? 'unknown', message: message ?? '', about: event_id ?? undefined };
    }
    case 'input_audio_buffer.speech_started':
      return { kind: 'speech-started', turn: event.item_id, audioMs: event.audio_start_ms };
    case 'input_audio_buffer.speech_stopped':
      return { kind: 'speech-stopped', turn: event.item_id, audioMs: event.audio_end_ms };
    case 'input_audio_buffer.committed':
      return { kind: 'turn-committed', turn: event.item_id };
    case 'conversation.item.input_audio_transcription.completed':
      return {
        kind: 'turn-transcribed',
        turn: event.item_id,
        text: event.transcript,
        usage: transcriptionUsage(event.usage),
      };
    case 'conversation.item.input_audio_transcription.failed':
      return { kind: 'turn-transcribed', turn: event.item_id, text: null, usage: undefined };
    case 'response.created':
      return { kind: 'response-created', response: event.response.id, mark: markOf(event.response.metadata) };
    case 'response.done':
      return responseDone(event.response);
    default:
      return translateOutput(event);
  }
};

type SettledType =
  | 'error'
  | 'response.created'
  | 'response.done'
  | `session.${string}`
  | `input_${string}`
  | `conversation.${string}`;

const translateOutput = (event: Exclude<ServerEvent, { type: SettledType }>): ModelEvent => {
  const response = event.response_id;
  switch (event.type) {
    case 'response.output_audio.delta':
      return audio(response, event.item_id, event.delta);
    case 'response.output_audio_transcript.delta':
      return { kind: 'words', response, item: event.item_id, delta: event.delta, spoken: true };
    case 'response.output_text.delta':
      return { kind: 'words', response, item: event.item_id, delta: event.delta, spoken: false };
    case 'response.output_audio_transcript.done':
      return { kind: 'words-ended', response, item: event.item_id, text: event.transcript, spoken: true };
    case 'response.output_text.done':
      return { kind: 'words-ended', response, item: event.item_id, text: event.text, spoken: false };
    case 'response.output_item.done': {
      const complete = event.item.status === 'completed';
      return { kind: 'item-ended', response, item: event.item.id, call: toolCall(event.item), complete };
    }
    case 'response.function_call_arguments.done': {
      const { call_id: toolCallId, name, arguments: text } = event;
      if (name === undefined) return ignored('unused');
      return { kind: 'arguments-ended', response, call: { toolCallId, name, arguments: text } };
    }
    case 'response.output_item.added':
      return ignored('unused');
  }
};

const decodeValue = (value: unknown): ModelEvent => {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') return ignored('not-an-event');
  if (unusedServerEvents.has(type)) return ignored('unused');
  const parsed = serverEvent.safeParse(value);
  if (parsed.success) return translate(parsed.data);
  return ignored(parsed.error.issues[0]?.code === 'invalid_union' ? 'unknown-type' : 'wrong-fields', type);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The slow and certain way: the whole message through `JSON.parse`. */
export const decodeSlowly = (data: Buffer): ModelEvent => {
  const value = parse(data.toString());
  return value === undefined ? ignored('not-json') : decodeValue(value);
};

/**
 * Decodes one message of the server. Never throws: what can't be understood is `ignored`, with the reason. `ids`: of the messages before in
 * the same session.
 */
export const decode = (data: Buffer, ids = new AudioIds()): ModelEvent => scanAudio(data, ids) ?? decodeSlowly(data);
