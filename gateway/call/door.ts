import { type NotOurs, whyNotOurs } from '../../agents/pilot.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import { isOneCaller } from '../../store/caller-memory.ts';
import type { Refusal } from './admission.ts';
import { asPlanned, inNeed, type People, sorryWords, whereTo, without } from './elsewhere.ts';
import type { CallHouse } from './house.ts';
import { allLinesBusy, outOfOrder } from './next-step.ts';
import type { CallFacts, NextStep } from './ports.ts';
import { TurnedAwayLog } from './turned-away-log.ts';

/** Why a new call goes elsewhere although we could take it. */
export type Planned = NotOurs | 'kill-switch';
/** Why a call goes elsewhere. `gave-up`: it was ours, and could not go on. `fallback`: the carrier has no answer of ours to go by. */
type Away = Planned | Refusal | 'gave-up' | 'fallback' | 'model-down';

/** How long a decision about a call stands: the carrier may ask again. */
const rememberMs = 600_000;

export interface DoorOptions {
  readonly people: People;
  /** Whether the kill switch is on. */
  readonly isShut: () => boolean;
  /** Whether no agent can be had: the model server is down. */
  readonly isModelDown: () => boolean;
}

/** Which new calls agents take, and where all others go. Decides from memory, once per call, and every decision is in the figures. */
export class Door {
  readonly people: People;
  readonly #house: CallHouse;
  readonly #isShut: () => boolean;
  readonly #isModelDown: () => boolean;
  readonly #decided: ExpiringMap<CallId, Planned | 'ours'>;
  readonly #away: ExpiringMap<CallId, { readonly why: Away; readonly to: string }>;
  readonly #log: TurnedAwayLog;

  constructor(house: CallHouse, { people, isShut, isModelDown }: DoorOptions) {
    this.people = people;
    this.#house = house;
    this.#isShut = isShut;
    this.#isModelDown = isModelDown;
    this.#decided = new ExpiringMap(house.clock, ms(rememberMs));
    this.#away = new ExpiringMap(house.clock, ms(rememberMs));
    this.#log = new TurnedAwayLog(house);
  }

  /** Why a new call is not for agents, by plan; undefined: it is, if there is room. */
  refuses(call: CallFacts): Planned | undefined {
    const decided = this.#decided.get(call.callId);
    if (decided !== undefined) return decided === 'ours' ? undefined : decided;
    return this.#isShut() ? 'kill-switch' : this.#whyNotOurs(call);
  }

  #whyNotOurs({ callId, from }: CallFacts): NotOurs | undefined {
    const { line, clock } = this.#house;
    if (line.pilot === undefined) return undefined;
    // A hidden number is many callers: each of their calls is judged by itself.
    return whyNotOurs(line.pilot, { line: line.name, from, key: isOneCaller(from) ? from : callId }, clock.wall());
  }

  /** The call was let in: it stays ours, whatever the switch is when the carrier asks once more. */
  letsIn({ callId }: CallFacts): void {
    this.#decided.set(callId, 'ours');
  }

  /** Sends a call where the plan says. */
  diverts(call: CallFacts, why: Planned): NextStep {
    this.#decided.set(call.callId, why);
    return this.#notes(call, why, asPlanned(this.people));
  }

  /** Sends a new call to people as no agent can be had; undefined: one can, or the call was let in before. */
  withoutAgents(call: CallFacts): NextStep | undefined {
    if (this.#decided.get(call.callId) === 'ours' || !this.#isModelDown()) return undefined;
    return this.#notes(call, 'model-down', outOfOrder(this.people));
  }

  /** Sends a new call to people as there is no room for it. */
  isFull(call: CallFacts, why: Refusal): NextStep {
    return this.#notes(call, why, allLinesBusy(this.people));
  }

  /** Sends a call to people that nobody here knows, as the carrier could not use what it was told; `failedUrl`: what it could not get. */
  rescues(call: CallFacts, failedUrl: string | undefined): NextStep {
    const { otherwise } = this.people;
    const sentTo = otherwise !== undefined && 'url' in otherwise ? otherwise.url : '';
    // Without word from the carrier: the place where this call was sent must have failed.
    const failed = failedUrl ?? (this.#away.get(call.callId)?.to === 'url' ? sentTo : undefined);
    const people = failed === undefined ? this.people : without(this.people, failed);
    return this.#notes(call, 'fallback', inNeed(people, sorryWords));
  }

  /** A call that was ours was given up: its own log tells why. */
  givesUp(callId: CallId, step: NextStep): void {
    this.#counts(callId, 'gave-up', step);
  }

  #notes(call: CallFacts, why: Away, step: NextStep): NextStep {
    if (!this.#away.has(call.callId)) this.#log.note(call, why, whereTo(step));
    this.#counts(call.callId, why, step);
    return step;
  }

  /** The same question twice counts once. */
  #counts(callId: CallId, why: Away, step: NextStep): void {
    const to = whereTo(step);
    if (this.#away.get(callId)?.why === why) return;
    this.#away.set(callId, { why, to });
    this.#house.metrics.count('throughline_calls_turned_away_total', { why, to });
  }
}
