import type { ClientItem, ToolSpec } from './client-events.ts';

/** What the server refused, or let pass although the real one would not behave well. */
export interface Violation {
  readonly code: string;
  readonly event: string;
  readonly message: string;
}

/** Tokens of one modality. */
interface Tokens {
  readonly text_tokens: number;
  readonly audio_tokens: number;
  readonly image_tokens: number;
}

/** `usage` of a response as it goes over the wire. */
export interface WireUsage {
  readonly total_tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly input_token_details: Tokens & { readonly cached_tokens: number; readonly cached_tokens_details: Tokens };
  readonly output_token_details: Omit<Tokens, 'image_tokens'>;
}

/** `usage` of a transcription as it goes over the wire. */
export type WireTranscription =
  | { readonly type: 'duration'; readonly seconds: number }
  | {
      readonly type: 'tokens';
      readonly total_tokens: number;
      readonly input_tokens: number;
      readonly input_token_details: Omit<Tokens, 'image_tokens'>;
      readonly output_tokens: number;
    };

export interface TurnRecord {
  readonly item: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly words: string | null;
}

/** Times are readings of the clock, in ms. `words` is what was generated, heard or not. */
export interface ResponseRecord {
  readonly id: string;
  readonly asked: boolean;
  readonly outOfBand: boolean;
  readonly startedAt: number;
  words: string;
  toolCalls: { readonly callId: string; readonly name: string; readonly arguments: string }[];
  generatedMs: number;
  firstAudioAt: number | undefined;
  endedAt: number | undefined;
  /** What it used, once it is over. */
  usage: WireUsage | undefined;
  status: 'in_progress' | 'completed' | 'cancelled' | 'failed';
}

/** All that a test or the demo wants to know of one session. */
export interface SessionRecord {
  readonly id: string;
  readonly openedAt: number;
  closedAt: number | undefined;
  closeCode: number | undefined;
  /** The headers of the handshake, names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly model: string;
  /** Who it turned out to be, when it was configured. */
  persona: string | undefined;
  instructions: string;
  tools: readonly ToolSpec[];
  voice: string;
  /** How many `session.update` were applied. */
  updates: number;
  /** Items that the client created: history, briefing, tool outputs. */
  readonly items: ClientItem[];
  /** When each of them came. */
  readonly itemTimes: number[];
  appendedMs: number;
  /** The caller's audio in the session's input format, as it came. */
  readonly appended: Buffer[];
  readonly turns: TurnRecord[];
  readonly responses: ResponseRecord[];
  /** What the client was told of what it used: by response, and by transcription. */
  readonly usages: WireUsage[];
  readonly transcriptions: WireTranscription[];
  readonly truncations: { readonly item: string; readonly audioEndMs: number; readonly generatedMs: number }[];
  readonly violations: Violation[];
}

/**
 * What the session was briefed with: the outputs of `get_call_context` among the items that the client created. `before`: only what
 * had come by this reading of the clock.
 */
export const briefingOf = (record: SessionRecord, before = Number.POSITIVE_INFINITY): string => {
  const ids = new Set(
    record.items.flatMap((item) =>
      item.type === 'function_call' && item.name === 'get_call_context' ? [item.call_id] : [],
    ),
  );
  return record.items
    .filter((_, at) => (record.itemTimes[at] ?? 0) <= before)
    .flatMap((item) => (item.type === 'function_call_output' && ids.has(item.call_id) ? [item.output] : []))
    .join('\n');
};

/** What a session said first, or undefined when it said nothing. */
export const firstWordsOf = (record: SessionRecord): string | undefined =>
  record.responses.find((response) => response.words !== '' && !response.outOfBand)?.words;
