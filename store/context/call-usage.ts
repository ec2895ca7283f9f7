import type { ContextEvent } from './event.ts';
import {
  noTokens,
  noTranscription,
  sumTokens,
  sumTranscription,
  type TokenUsage,
  type TranscriptionUsage,
} from './usage.ts';

/** What was used, by the name of the model. */
export interface UsageByModel {
  readonly tokens: ReadonlyMap<string, TokenUsage>;
  readonly transcription: ReadonlyMap<string, TranscriptionUsage>;
}

/** What a call used, from its events. */
export const usageOfCall = (events: readonly ContextEvent[]): UsageByModel => {
  const tokens = new Map<string, TokenUsage>();
  const transcription = new Map<string, TranscriptionUsage>();
  for (const event of events) {
    if (event.type !== 'model-used') continue;
    tokens.set(event.model, sumTokens(tokens.get(event.model) ?? noTokens, event.tokens));
    const heard = event.transcription;
    if (heard !== null)
      transcription.set(heard.model, sumTranscription(transcription.get(heard.model) ?? noTranscription, heard));
  }
  return { tokens, transcription };
};
