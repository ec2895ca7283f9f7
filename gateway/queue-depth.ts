import { ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import type { JobQueue } from '../infra/queue/queue.ts';
import type { GatewayMetrics } from './metrics.ts';

export interface QueueDepthOptions {
  readonly queue: Pick<JobQueue, 'counts'>;
  readonly clock: Clock;
  readonly metrics: Pick<GatewayMetrics, 'gauge'>;
}

const everyMs = 10_000;
/** While the store is away it is not asked more often than this. */
const awayMs = 60_000;

/** How many jobs there are, looked up in the background, so that whoever asks for figures never waits for the store. */
export class QueueDepth {
  readonly #options: QueueDepthOptions;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(options: QueueDepthOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { queue, clock, metrics } = this.#options;
    let wait = everyMs;
    try {
      for (const [name, counts] of Object.entries(await queue.counts()))
        for (const [state, jobs] of Object.entries(counts)) metrics.gauge('throughline_jobs_depth', jobs, { name, state });
    } catch {
      wait = awayMs; // whoever needs the store says that it is away
    }
    if (!this.#isStopped) this.#cancel = clock.after(ms(wait), () => void this.#look());
  }
}
