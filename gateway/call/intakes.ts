import { type LearnedFact, learnFromIntake } from '../../agents/intake.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { Json } from '../../store/context/event.ts';
import type { FoundIntake } from '../../store/intakes.ts';
import type { CallHouse } from './house.ts';
import type { Brought, CallFacts } from './ports.ts';

/** What an IVR passed on of a call. */
export interface Given {
  /** By the names of the line's intake, unchecked. */
  readonly fields: Readonly<Record<string, string>>;
  /** They came by a way that only the line's own IVR has. */
  readonly isTrusted: boolean;
}

/** What is known of a call from an IVR. */
export interface FromIvr {
  /** By now. */
  readonly given: Given;
  /** Whether that is all there will be. */
  readonly isAll: boolean;
  /** Never rejects. */
  readonly whenAll: Promise<Given>;
}

/** From the ring to the stream it takes a carrier much less; a stream that does not come up is asked for again. */
const rememberMs = 60_000;

const none: Given = { fields: {}, isTrusted: false };

const justNow = (given: Given): FromIvr => ({ given, isAll: true, whenAll: Promise.resolve(given) });

/** Of what was announced and what came with the call, the surer word counts: a number is the weakest, and makes nothing trusted. */
const joined = ({ fields: brought }: Brought, found: FoundIntake | undefined): Given => {
  if (found === undefined) return { fields: brought, isTrusted: true };
  if (found.by === 'number') return { fields: { ...found.fields, ...brought }, isTrusted: false };
  return { fields: { ...brought, ...found.fields }, isTrusted: true };
};

/** Looks up while it rings what was announced of a call, and joins it to what the call brings along. Nobody waits here. */
export class Intakes {
  readonly #house: CallHouse;
  readonly #known: ExpiringMap<CallId, FromIvr>;

  constructor(house: CallHouse) {
    this.#house = house;
    this.#known = new ExpiringMap(house.clock, ms(rememberMs));
  }

  /** A call that rings again may bring something else along. */
  rings(call: CallFacts): void {
    if (this.#house.line.intake !== undefined) this.#known.set(call.callId, this.#learn(call));
  }

  /** What is known by now; asked for if nobody has yet. */
  of(call: CallFacts): FromIvr {
    if (this.#house.line.intake === undefined) return justNow(none);
    const known = this.#known.get(call.callId);
    if (known !== undefined) return known;
    this.rings(call);
    return this.#known.get(call.callId) ?? justNow(none);
  }

  #learn({ callId, from, brought = { fields: {} } }: CallFacts): FromIvr {
    const { intakes, log, metrics } = this.#house;
    const atOnce = joined(brought, undefined);
    if (intakes === undefined) return justNow(atOnce);
    const whenAll = intakes
      .find({ callId, from, key: brought.key })
      .then((found): Given => joined(brought, found))
      .catch((error): Given => {
        metrics.count('throughline_notices_total', { peer: 'carrier', what: 'intake_failed', why: 'store-away' });
        log.warn({ callId, error: messageOf(error) }, 'what an IVR announced of this call could not be looked up');
        return atOnce;
      });
    void whenAll.then((given) => {
      // A later ring of the call has its own.
      if (this.#known.get(callId) === pending) this.#known.set(callId, { given, isAll: true, whenAll });
    });
    const pending: FromIvr = { given: atOnce, isAll: false, whenAll };
    return pending;
  }
}

/** What the line makes of it, as facts. What does not fit is counted and told by name; no trouble here costs the call anything. */
export const ivrFacts = ({ line, log, metrics }: CallHouse, callId: CallId, given: Given): readonly LearnedFact[] => {
  const { facts, unfit, trouble } = learnFromIntake(line, given.fields, given.isTrusted);
  for (const name of unfit) {
    metrics.count('throughline_notices_total', { peer: 'carrier', what: 'intake_field_unfit' });
    log.warn({ callId, name }, 'what an IVR passed on does not fit this line');
  }
  if (trouble !== undefined) log.error({ callId, error: trouble }, "the line's intake made no facts");
  return facts;
};

/** Those that say something new. */
export const newTo = (known: readonly { readonly key: string; readonly value: Json }[], facts: readonly LearnedFact[]) =>
  facts.filter(({ key, value }) => {
    const before = known.find((fact) => fact.key === key);
    return before === undefined || JSON.stringify(before.value) !== JSON.stringify(value);
  });
