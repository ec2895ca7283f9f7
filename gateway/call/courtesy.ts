import type { Epoch } from '../../infra/brand.ts';
import { waitingTone } from '../audio/waiting-tone.ts';
import type { MediaBridge } from './bridge.ts';
import { Comfort } from './comfort.ts';
import type { CallHouse } from './house.ts';
import { Limits, type LineUse } from './limits.ts';
import type { SeatedSession } from './seated-session.ts';
import type { CallInput, CallState } from './state.ts';

export interface CourtesyOptions {
  readonly house: Pick<CallHouse, 'clock' | 'idleMs' | 'maxMs'>;
  readonly bridge: MediaBridge;
  readonly state: () => CallState | undefined;
  readonly seat: (epoch: Epoch) => SeatedSession | undefined;
  /** Whether tools of this session run, or the words about them are owed. */
  readonly isBusy: (epoch: Epoch) => boolean;
  /** Whether the caller is about to press more keys. */
  readonly isKeying: () => boolean;
  readonly input: (input: CallInput) => void;
  readonly guard: (act: () => void) => void;
}

/** What a caller is owed beside answers: no dead air, a question before the line is closed for silence, a goodbye that is heard. */
export class Courtesy {
  readonly #options: CourtesyOptions;
  readonly #comfort: Comfort;
  readonly #limits: Limits;

  constructor(options: CourtesyOptions) {
    const { bridge, house, input, guard } = options;
    const { clock, idleMs, maxMs } = house;
    this.#options = options;
    this.#comfort = new Comfort({
      clock,
      waitsFor: () => this.#waitsFor(),
      stillMs: () => bridge.stillMs,
      play: () => guard(() => bridge.playTone(waitingTone)),
    });
    this.#limits = new Limits({
      clock,
      idleMs,
      maxMs,
      use: () => this.use,
      say: (prompt) => {
        const state = this.#state;
        if (state?.at === 'talking') input({ type: 'prompt-due', epoch: state.bound.epoch, prompt });
      },
    });
    this.#comfort.start();
  }

  get #state(): CallState | undefined {
    return this.#options.state();
  }

  /** The call begins, `lastedMs` after it was answered. */
  begin(lastedMs: number): void {
    this.#limits.start(lastedMs);
  }

  end(): void {
    this.#comfort.stop();
    this.#limits.stop();
  }

  callerIsThere(): void {
    this.#limits.callerIsThere();
  }

  /** The caller pressed a key: they are there, whatever was about to be said. */
  callerPressedKey(): void {
    this.callerIsThere();
    this.takeBackGoodbye();
  }

  /** The caller is there, and no model could notice it. */
  takeBackGoodbye(): void {
    const state = this.#state;
    if (state?.at === 'ending') this.#options.input({ type: 'caller-spoke', epoch: state.bound.epoch });
  }

  /** The call is over when nothing is generated any more and all of it was heard. */
  maybeGoodbye(): void {
    const state = this.#state;
    const { bridge, seat, input } = this.#options;
    if (state?.at !== 'ending' || !bridge.quiet) return;
    const { epoch } = state.bound;
    if (seat(epoch)?.responding === undefined) input({ type: 'goodbye-heard', epoch });
  }

  /** What the caller waits for: somebody at all, or words that are owed. */
  #waitsFor(): 'thinking' | 'absent' | undefined {
    const state = this.#state;
    if (this.#options.isKeying()) return undefined;
    if (state === undefined || state.at === 'answering') return 'absent';
    if (state.at === 'switching') return state.bridging === 'spoken' ? 'thinking' : undefined;
    if (state.at !== 'talking') return undefined;
    const { epoch } = state.bound;
    if (this.#options.isBusy(epoch)) return 'absent';
    return this.#options.seat(epoch)?.isAwaited === true ? 'thinking' : undefined;
  }

  /** Whose turn it is, and for how long nobody has spoken. */
  get use(): LineUse {
    const state = this.#state;
    const { bridge, seat, isBusy, isKeying } = this.#options;
    const bound = state?.at === 'talking' ? seat(state.bound.epoch) : undefined;
    if (bound === undefined) return { turn: 'nobody', stillMs: 0 };
    if (isKeying()) return { turn: 'caller', stillMs: 0 };
    if (bound.responding !== undefined || bound.isAwaited || isBusy(bound.epoch)) return { turn: 'agent', stillMs: 0 };
    // A caller who is too soft to be measured speaks, too, if the model says so.
    return { turn: 'caller', stillMs: bound.answerDue ? 0 : bridge.stillMs };
  }
}
