import type { TokenUsage, TranscriptionUsage } from '../../store/context/usage.ts';
import type { ResponseUsage, WireTranscriptionUsage } from './wire.ts';

type Input = ResponseUsage['input_token_details'];

/**
 * How much of the text and of the audio was cached. A server that says only the sum means the start of the conversation: instructions and
 * tools, which are text, and then what was said.
 */
const cachedOf = (input: Input, text: number, audio: number): { readonly text: number; readonly audio: number } => {
  const details = input.cached_tokens_details;
  const cached = input.cached_tokens ?? 0;
  const cachedText = details === null || details === undefined ? cached : (details.text_tokens ?? 0);
  const cachedAudio = details === null || details === undefined ? Math.max(0, cached - text) : (details.audio_tokens ?? 0);
  return { text: Math.min(cachedText, text), audio: Math.min(cachedAudio, audio) };
};

/** The tokens of a response in our kinds; undefined when the server did not say, or not so that it can be understood. */
export const tokenUsage = (usage: ResponseUsage | null | undefined): TokenUsage | undefined => {
  if (usage === null || usage === undefined) return undefined;
  const { input_token_details: input, output_token_details: output } = usage;
  const text = input.text_tokens ?? 0;
  const audio = input.audio_tokens ?? 0;
  const cached = cachedOf(input, text, audio);
  return {
    textIn: text - cached.text,
    textCached: cached.text,
    audioIn: audio - cached.audio,
    audioCached: cached.audio,
    imageIn: input.image_tokens ?? 0,
    textOut: output.text_tokens ?? 0,
    audioOut: output.audio_tokens ?? 0,
  };
};

/** What a transcription took, as its server counts: in seconds or in tokens. */
export const transcriptionUsage = (usage: WireTranscriptionUsage | null | undefined): TranscriptionUsage | undefined => {
  if (usage === null || usage === undefined) return undefined;
  return usage.type === 'duration'
    ? { seconds: usage.seconds, tokensIn: 0, tokensOut: 0 }
    : { seconds: 0, tokensIn: usage.input_tokens, tokensOut: usage.output_tokens ?? 0 };
};
