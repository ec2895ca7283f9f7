import { type Epoch, ms, type WallTime } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { LineUse } from './limits.ts';
import type { CallInput, CallState } from './state.ts';

export interface RotationOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly state: () => CallState | undefined;
  /** When the model server ends the session; undefined: it did not say. */
  readonly expiresAt: (epoch: Epoch) => WallTime | undefined;
  readonly use: () => LineUse;
  readonly input: (input: CallInput) => void;
}

/** How long a session of the Realtime API lives, if it does not say so itself. */
const lifeMs = 3_600_000;
/** A session is replaced so long before its end, a shorter-lived one at its half: a pause must be found in that time. */
const reserveMs = 600_000;
/** Calls that began together are not all moved together: up to this share of the reserve earlier. */
const spread = 0.2;
/** Both have stopped speaking. */
const pauseMs = 300;
const lookForPauseMs = 100;
const lookAgainMs = 500;
/** A session that could not be opened is not tried again before. */
const patienceMs = 20_000;

/** Sees that the bound session is replaced before the model server ends it: by one that is opened beside it and takes over in a pause. */
export class Rotation {
  readonly #options: RotationOptions;
  #cancel: Cancel = () => {};
  #wantedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** This session has the caller now. */
  bound(epoch: Epoch): void {
    const { clock, expiresAt, random } = this.#options;
    const left = (expiresAt(epoch) ?? clock.wall() + lifeMs) - clock.wall();
    const reserve = Math.min(reserveMs, left / 2);
    this.#wantedAt = Number.NEGATIVE_INFINITY;
    this.#lookAfter(Math.max(lookAgainMs, left - reserve * (1 + spread * random())), epoch);
  }

  stop(): void {
    this.#cancel();
  }

  #lookAfter(wait: number, epoch: Epoch): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(ms(wait), () => this.#look(epoch));
  }

  #look(epoch: Epoch): void {
    const state = this.#options.state();
    if (state === undefined || !('bound' in state) || state.bound.epoch !== epoch) return;
    const isReady = state.at === 'talking' && state.spare?.purpose === 'rotation' && state.spare.isReady;
    this.#lookAfter(isReady ? lookForPauseMs : lookAgainMs, epoch);
    if (isReady) this.#take(epoch);
    else if (state.at === 'talking' && state.spare?.purpose !== 'rotation') this.#want(epoch, state.bound.agent);
  }

  #want(epoch: Epoch, agent: string): void {
    const { clock, input } = this.#options;
    if (clock.now() - this.#wantedAt < patienceMs) return;
    this.#wantedAt = clock.now();
    input({ type: 'spare-wanted', epoch, agent, purpose: 'rotation' });
  }

  #take(epoch: Epoch): void {
    const { use, input } = this.#options;
    const { turn, stillMs } = use();
    if (turn === 'caller' && stillMs >= pauseMs) input({ type: 'pause-reached', epoch });
  }
}
