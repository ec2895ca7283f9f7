import { type CallId, type Milliseconds, ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import type { Append, AppendResult } from './context-store.ts';

export interface FreshAppendsOptions {
  readonly clock: Clock;
  readonly append: (batch: Append) => Promise<AppendResult>;
}

/** More than what a disk that is synced once a second, or a replica that lags, can miss. */
const missableMs = 30_000;
/** A failover that takes longer finds calls as the new primary has them. */
const keptMs = 120_000;
const retryMs = ms(1_000);
const together = 20;

interface Fresh {
  /** The oldest first, of one owner in one term, without gaps. */
  readonly taken: readonly { readonly at: Milliseconds; readonly batch: Append }[];
}

/**
 * What the store took of each call lately, for one that comes back without it: a primary that died before its replica or its disk had it. A call that goes on is
 * filled again by its owner anyhow, with its next event; one that is silent, or over, has nobody else.
 */
export class FreshAppends {
  readonly #options: FreshAppendsOptions;
  /** The one that was appended to last is the last. */
  readonly #calls = new Map<CallId, Fresh>();
  #cancel: Cancel = () => {};
  #isStopped = false;
  #round = 0;

  constructor(options: FreshAppendsOptions) {
    this.#options = options;
  }

  /** The store took this. */
  took(batch: Append): void {
    const at = this.#options.clock.now();
    const before = this.#calls.get(batch.callId)?.taken ?? [];
    const last = before.at(-1)?.batch;
    const isNext = last?.term === batch.term && last.owner === batch.owner && endOf(last) + 1 === batch.events[0]?.seq;
    if (last !== undefined && !isNext && last.term === batch.term && endOf(last) >= endOf(batch)) return; // the same again
    const taken = (isNext ? before : []).filter((one) => at - one.at <= missableMs);
    this.#calls.delete(batch.callId);
    this.#calls.set(batch.callId, { taken: [...taken, { at, batch }] });
    this.#forgetOld(at);
  }

  forget(callId: CallId): void {
    this.#calls.delete(callId);
  }

  /** The connection is there again, maybe to another server: sends all of it once more, and goes on until the store took it. What is there already stays as it is. */
  sendAgain(): void {
    this.#cancel();
    this.#round += 1;
    this.#forgetOld(this.#options.clock.now());
    void this.#send([...this.#calls.keys()], this.#round);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #send(callIds: readonly CallId[], round: number): Promise<void> {
    for (let at = 0; at < callIds.length; at += together) {
      const answers = await Promise.all(callIds.slice(at, at + together).map((callId) => this.#sendOne(callId)));
      if (this.#isStopped || round !== this.#round) return;
      const failed = answers.indexOf(false);
      if (failed === -1) continue;
      this.#cancel = this.#options.clock.after(retryMs, () => void this.#send(callIds.slice(at + failed), round));
      return;
    }
  }

  /** False: the store is away. */
  async #sendOne(callId: CallId): Promise<boolean> {
    const [first, ...more] = this.#calls.get(callId)?.taken ?? [];
    if (first === undefined) return true;
    const events = [first, ...more].flatMap(({ batch }) => batch.events);
    try {
      await this.#options.append({ ...first.batch, events });
      return true;
    } catch {
      return this.#options.clock.now() - (more.at(-1) ?? first).at > keptMs;
    }
  }

  #forgetOld(now: Milliseconds): void {
    for (const [callId, { taken }] of this.#calls) {
      if (now - (taken.at(-1)?.at ?? now) <= keptMs) return;
      this.#calls.delete(callId);
    }
  }
}

const endOf = ({ events }: Append): number => events.at(-1)?.seq ?? 0;
