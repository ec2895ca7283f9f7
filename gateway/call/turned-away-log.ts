import { ms, term } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { thinned } from '../../infra/thinned.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import { foldCall } from '../../store/context/fold.ts';
import { jobsOfEnd } from '../../store/jobs.ts';
import type { CallHouse } from './house.ts';
import type { CallFacts } from './ports.ts';

/** Waits before each further try. Then the store had its time: the call is counted, and not in the lists. */
const retryDelays = [250, 1_000, 4_000];

/**
 * The short log of a call that went elsewhere: one append in the background, and nobody waits for it. It claims nothing: the first
 * append has a call that nobody owns, one that somebody serves refuses it, and one that comes twice, here or in another process, adds
 * nothing.
 */
export class TurnedAwayLog {
  readonly #house: CallHouse;
  readonly #warn: ReturnType<typeof thinned>;

  constructor(house: CallHouse) {
    this.#house = house;
    this.#warn = thinned(house.clock, ms(60_000));
  }

  note(call: CallFacts, why: string, to: string): void {
    const { clock, line } = this.#house;
    const { callId, from, to: dialled, verstat } = call;
    const verified = verstat === undefined ? {} : { verstat };
    const facts: readonly ContextFact[] = [
      { type: 'call-started', from, to: dialled, line: line.name, ivr: {}, ...verified },
      { type: 'call-turned-away', why, to },
      { type: 'call-ended', reason: 'turned-away', resolved: null, owesGoodbye: false },
    ];
    const at = clock.wall();
    const events = facts.map((fact, index): ContextEvent => ({ ...fact, seq: index + 1, term: term(1), at }));
    void this.#append({ callId, events }, 0);
  }

  async #append(call: { callId: CallFacts['callId']; events: readonly ContextEvent[] }, attempt: number): Promise<void> {
    const { store, owner, clock, outbox, onEvent } = this.#house;
    try {
      // An owner of its own: this process may serve the call after all, and that log must not get these lines.
      const result = await store.append({ ...call, term: term(1), owner: `${owner} door` });
      if (result.kind !== 'appended') return;
      for (const event of call.events) onEvent?.(call.callId, event);
      outbox.put(jobsOfEnd(foldCall(call.callId, call.events), { term: term(1), remembers: false }));
    } catch (error) {
      const delay = retryDelays[attempt];
      if (delay === undefined) this.#drops(call.callId, error);
      else clock.after(ms(delay), () => void this.#append(call, attempt + 1));
    }
  }

  #drops(callId: CallFacts['callId'], error: unknown): void {
    const { metrics, log } = this.#house;
    metrics.count('throughline_store_errors_total');
    this.#warn('dropped', (keptBack) =>
      log.warn(
        { callId, count: keptBack, error: messageOf(error) },
        'a call that went elsewhere is counted, but not in the lists',
      ),
    );
  }
}
