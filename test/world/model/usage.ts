import type { Item } from './conversation.ts';
import type { ResponseRecord, SessionRecord } from './record.ts';

const textTokens = (text: string): number => Math.ceil(text.length / 4);

/** Tokens of a response by the published rates: caller audio 1 per 100 ms, agent audio 1 per 50 ms, about 4 letters of text each. */
export const usageOf = (session: SessionRecord, items: readonly Item[], response: ResponseRecord): object => {
  const heardMs = session.turns.reduce((sum, turn) => sum + turn.endMs - turn.startMs, 0);
  const spokenMs = items.reduce((sum, item) => sum + item.generatedMs, 0) - response.generatedMs;
  const text = textTokens(session.instructions) + items.reduce((sum, item) => sum + textTokens(item.wire.output ?? ''), 0);
  const audio = Math.ceil(heardMs / 100) + Math.ceil(Math.max(0, spokenMs) / 50);
  const outAudio = Math.ceil(response.generatedMs / 50);
  const outText = textTokens(response.words) + response.toolCalls.reduce((sum, call) => sum + textTokens(call.arguments), 0);
  return {
    total_tokens: text + audio + outText + outAudio,
    input_tokens: text + audio,
    output_tokens: outText + outAudio,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outText, audio_tokens: outAudio },
  };
};
