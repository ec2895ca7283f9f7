import type { AttemptOutcome, FactSource, HandoffTrigger, Json, ToolStatus } from '../../store/context/event.ts';

/** Words of one speaker. `at` is when they began in the caller's ear (or mouth), `ms` how long they last. */
export interface Speech {
  readonly kind: 'speech';
  readonly who: string;
  readonly at: number;
  /** Undefined: nobody wrote it down. */
  readonly text: string | undefined;
  readonly ms: number;
  /** What the caller heard of it, when that is less than all. */
  readonly heard: string | undefined;
}

/** One thing that happened in the call, for people who follow it; `at` is call time, milliseconds since the first ring. */
export type CallEntry =
  | Speech
  | { readonly kind: 'ring'; readonly at: number; readonly from: string; readonly to: string }
  | { readonly kind: 'stream'; readonly at: number; readonly open: boolean }
  | { readonly kind: 'bound'; readonly at: number; readonly agent: string; readonly cause: string }
  | { readonly kind: 'understood'; readonly at: number; readonly text: string }
  | {
      readonly kind: 'tool';
      readonly at: number;
      readonly agent: string;
      readonly name: string;
      readonly arguments: Json;
      readonly status: ToolStatus;
      readonly result: Json;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'learned';
      readonly at: number;
      readonly key: string;
      readonly value: Json;
      readonly source: FactSource;
    }
  | { readonly kind: 'tried'; readonly at: number; readonly solution: string; readonly outcome: AttemptOutcome }
  | {
      readonly kind: 'handoff-asked';
      readonly at: number;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
      readonly trigger: HandoffTrigger;
    }
  | { readonly kind: 'handoff'; readonly at: number; readonly from: string; readonly to: string; readonly switchMs: number }
  | { readonly kind: 'handoff-not'; readonly at: number; readonly from: string; readonly to: string; readonly why: string }
  /** The carrier's caller is with another application: a menu. */
  | { readonly kind: 'menu'; readonly at: number; readonly agent: string }
  /** Keys that the caller pressed for a menu, those of one question together. */
  | { readonly kind: 'keys'; readonly at: number; readonly digits: string }
  /** What the application before us put into our URL. */
  | {
      readonly kind: 'passed';
      readonly at: number;
      readonly from: string;
      readonly fields: Readonly<Record<string, string>>;
    }
  /** An agent wants a person for the caller. */
  | { readonly kind: 'person-wanted'; readonly at: number; readonly from: string; readonly reason: string }
  | { readonly kind: 'person-missed'; readonly at: number; readonly why: string }
  /** What a person did, in words; `lane`: how their line looks from then on. */
  | { readonly kind: 'person-does'; readonly at: number; readonly words: string; readonly lane?: 'opens' | 'closes' }
  /** What a person hears before they take the caller; nobody else hears it. */
  | { readonly kind: 'told'; readonly at: number; readonly text: string }
  /** They look at their page of the call: its HTML. */
  | { readonly kind: 'page-read'; readonly at: number; readonly page: string }
  /** The caller is with the person. */
  | { readonly kind: 'joined'; readonly at: number }
  | { readonly kind: 'wrote'; readonly at: number; readonly notes: string }
  | { readonly kind: 'barge-in'; readonly at: number; readonly discardedMs: number }
  | {
      readonly kind: 'ended';
      readonly at: number;
      readonly reason: string;
      readonly resolved: boolean | null;
      /** Who says so; undefined: the agent. */
      readonly claimedBy?: 'agent' | 'person';
    }
  | { readonly kind: 'hung-up'; readonly at: number; readonly by: string }
  /** What has no kind of its own, in words; `turn`: from there on the call is another. */
  | { readonly kind: 'note'; readonly at: number; readonly words: string; readonly weight: 'turn' | 'aside' };
