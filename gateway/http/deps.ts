import type { IntakeDefinition } from '../../agents/definition.ts';
import type { FieldNames } from '../../agents/intake-names.ts';
import type { Clock } from '../../infra/clock.ts';
import type { IntakeStore } from '../../store/intakes.ts';
import type { CallDesk, NextStep, Opening, PeopleDesk, ScreenDesk } from '../call/ports.ts';
import type { ScreenTokens } from '../screen/screen-token.ts';
import type { Count } from '../twilio/phone-leg.ts';
import type { StreamTokens } from '../twilio/token.ts';

/** Structured log: facts first, then what happened in a few words. Facts hold ids, never what somebody said. */
export interface Log {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/** What the pages of people who take callers over stand on. */
export interface ScreenDeps {
  readonly desk: ScreenDesk;
  readonly tokens: Pick<ScreenTokens, 'verify'>;
  readonly count: Count;
}

/** What `POST /intakes` stands on. */
export interface Announcing {
  /** Who has it may announce. */
  readonly apiKey: string;
  readonly intakes: Pick<IntakeStore, 'announce'>;
  /** What the line takes; undefined: nothing. */
  readonly intake: IntakeDefinition | undefined;
}

/** What the public port stands on. */
export interface HttpDeps {
  /** How the carrier reaches us. All URLs in TwiML and all signatures come from here, never from a request's headers. */
  readonly publicUrl: URL;
  /** Whose calls these are. Undefined: anybody's. */
  readonly accountSid?: string;
  /** Current auth token, then the old one in a rotation. Empty: signatures are not checked (loopback only). */
  readonly authTokens: readonly string[];
  readonly tokens: StreamTokens;
  readonly desk: CallDesk;
  /** Whether streams are served here, and not rather by another node. By default they are. */
  readonly takesStreams?: () => boolean;
  readonly people: PeopleDesk;
  readonly clock: Clock;
  readonly count: Count;
  readonly log: Log;
  /** The fields that the line takes from an IVR. Undefined: none. */
  readonly intakeNames?: FieldNames;
  /** Undefined: nothing can be announced. */
  readonly announcing?: Announcing;
  /** What the carrier is told when the desk itself breaks. */
  readonly lastResort: NextStep;
  /** Whom a caller reaches for whom a queue had no place. Undefined: nobody. */
  readonly fallback?: { readonly number: string };
  /** What the carrier says before a new call's stream. Undefined: nothing. */
  readonly disclosure?: Opening;
  /** Undefined: no pages for people. */
  readonly screen?: ScreenDeps;
}

/** Paths of the public port. */
export const paths = {
  voice: '/twilio/voice',
  after: '/twilio/after',
  status: '/twilio/status',
  streamStatus: '/twilio/stream-status',
  fallback: '/twilio/fallback',
  media: '/twilio/media',
  transfer: '/twilio/transfer',
  payment: '/twilio/payment',
  intakes: '/intakes',
} as const;
