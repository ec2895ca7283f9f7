import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { Log } from '../../infra/log.ts';
import { type CallerMemory, isOneCaller, type PastCall } from '../../store/caller-memory.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { CallFacts } from './ports.ts';

export interface ArrivalsOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** Undefined: nothing is remembered of callers. */
  readonly memory: Pick<CallerMemory, 'recall'> | undefined;
}

/** What is known of the earlier calls of somebody who calls. */
export interface Remembered {
  /** Newest first. Undefined: not known yet. */
  readonly calls: readonly PastCall[] | undefined;
  /** Never rejects. */
  readonly whenKnown: Promise<readonly PastCall[]>;
}

/** From the ring to the stream it takes a carrier much less. */
const rememberMs = 60_000;
const nothing: Remembered = { calls: [], whenKnown: Promise.resolve([]) };

/** Looks up who calls while it rings, so that the first agent knows, and nobody waits. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #lookups: ExpiringMap<CallId, { remembered: Remembered }>;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#lookups = new ExpiringMap(options.clock, ms(rememberMs));
  }

  rings(call: CallFacts): void {
    this.of(call);
  }

  /** What is known by now; asked for if nobody has yet. */
  of({ callId, from }: CallFacts): Remembered {
    const { memory, log } = this.#options;
    if (memory === undefined || !isOneCaller(from)) return nothing;
    const known = this.#lookups.get(callId);
    if (known !== undefined) return known.remembered;
    const whenKnown = memory.recall(from).catch((error): readonly PastCall[] => {
      log.warn({ callId, error: messageOf(error) }, 'earlier calls of this caller could not be looked up');
      return [];
    });
    const lookup: { remembered: Remembered } = { remembered: { calls: undefined, whenKnown } };
    void whenKnown.then((calls) => {
      lookup.remembered = { calls, whenKnown };
    });
    this.#lookups.set(callId, lookup);
    return lookup.remembered;
  }
}

/** The newest earlier call, as facts. A number can be forged, so nothing of it is verified. */
export const factsOf = ([last]: readonly PastCall[]): readonly Extract<ContextFact, { type: 'fact-learned' }>[] => {
  if (last === undefined) return [];
  const known = {
    lastCallAt: last.at,
    lastCallIssue: last.issue ?? undefined,
    lastCallOutcome: last.resolved === null ? 'unknown' : last.resolved ? 'resolved' : 'not resolved',
    lastCallAgent: last.agent,
  };
  return Object.entries(known).flatMap(([key, value]) =>
    value === undefined ? [] : [{ type: 'fact-learned', key, value, source: 'memory', verified: false } as const],
  );
};
