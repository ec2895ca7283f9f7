import type { Item } from './conversation.ts';
import type { ResponseRecord, SessionRecord, WireTranscription, WireUsage } from './record.ts';

const lettersPerToken = 4;
/** The cache goes by pieces of so many tokens. */
const cachedPiece = 64;

const textTokens = (text: string): number => Math.ceil(text.length / lettersPerToken);

/** What the model reads of an item; of speech it hears the sound, and not the transcript. */
const textOf = ({ wire }: Item): string =>
  [wire.name, wire.arguments, wire.output, ...(wire.content ?? []).map(({ text }) => text)].join('');

const heardTokens = ({ turns }: SessionRecord): number =>
  turns.reduce((sum, turn) => sum + Math.ceil((turn.endMs - turn.startMs) / 100), 0);

/** What was the input of the response before is still at the start of this one's. */
const cachedOf = (now: number, before: number | undefined): number =>
  Math.min(now, Math.floor((before ?? 0) / cachedPiece) * cachedPiece);

/** Tokens of a response by the published rates: caller audio 1 per 100 ms, agent audio 1 per 50 ms, about 4 letters of text each. */
export const usageOf = (session: SessionRecord, items: readonly Item[], response: ResponseRecord): WireUsage => {
  const spokenMs = items.reduce((sum, item) => sum + item.generatedMs, 0) - response.generatedMs;
  const setUp = textTokens(session.instructions) + textTokens(JSON.stringify(session.tools));
  const outText = textTokens(response.words) + response.toolCalls.reduce((sum, call) => sum + textTokens(call.arguments), 0);
  const outAudio = Math.ceil(response.generatedMs / 50);
  const text = setUp + items.reduce((sum, item) => sum + textTokens(textOf(item)), 0);
  const audio = heardTokens(session) + Math.ceil(Math.max(0, spokenMs) / 50);
  const before = session.usages.at(-1)?.input_token_details;
  const cachedText = cachedOf(text, before?.text_tokens);
  const cachedAudio = cachedOf(audio, before?.audio_tokens);
  return {
    total_tokens: text + audio + outText + outAudio,
    input_tokens: text + audio,
    output_tokens: outText + outAudio,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: 0,
      cached_tokens: cachedText + cachedAudio,
      cached_tokens_details: { text_tokens: cachedText, audio_tokens: cachedAudio, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outText, audio_tokens: outAudio },
  };
};

/** What writing a turn down costs: the older models count tokens, the others seconds. */
export const transcriptionUsageOf = (model: string, words: string, spanMs: number): WireTranscription => {
  if (!model.startsWith('gpt-4o')) return { type: 'duration', seconds: Math.ceil(spanMs / 1_000) };
  const heard = Math.ceil(spanMs / 100);
  const written = textTokens(words);
  return {
    type: 'tokens',
    total_tokens: heard + written,
    input_tokens: heard,
    input_token_details: { text_tokens: 0, audio_tokens: heard },
    output_tokens: written,
  };
};
