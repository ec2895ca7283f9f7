import type { CallId } from '../infra/brand.ts';
import type { Texts } from './texts.ts';

/** What the older part of a call was about, in a few sentences. Made during the call, so that no handoff waits for it. */
export interface Summary {
  /** Id of the newest message that it covers. */
  readonly through: string;
  /** How many messages it covers. */
  readonly turns: number;
  readonly text: string;
}

/** The newest summary of each call. Rejects with `store-unavailable`. */
export interface SummaryStore {
  put(callId: CallId, summary: Summary): Promise<void>;
  get(callId: CallId): Promise<Summary | undefined>;
  forget(callIds: readonly CallId[]): Promise<void>;
}

export const summariesIn = (texts: Texts): SummaryStore => ({
  put: (callId, summary) => texts.put(callId, JSON.stringify(summary)),
  async get(callId) {
    const stored = await texts.get(callId);
    return stored === undefined ? undefined : decodeSummary(stored);
  },
  forget: (callIds) => texts.drop(callIds),
});

/** `undefined`: it is not one of ours; the call goes on without. */
export const decodeSummary = (stored: string): Summary | undefined => {
  try {
    const { through, turns, text } = JSON.parse(stored);
    const isOurs = typeof through === 'string' && typeof turns === 'number' && typeof text === 'string';
    return isOurs ? { through, turns, text } : undefined;
  } catch {
    return undefined;
  }
};
