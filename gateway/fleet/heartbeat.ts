import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { thinned } from '../../infra/thinned.ts';
import type { NodeSign, Nodes } from '../../store/nodes.ts';
import { SilenceWatch } from './silence.ts';

export interface HeartbeatOptions {
  readonly node: string;
  readonly nodes: Nodes;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** A process that stands still. */
  readonly onSilent: (sign: NodeSign) => void;
  /** The others took this process for dead, and have its calls: it must end. */
  readonly onTaken: () => void;
}

/** How often a sign is given, and all are looked at: twice as often as design, section 7, asks for a sign, since each look that comes late is silence for a caller. */
const beatMs = 250;
/** A call is noted this soon: should the process hang a moment later, others find it. */
const noteMs = 50;

/** The life of this process as others see it, and theirs as it sees them. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #watch: SilenceWatch;
  readonly #warn: ReturnType<typeof thinned>;
  #address = '';
  #beat = 0;
  #takesCalls = true;
  /** Of all that were not taken for dead. */
  #signs: readonly NodeSign[] = [];
  /** Of those that move. */
  #others: readonly NodeSign[] = [];
  /** Calls that were taken or left since the last note: the newest word on each counts. */
  #changes = new Map<CallId, boolean>();
  #cancel: Cancel = () => {};
  #noting: Cancel | undefined;
  #isStopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#watch = new SilenceWatch(options.node);
    this.#warn = thinned(options.clock, ms(60_000));
  }

  /** Whether another process takes new calls, by the last look. */
  get hasOthers(): boolean {
    return this.#others.some(({ takesCalls }) => takesCalls);
  }

  /** Whether a process was there at the last look, silent or not; `undefined`: nobody has looked. */
  isThere(node: string): boolean | undefined {
    if (this.#beat === 0) return undefined;
    return node === this.#options.node || this.#signs.some((sign) => sign.node === node);
  }

  /** Gives signs from now on, in the background: a store that is away keeps no process from starting. `address`: where it answers probes. */
  start(address: string): void {
    this.#address = address;
    void this.#goOn();
  }

  /** No new calls come here any more. */
  drain(): void {
    this.#takesCalls = false;
  }

  /** Leaves the others in order. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#noting?.();
    await this.#options.nodes.leave(this.#options.node).catch(() => {}); // they find out
  }

  /** This process has a call. */
  has(callId: CallId): void {
    this.#change(callId, true);
  }

  /** It has let it go. */
  lets(callId: CallId): void {
    this.#change(callId, false);
  }

  #change(callId: CallId, has: boolean): void {
    if (this.#address === '') return;
    this.#changes.set(callId, has);
    // Many that come at once are one note; whatever fails goes along with the next sign.
    this.#noting ??= this.#options.clock.after(ms(noteMs), () => {
      this.#noting = undefined;
      this.#noteChanges().catch(() => {});
    });
  }

  async #goOn(): Promise<void> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    await this.#once();
    if (this.#isStopped) return;
    this.#cancel = clock.after(ms(Math.max(0, beatMs - (clock.now() - startedAt))), () => void this.#goOn());
  }

  async #once(): Promise<void> {
    const { node, nodes, clock, log, onSilent, onTaken } = this.#options;
    const askedAt = clock.now();
    try {
      const sign = { node, beat: this.#beat + 1, address: this.#address, takesCalls: this.#takesCalls };
      const [{ isTaken, signs }] = await Promise.all([nodes.beat(sign), this.#noteChanges()]);
      if (this.#isStopped) return;
      this.#beat += 1;
      if (isTaken) {
        this.#isStopped = true;
        onTaken();
        return;
      }
      const silent = this.#watch.look(signs, askedAt, clock.now());
      this.#signs = signs;
      this.#others = signs.filter((other) => other.node !== node && !silent.includes(other));
      for (const other of silent) onSilent(other);
    } catch (error) {
      this.#watch.isBlind();
      this.#warn('away', () =>
        log.warn(
          { error: messageOf(error) },
          'the store does not take this process’s sign: should it die now, its calls wait for the carrier to ask',
        ),
      );
    }
  }

  async #noteChanges(): Promise<void> {
    const { node, nodes } = this.#options;
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    const named = (had: boolean) => [...changes].flatMap(([callId, has]) => (has === had ? [callId] : []));
    try {
      await Promise.all([nodes.has(node, named(true)), nodes.lets(node, named(false))]);
    } catch (error) {
      this.#changes = new Map([...changes, ...this.#changes]);
      throw error;
    }
  }
}
