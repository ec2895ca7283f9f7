import { type CallId, ms, type WallTime } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { JobQueue } from '../infra/queue/queue.ts';
import type { ContextBundle } from '../store/context/bundle.ts';
import { foldCall } from '../store/context/fold.ts';
import type { ContextStore, UnfinishedCall } from '../store/context-store.ts';
import { jobsOfEnd } from '../store/jobs.ts';
import { isWithOthers } from './call/with-others.ts';
import type { GatewayMetrics } from './metrics.ts';

export interface CallRelayOptions {
  readonly contexts: Pick<ContextStore, 'unfinished' | 'load' | 'finish'>;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
  /** 0 to 1. */
  readonly random: () => number;
  /** The longest that a call may last, in ms. */
  readonly longestCallMs: number;
  /** Whether callers are remembered. */
  readonly remembersCallers: boolean;
}

const lookEveryMs = 60_000;
/** A process that lives has queued the jobs of a call long before. */
const endedMs = 120_000;
/** Beyond the longest call: nobody will end this one any more. */
const graceMs = 3_600_000;
/** Callers who are with a person, or pay, are with nobody of ours. */
const awayMs = 43_200_000;
/** Jobs that were added need not be added again sooner; equal keys would make it nothing. */
const patienceMs = 600_000;
const mostListed = 10_000;
/** Whole logs are read, one after the other: many at once would keep a serving process from its calls. */
const mostRead = 200;

interface Seen {
  readonly touchedAt: WallTime;
  readonly lookAgainAt: number;
  /** Whether its jobs were added. */
  readonly isFound: boolean;
}

/**
 * Sees to it that what is to be done at the end of a call is done, also when the process that had the call died before it could say so: the
 * stores know which calls are not finished. Every process that works jobs has one; equal keys make what several find one job.
 */
export class CallRelay {
  readonly #options: CallRelayOptions;
  /** Calls that need no look until then, unless they are touched. */
  #seen: ReadonlyMap<CallId, Seen> = new Map();
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(options: CallRelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #later(): void {
    if (this.#isStopped) return;
    const { clock, random } = this.#options;
    this.#cancel = clock.after(ms(lookEveryMs * (0.75 + random() / 2)), () => void this.look().then(() => this.#later()));
  }

  /** Looks through all calls that are not finished. Never rejects. */
  async look(): Promise<void> {
    const { contexts, log } = this.#options;
    try {
      const listed = await contexts.unfinished({ untouchedForMs: endedMs, limit: mostListed });
      this.#seen = await this.#lookAt(listed);
    } catch (error) {
      log.warn(
        { error: messageOf(error) },
        'the store could not be searched for calls that ended unseen; it is tried again',
      );
    }
  }

  async #lookAt(listed: readonly UnfinishedCall[]): Promise<ReadonlyMap<CallId, Seen>> {
    const seen = new Map<CallId, Seen>();
    let read = 0;
    for (const call of listed) {
      const known = this.#seen.get(call.callId);
      const same = known?.touchedAt === call.touchedAt ? known : undefined;
      if (same !== undefined && (same.lookAgainAt > this.#options.clock.wall() || read === mostRead)) {
        seen.set(call.callId, same);
        continue;
      }
      if (read === mostRead || this.#isStopped) continue;
      read += 1;
      const found = await this.#judge(call, same?.isFound === true);
      if (found !== undefined) seen.set(call.callId, found);
    }
    return seen;
  }

  /** Adds the jobs of a call that is over; undefined: the store does not know it any more. */
  async #judge({ callId, touchedAt }: UnfinishedCall, wasFound: boolean): Promise<Seen | undefined> {
    const { contexts, queue, clock, log, metrics, remembersCallers } = this.#options;
    const call = await contexts.load(callId);
    if (call === undefined) {
      await contexts.finish(callId);
      return undefined;
    }
    const bundle = foldCall(callId, call.events);
    const what = bundle.ended === undefined ? 'lost' : 'ended';
    const lostAt = touchedAt + this.#patienceWith(bundle);
    if (what === 'lost' && lostAt > clock.wall()) return { touchedAt, lookAgainAt: lostAt, isFound: false };
    for (const job of jobsOfEnd(bundle, { term: call.term, remembers: remembersCallers })) await queue.add(job);
    if (!wasFound) {
      metrics.count('throughline_relay_finds_total', { what });
      log.info({ callId, what }, 'a call ended and nobody has told it all yet: its jobs are queued again');
    }
    return { touchedAt, lookAgainAt: clock.wall() + patienceMs, isFound: true };
  }

  #patienceWith(bundle: ContextBundle): number {
    const longest = this.#options.longestCallMs + graceMs;
    return isWithOthers(bundle) ? Math.max(longest, awayMs) : longest;
  }
}
