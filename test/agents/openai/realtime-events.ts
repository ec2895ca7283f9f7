import type { TokenUsage } from '../../../store/context/usage.ts';

/** Server events in the documented shapes, as short as the tests need them. */

const ids = (response: string, item: string) => ({
  response_id: response,
  item_id: item,
  output_index: 0,
  content_index: 0,
});

export const sessionCreated = {
  type: 'session.created',
  event_id: 'e',
  session: { type: 'realtime', expires_at: 1_800_000_000 },
};
export const sessionUpdated = { type: 'session.updated', event_id: 'e', session: { type: 'realtime' } };

export const refusal = (code: string, about: string | null = null) => ({
  type: 'error',
  event_id: 'e',
  error: { type: 'invalid_request_error', code, message: 'no', param: null, event_id: about },
});

export const responseCreated = (id: string, metadata: unknown = null) => ({
  type: 'response.created',
  response: { id, object: 'realtime.response', status: 'in_progress', output: [], metadata },
});

export const audioDelta = (response: string, item: string, bytes: number) => ({
  type: 'response.output_audio.delta',
  event_id: 'e',
  ...ids(response, item),
  delta: Buffer.alloc(bytes, 7).toString('base64'),
});

export const words = (response: string, item: string, delta: string) => ({
  type: 'response.output_audio_transcript.delta',
  ...ids(response, item),
  delta,
});

export const written = (response: string, item: string, delta: string) => ({
  type: 'response.output_text.delta',
  ...ids(response, item),
  delta,
});

export const wordsDone = (response: string, item: string, transcript: string) => ({
  type: 'response.output_audio_transcript.done',
  ...ids(response, item),
  transcript,
});

export const messageDone = (response: string, id: string) => ({
  type: 'response.output_item.done',
  response_id: response,
  output_index: 0,
  item: { id, type: 'message', status: 'completed', role: 'assistant', content: [] },
});

export const callItem = (callId: string, args = '{"a":1}', status = 'completed') => ({
  id: `item_${callId}`,
  type: 'function_call',
  status,
  call_id: callId,
  name: 'look',
  arguments: args,
});

export const argumentsDone = (response: string, callId: string, args = '{"a":1}') => ({
  type: 'response.function_call_arguments.done',
  ...ids(response, `item_${callId}`),
  call_id: callId,
  name: 'look',
  arguments: args,
});

export const itemDone = (response: string, item: object) => ({
  type: 'response.output_item.done',
  response_id: response,
  output_index: 0,
  item,
});

export const responseDone = (id: string, status = 'completed', more: object = {}) => ({
  type: 'response.done',
  response: { id, object: 'realtime.response', status, status_details: null, output: [], metadata: null, ...more },
});

export const failedWith = (code: string) => ({ status_details: { type: 'failed', error: { type: 'server_error', code } } });

export const speechStarted = (item: string, ms: number) => ({
  type: 'input_audio_buffer.speech_started',
  audio_start_ms: ms,
  item_id: item,
});

/** What a response used, as the server writes it: what was cached is part of the whole. */
export const usageOf = (used: TokenUsage) => ({
  input_token_details: {
    text_tokens: used.textIn + used.textCached,
    audio_tokens: used.audioIn + used.audioCached,
    image_tokens: used.imageIn,
    cached_tokens: used.textCached + used.audioCached,
    cached_tokens_details: { text_tokens: used.textCached, audio_tokens: used.audioCached, image_tokens: 0 },
  },
  output_token_details: { text_tokens: used.textOut, audio_tokens: used.audioOut },
});

export const transcribed = (turn: string, transcript: string, usage: object | null) => ({
  type: 'conversation.item.input_audio_transcription.completed',
  item_id: turn,
  content_index: 0,
  transcript,
  usage,
});
