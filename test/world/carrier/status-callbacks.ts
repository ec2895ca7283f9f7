import type { Clock } from '../../../infra/clock.ts';
import type { Callback } from './leg.ts';
import type { FormValues } from './signature.ts';

export const statusEvents = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type StatusEvent = (typeof statusEvents)[number];

export interface StatusPlan extends Callback {
  readonly events: readonly StatusEvent[];
}

interface Application {
  notify(purpose: string, callback: Callback, form: FormValues): void;
}

/** Tells the application how a call gets on. */
export class StatusCallbacks {
  readonly #clock: Clock;
  readonly #application: Application;
  #plan: StatusPlan | undefined;
  #sequence = 0;

  constructor(clock: Clock, application: Application, plan: StatusPlan | undefined) {
    this.#clock = clock;
    this.#application = application;
    this.#plan = plan;
  }

  /** Another URL for what is still to come. */
  replace(callback: Callback): void {
    this.#plan = { ...callback, events: this.#plan?.events ?? ['completed'] };
  }

  send(event: StatusEvent, form: FormValues = {}): void {
    if (this.#plan?.events.includes(event) !== true) return;
    const sequence = this.#sequence;
    this.#sequence += 1;
    this.#application.notify('status', this.#plan, {
      ...form,
      Timestamp: new Date(this.#clock.wall()).toUTCString(),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequence),
    });
  }
}
