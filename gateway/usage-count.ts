import type { Labels } from '../infra/metrics.ts';
import { type TokenKind, type TokenUsage, type TranscriptionUsage, tokenKinds } from '../store/context/usage.ts';

/** The kinds of tokens as label values. */
export const tokenWords = {
  textIn: 'text-in',
  textCached: 'text-cached',
  audioIn: 'audio-in',
  audioCached: 'audio-cached',
  imageIn: 'image-in',
  textOut: 'text-out',
  audioOut: 'audio-out',
  tokensIn: 'transcription-in',
  tokensOut: 'transcription-out',
} as const satisfies Readonly<Record<TokenKind | 'tokensIn' | 'tokensOut', string>>;

const kinds = [...tokenKinds, 'tokensIn', 'tokensOut'] as const;

type Counters = 'throughline_model_tokens_total' | 'throughline_transcribed_seconds_total';

/** Counts what models used, whether or not it belongs to a call. */
export const countUsage = (
  metrics: { count(name: Counters, labels: Labels, by: number): void },
  used: Partial<TokenUsage & TranscriptionUsage>,
): void => {
  for (const kind of kinds) {
    const tokens = used[kind] ?? 0;
    if (tokens > 0) metrics.count('throughline_model_tokens_total', { kind: tokenWords[kind] }, tokens);
  }
  const { seconds = 0 } = used;
  if (seconds > 0) metrics.count('throughline_transcribed_seconds_total', {}, seconds);
};
