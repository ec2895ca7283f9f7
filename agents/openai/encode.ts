import { Base64Draft } from '../../infra/base64-draft.ts';
import type { Draft } from '../../infra/websocket/frame-writer.ts';
import type { AskOptions, AudioFormat, HistoryItem, SessionSetup, TurnTaking } from '../session.ts';
import { type ClientEvent, markKey, type SessionFields } from './wire.ts';

/** What all sessions of a deployment have in common. */
export interface SessionProfile {
  readonly format: AudioFormat;
  /** Without it the caller's turns have no text. */
  readonly transcriptionModel?: string;
  /** ISO 639-1, a hint for the transcription. */
  readonly language?: string;
  readonly vad: 'server_vad' | 'semantic_vad';
}

/** Bytes of audio per millisecond: 24 kHz at two bytes, 8 kHz at one. */
export const bytesPerMs = { pcm: 48, pcmu: 8 } as const satisfies Record<AudioFormat, number>;

/** The longest `call_id` that was seen to be accepted. */
const longestCallId = 32;

const json = (event: ClientEvent): string => JSON.stringify(event);

const wireFormat = (format: AudioFormat) =>
  format === 'pcm' ? ({ type: 'audio/pcm', rate: 24_000 } as const) : ({ type: 'audio/pcmu' } as const);

const turnDetection = (vad: SessionProfile['vad'], turnTaking: TurnTaking) => ({
  type: vad,
  create_response: turnTaking.createResponse,
  interrupt_response: turnTaking.interruptResponse,
});

const transcription = ({ transcriptionModel, language }: SessionProfile) => {
  if (transcriptionModel === undefined) return {};
  return { transcription: { model: transcriptionModel, ...(language === undefined ? {} : { language }) } };
};

const sessionFields = (setup: SessionSetup, profile: SessionProfile): SessionFields => ({
  type: 'realtime',
  output_modalities: ['audio'],
  instructions: setup.instructions,
  audio: {
    input: {
      format: wireFormat(profile.format),
      noise_reduction: null,
      ...transcription(profile),
      turn_detection: turnDetection(profile.vad, setup.turnTaking),
    },
    output: { format: wireFormat(profile.format), voice: setup.voice },
  },
  tools: setup.tools.map((tool) => ({ type: 'function', ...tool })),
  tool_choice: 'auto',
});

/** The one `session.update` that makes a session an agent. */
export const configureSession = (setup: SessionSetup, profile: SessionProfile, eventId: string): string =>
  json({ type: 'session.update', event_id: eventId, session: sessionFields(setup, profile) });

/** Sends the whole `turn_detection`: nothing says that the server merges inside it. */
export const changeTurnTaking = (turnTaking: TurnTaking, vad: SessionProfile['vad'], eventId: string): string =>
  json({
    type: 'session.update',
    event_id: eventId,
    session: { type: 'realtime', audio: { input: { turn_detection: turnDetection(vad, turnTaking) } } },
  });

/** An update that changes nothing: every server that lives answers it. */
export const probeSession = (eventId: string): string =>
  json({ type: 'session.update', event_id: eventId, session: { type: 'realtime' } });

type Item = Extract<ClientEvent, { type: 'conversation.item.create' }>['item'];

const itemsOf = (entry: HistoryItem, index: number): readonly Item[] => {
  switch (entry.type) {
    case 'caller-text':
      return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: entry.text }] }];
    case 'agent-text':
      return [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: entry.text }] }];
    case 'tool-call': {
      const callId = entry.toolCallId.length <= longestCallId ? entry.toolCallId : `history_${index}`;
      return [
        { type: 'function_call', call_id: callId, name: entry.name, arguments: entry.arguments },
        { type: 'function_call_output', call_id: callId, output: entry.output },
      ];
    }
  }
};

/** History as `conversation.item.create` events, in order; their event ids are `history-0`, `history-1` … */
export const fillHistory = (history: readonly HistoryItem[], eventId: string): readonly string[] =>
  history
    .flatMap(itemsOf)
    .map((item, index) => json({ type: 'conversation.item.create', event_id: `${eventId}-${index}`, item }));

/** A tool's output, at the end of the conversation. */
export const answerTool = (toolCallId: string, output: string, eventId: string): string =>
  json({
    type: 'conversation.item.create',
    event_id: eventId,
    item: { type: 'function_call_output', call_id: toolCallId, output },
  });

/**
 * `mark` is the event's id too, so that both an error and the response itself name it. Instructions of a response replace those of the
 * session, so an addition repeats them.
 */
export const createResponse = (
  options: AskOptions,
  mark: string,
  { instructions }: Pick<SessionSetup, 'instructions'>,
): string =>
  json({
    type: 'response.create',
    event_id: mark,
    response: {
      ...(options.forceAudio === true ? { output_modalities: ['audio'] } : {}),
      ...(options.addition === undefined ? {} : { instructions: `${instructions}\n\n${options.addition}` }),
      ...(options.tools === undefined ? {} : { tool_choice: options.tools }),
      metadata: { [markKey]: mark },
    },
  });

export const cancelResponse = (response: string, eventId: string): string =>
  json({ type: 'response.cancel', event_id: eventId, response_id: response });

/** `audioEndMs` must be an integer and not more than was generated of the item. */
export const truncateItem = (item: string, audioEndMs: number, eventId: string): string =>
  json({
    type: 'conversation.item.truncate',
    event_id: eventId,
    item_id: item,
    content_index: 0,
    audio_end_ms: audioEndMs,
  });

const append = new Base64Draft('{"type":"input_audio_buffer.append","audio":"', '"}');

/** The hot path: 50 times a second and call, so no `JSON.stringify`. Good until the next call, and as long as the bytes stay as they are. */
export const appendAudio = (bytes: Uint8Array): Draft => append.of(bytes);
