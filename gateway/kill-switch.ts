import { ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { SwitchPosition, SwitchStore } from '../store/kill-switch.ts';
import type { GatewayMetrics } from './metrics.ts';

export interface KillSwitchOptions {
  readonly store: SwitchStore;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly metrics: Pick<GatewayMetrics, 'gauge'>;
  /** The setting holds it on, whatever the store says. */
  readonly heldOn: boolean;
}

/** As the API tells it. `by`: who put it so; null: nobody ever did. `since`: ISO 8601, UTC. */
export interface SwitchState {
  readonly on: boolean;
  readonly by: 'setting' | 'api' | null;
  readonly since: string | null;
}

/** A process sees what another one did after this long, and the time of a read. */
const lookEveryMs = 2_000;
/** How long a start waits to learn how the switch is. */
const firstLookMs = 1_000;

/**
 * Whether every new call goes to people. Asked from memory; what the store says is looked up in the background. While the store is
 * away the last word stands; before there was one, it is off.
 */
export class KillSwitch {
  readonly #options: KillSwitchOptions;
  readonly #startedAt: string;
  #position: SwitchPosition | undefined;
  /** Whether the store answered the last time. */
  #isReachable = true;
  /** Looks that began before this one are out of date. */
  #looks = 0;
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(options: KillSwitchOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.clock.wall()).toISOString();
  }

  get isOn(): boolean {
    return this.#options.heldOn || this.#position?.on === true;
  }

  get state(): SwitchState {
    if (this.#options.heldOn) return { on: true, by: 'setting', since: this.#startedAt };
    const position = this.#position;
    if (position === undefined) return { on: false, by: null, since: null };
    return { on: position.on, by: 'api', since: position.since };
  }

  /** Resolves when it is known how the switch is, or after a second without. */
  async start(): Promise<void> {
    this.#options.metrics.gauge('throughline_kill_switch', Number(this.isOn));
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms(firstLookMs), resolve);
    void this.#look().then(resolve);
    await promise;
    cancel();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Puts it for all processes; `held`: the setting keeps it on here. Rejects, and nothing has changed, when the store is away. */
  async put(on: boolean): Promise<'put' | 'held'> {
    if (this.#options.heldOn && !on) return 'held';
    const position = { on, since: new Date(this.#options.clock.wall()).toISOString() };
    await this.#options.store.put(position);
    this.#looks += 1;
    this.#know(position);
    return 'put';
  }

  async #look(): Promise<void> {
    this.#looks += 1;
    const look = this.#looks;
    try {
      const position = await this.#options.store.get();
      this.#isReachable = true;
      if (look === this.#looks) this.#know(position);
    } catch (error) {
      this.#lost(error);
    }
    if (!this.#stopped) this.#cancel = this.#options.clock.after(ms(lookEveryMs), () => void this.#look());
  }

  #know(position: SwitchPosition | undefined): void {
    const { log, metrics } = this.#options;
    const was = this.isOn;
    this.#position = position;
    if (this.isOn === was) return;
    metrics.gauge('throughline_kill_switch', Number(this.isOn));
    log.info(
      {},
      this.isOn ? 'the kill switch is on: new calls go to people' : 'the kill switch is off: agents take new calls',
    );
  }

  /** Said once for each time that the store is away. */
  #lost(error: unknown): void {
    if (!this.#isReachable) return;
    this.#isReachable = false;
    const { log } = this.#options;
    const state = this.isOn ? 'on' : 'off';
    log.warn({ state, error: messageOf(error) }, 'the kill switch could not be looked up; it stays as it was until it can');
  }
}
