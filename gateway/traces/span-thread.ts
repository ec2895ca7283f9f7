import { Worker } from 'node:worker_threads';
import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { type Thinned, thinned } from '../../infra/thinned.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { Settled } from './otlp.ts';
import type { CallSpan, SpanSink } from './span.ts';

export interface SpanThreadOptions {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
}

/** Spans that are on their way: what a collector that is away costs in memory, a few megabytes. */
const mostUnderWay = 4_096;
/** How long the end of the process may wait for the collector. */
const closeMs = ms(1_900);
const warnEvery: Milliseconds = ms(60_000);

/** Sends spans from a thread of its own, at most so many at a time; what is too much is dropped and counted. */
export class SpanThread implements SpanSink {
  readonly #options: SpanThreadOptions;
  readonly #worker: Worker;
  readonly #warn: Thinned;
  readonly #ended = Promise.withResolvers<void>();
  #underWay = 0;
  /** Lost, and in no line of the log yet. */
  #unsaid = 0;
  #isOver = false;

  constructor(options: SpanThreadOptions) {
    this.#options = options;
    this.#warn = thinned(options.clock, warnEvery);
    this.#worker = new Worker(new URL('./span-worker.ts', import.meta.url), { workerData: options.endpoint });
    this.#worker.unref();
    this.#worker.on('message', (settled: Settled) => this.#settled(settled));
    this.#worker.on('error', (error) =>
      this.#options.log.error({ error: messageOf(error) }, 'traces are not sent any more: their thread broke'),
    );
    this.#worker.on('exit', () => {
      this.#isOver = true;
      if (this.#underWay > 0) this.#lost('failed', this.#underWay, 'their thread has ended');
      this.#underWay = 0;
      this.#ended.resolve();
    });
  }

  /** Spans that are neither sent nor lost. */
  get underWay(): number {
    return this.#underWay;
  }

  give(spans: readonly CallSpan[]): void {
    const count = spans.length;
    if (this.#isOver || this.#underWay + count > mostUnderWay) {
      this.#lost('dropped', count, this.#isOver ? 'their thread has ended' : 'too many wait for the collector');
      return;
    }
    this.#underWay += count;
    this.#worker.postMessage(spans);
  }

  /** Sends what is left, for two seconds at most. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#worker.postMessage('close');
    const cancel = this.#options.clock.after(closeMs, () => void this.#worker.terminate());
    await this.#ended.promise;
    cancel();
  }

  #settled(settled: Settled): void {
    const { outcome, count } = settled;
    this.#underWay -= count;
    if (outcome === 'sent') this.#options.metrics.count('throughline_spans_total', { outcome }, count);
    else this.#lost(outcome, count, settled.why);
  }

  #lost(outcome: 'failed' | 'dropped', count: number, why: string): void {
    const { metrics, log, endpoint } = this.#options;
    metrics.count('throughline_spans_total', { outcome }, count);
    this.#unsaid += count;
    this.#warn(outcome, () => {
      log.warn(
        { count: this.#unsaid, error: why },
        `spans of traces were lost: is the collector at OTEL_EXPORTER_OTLP_ENDPOINT (${endpoint}) up, and does it take OTLP over HTTP?`,
      );
      this.#unsaid = 0;
    });
  }
}
