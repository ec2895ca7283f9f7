import type { CallId } from '../infra/brand.ts';
import type { CallerHash } from './caller-hash.ts';
import type { Texts } from './texts.ts';

/** What is remembered of a call that is over. Times are ISO 8601, UTC. */
export interface PastCall {
  readonly callId: CallId;
  readonly at: string;
  readonly line: string;
  readonly issue: string | null;
  readonly resolved: boolean | null;
  /** Who had the caller last. */
  readonly agent: string;
}

/** The last calls of a number, for as long as the setting says. Numbers are kept as hashes. Rejects with `store-unavailable`. */
export interface CallerMemory {
  /** The same call again replaces what was remembered of it. */
  remember(number: string, call: PastCall): Promise<void>;
  /** Newest first, at most three. */
  recall(number: string): Promise<readonly PastCall[]>;
  /** Forgets a number, by its hash. */
  forget(hash: string): Promise<void>;
}

const mostRemembered = 3;

const e164 = /^\+[1-9]\d{6,14}$/;
/** What carriers write for a caller who hides their number. */
const anonymous: ReadonlySet<string> = new Set(['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253']);

/** Whether a number stands for one caller. */
export const isOneCaller = (number: string): boolean => e164.test(number) && !anonymous.has(number);

/** Calls as one text, newest first. */
const withCall = (known: readonly PastCall[], call: PastCall): readonly PastCall[] =>
  [call, ...known.filter(({ callId }) => callId !== call.callId)]
    .sort((one, other) => (one.at < other.at ? 1 : -1))
    .slice(0, mostRemembered);

const isPastCall = (value: unknown): value is PastCall => {
  if (typeof value !== 'object' || value === null) return false;
  const call: Record<string, unknown> = { ...value };
  const isText = (key: string) => typeof call[key] === 'string';
  const isOr = (key: string, type: string) => call[key] === null || typeof call[key] === type;
  return ['callId', 'at', 'line', 'agent'].every(isText) && isOr('issue', 'string') && isOr('resolved', 'boolean');
};

/** What can't be read is forgotten. */
export const decodePast = (stored: string): readonly PastCall[] => {
  try {
    const calls: unknown = JSON.parse(stored);
    return Array.isArray(calls) ? calls.filter(isPastCall) : [];
  } catch {
    return [];
  }
};

/** Two calls of a number that end at the same moment may cost the memory of one of them. */
export const callersIn = (texts: Texts, hashOf: CallerHash): CallerMemory => {
  const recall = async (hash: string): Promise<readonly PastCall[]> => {
    const stored = await texts.get(hash);
    return stored === undefined ? [] : decodePast(stored);
  };
  return {
    recall: async (number) => recall(await hashOf(number)),
    async remember(number, call) {
      const hash = await hashOf(number);
      await texts.put(hash, JSON.stringify(withCall(await recall(hash), call)));
    },
    forget: (hash) => texts.drop([hash]),
  };
};
