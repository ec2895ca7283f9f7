import type { CallId, WallTime } from '../infra/brand.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { PersonsVerdict, TransferEnding, TransferFailure, TransferWay } from './context/event.ts';
import type { Texts } from './texts.ts';

/** Names one transfer of one call. */
export interface TransferRef {
  readonly callId: CallId;
  readonly transfer: string;
}

/**
 * A transfer as all processes see it: the webhooks of the person's leg come to any of them. `ringing`: the person is rung, or for
 * `cold` and `queue` the caller waits at the carrier. `whispering`: they are told who it is. `accepted`: they wait for the caller.
 * `joined`: both have each other. `over`: decided, for good.
 */
export interface TransferState extends TransferRef {
  /** A name of the line's `humans`. */
  readonly to: string;
  readonly way: TransferWay;
  /** E.164 or SIP address that is or was rung; empty for a queue. */
  readonly address: string;
  readonly phase: 'ringing' | 'whispering' | 'accepted' | 'joined' | 'over';
  /** Of `over`. */
  readonly outcome: TransferFailure | TransferEnding | null;
  /** The person's own leg. */
  readonly personLeg: CallId | null;
  readonly startedAt: WallTime;
  readonly joinedAt: WallTime | null;
  readonly overAt: WallTime | null;
  /** What the person wrote. */
  readonly notes: string | null;
  readonly verdict: PersonsVerdict | null;
}

/** What somebody learned about a transfer. */
export type TransferNews =
  | { readonly type: 'person-dialled'; readonly leg: CallId }
  | { readonly type: 'person-answered' }
  | { readonly type: 'person-accepted' }
  /** The person will not have the caller. */
  | { readonly type: 'person-missed'; readonly why: TransferFailure }
  /** The person's line is gone. */
  | { readonly type: 'person-left' }
  /** The caller is on the way into the room. */
  | { readonly type: 'caller-joined' }
  | { readonly type: 'caller-gone' }
  /** We want it no more. Only before the two are joined. */
  | { readonly type: 'cancelled' }
  | { readonly type: 'given-back' }
  | { readonly type: 'finished' }
  | { readonly type: 'noted'; readonly notes: string | null; readonly verdict: PersonsVerdict | null };

/** What ends the talk of two who have each other. */
const endings: Readonly<Partial<Record<TransferNews['type'], TransferEnding>>> = {
  'person-left': 'left',
  'caller-gone': 'caller-hung-up',
  'given-back': 'given-back',
  finished: 'finished',
};

/** What comes between them before. */
const failures: Readonly<Partial<Record<TransferNews['type'], TransferFailure>>> = {
  'person-left': 'hung-up',
  'caller-gone': 'caller-gone',
  cancelled: 'cancelled',
};

/** The same state after a piece of news; the same object when it changes nothing. The first outcome stands. Pure. */
export const afterNews = (state: TransferState, news: TransferNews, at: WallTime): TransferState => {
  if (news.type === 'noted') return { ...state, notes: news.notes ?? state.notes, verdict: news.verdict ?? state.verdict };
  if (news.type === 'person-dialled') return state.personLeg === null ? { ...state, personLeg: news.leg } : state;
  if (state.phase === 'over') return state;
  const outcome = state.phase === 'joined' ? endings[news.type] : (failures[news.type] ?? missed(news, state));
  return outcome === undefined ? further(state, news, at) : { ...state, phase: 'over', outcome, overAt: at };
};

/** Whoever pressed the key is a person, whatever the carrier makes of their voice. */
const missed = (news: TransferNews, { phase }: TransferState): TransferFailure | undefined =>
  news.type !== 'person-missed' || (phase === 'accepted' && news.why === 'voicemail') ? undefined : news.why;

const further = (state: TransferState, { type }: TransferNews, at: WallTime): TransferState => {
  const { phase } = state;
  if (type === 'person-answered' && phase === 'ringing') return { ...state, phase: 'whispering' };
  if (type === 'person-accepted' && (phase === 'ringing' || phase === 'whispering')) return { ...state, phase: 'accepted' };
  return type === 'caller-joined' && phase !== 'joined' ? { ...state, phase: 'joined', joinedAt: at } : state;
};

/** How long the two had each other, in ms. */
export const talkMs = ({ joinedAt, overAt }: TransferState): number =>
  joinedAt === null || overAt === null ? 0 : Math.max(0, overAt - joinedAt);

/** The transfers of calls, shared by all processes. Every method rejects with `store-unavailable`. */
export interface Transfers {
  /** The call's next transfer. */
  begin(state: TransferState): Promise<void>;
  /** The newest of a call. */
  of(callId: CallId): Promise<TransferState | undefined>;
  named(ref: TransferRef): Promise<TransferState | undefined>;
  /** Tells what was learned, in one step. The state after it; undefined when there is no such transfer. */
  tell(ref: TransferRef, news: TransferNews, at: WallTime): Promise<TransferState | undefined>;
  /** Forgets a call's transfers; those of its names, and the newest. */
  forget(callId: CallId, transfers: readonly string[]): Promise<void>;
}

/** So often two processes may be at it at the same moment. */
const mostTries = 20;

const decoded = (text: string | undefined): TransferState | undefined => {
  if (text === undefined) return undefined;
  // Written by `encode` of this or another node; nobody else can write there.
  const state: TransferState = JSON.parse(text);
  return state;
};

/** Whose transfer a text is about. */
export const callOfTransferKey = (key: string): string => key.split(':', 1).join('');

/** Each transfer has a text of its own, as pages of earlier ones are read and written to; one more names the newest. */
const keyOf = ({ callId, transfer }: TransferRef): string => `${callId}:${transfer}`;

export const transfersIn = (texts: Texts): Transfers => ({
  begin: async (state) => {
    await texts.put(keyOf(state), JSON.stringify(state));
    await texts.put(state.callId, state.transfer);
  },
  of: async (callId) => {
    const transfer = await texts.get(callId);
    return transfer === undefined ? undefined : decoded(await texts.get(keyOf({ callId, transfer })));
  },
  named: async (ref) => decoded(await texts.get(keyOf(ref))),
  async tell(ref, news, at) {
    const key = keyOf(ref);
    for (let tried = 0; tried < mostTries; tried += 1) {
      const before = await texts.get(key);
      const state = decoded(before);
      if (before === undefined || state === undefined) return undefined;
      const after = afterNews(state, news, at);
      if (after === state || (await texts.swap(key, before, JSON.stringify(after)))) return after;
    }
    throw new ThroughlineError('transfer-contended', 'A transfer is changed by others all the time.', {
      facts: { callId: ref.callId },
    });
  },
  async forget(callId, transfers) {
    const newest = await texts.get(callId);
    const names = newest === undefined ? transfers : [...transfers, newest];
    await texts.drop([callId, ...names.map((transfer) => keyOf({ callId, transfer }))]);
  },
});
