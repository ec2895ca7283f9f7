import type { Epoch } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { ContextFact } from '../../store/context/event.ts';
import type { Summary } from '../../store/summaries.ts';
import { Foresight } from './foresight.ts';
import { Guidance } from './guidance.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { LineUse } from './limits.ts';
import { Rotation } from './rotation.ts';
import type { Place } from './seating.ts';
import type { CallInput, CallState } from './state.ts';
import { SummaryKeeper } from './summary-keeper.ts';

export interface OutlookOptions {
  readonly house: CallHouse;
  /** Names the call. */
  readonly log: Log;
  readonly journal: Journal;
  readonly state: () => CallState | undefined;
  readonly place: (epoch: Epoch) => Place | undefined;
  readonly use: () => LineUse;
  /** A number that was not used on this call. */
  readonly serial: () => number;
  readonly input: (input: CallInput) => void;
}

/** What is made ready before the call needs it: the session after this one, a specialist who will be asked for, or should be, a summary. */
export class Outlook {
  readonly #rotation: Rotation;
  readonly #foresight: Foresight;
  readonly #guidance: Guidance;
  readonly #summaries: SummaryKeeper;

  constructor({ house, log, journal, state, place, use, serial, input }: OutlookOptions) {
    const { line, clock, random, queue, summaries } = house;
    const bundle = () => journal.bundle;
    const expiresAt = (epoch: Epoch) => place(epoch)?.seat.expiresAt;
    const hasTools = (epoch: Epoch) => place(epoch)?.safeMode === false;
    const onTrouble = (error: unknown) => log.warn({ error: messageOf(error) }, 'no summary of this call for now');
    this.#rotation = new Rotation({ clock, random, state, expiresAt, use, input });
    this.#guidance = new Guidance({
      ...{ house, journal, state, hasTools },
      tell: (epoch, told) => place(epoch)?.seat.learn(told(serial())),
    });
    const ruled = () => this.#guidance.rule?.to;
    this.#foresight = new Foresight({ line, clock, state, bundle, hasTools, ruled, input });
    this.#summaries = new SummaryKeeper({ callId: bundle().callId, clock, queue, summaries, bundle, onTrouble });
  }

  /** Of the older part of the call. */
  get summary(): Summary | undefined {
    return this.#summaries.current;
  }

  /** The call was begun elsewhere. */
  resumes(): void {
    this.#summaries.begin();
  }

  /** This session has the caller now. */
  bound(epoch: Epoch): void {
    this.#rotation.bound(epoch);
  }

  /** Something became known. */
  hears(fact: ContextFact): void {
    this.#foresight.hears(fact);
    this.#guidance.hears(fact);
    this.#summaries.hears(fact);
  }

  end(): void {
    this.#rotation.stop();
    this.#foresight.stop();
    this.#summaries.stop();
  }
}
