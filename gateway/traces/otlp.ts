import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { messageOf } from '../../infra/errors.ts';
import type { CallSpan } from './span.ts';

export interface OtlpOptions {
  /** Of the collector, without `/v1/traces`. Headers and certificates come from OpenTelemetry's own variables. */
  readonly endpoint: string;
  /** What became of spans that were given. */
  readonly onSettled: (settled: Settled) => void;
}

/** So many spans were taken by the collector, or were not. */
export type Settled =
  | { readonly outcome: 'sent'; readonly count: number }
  | { readonly outcome: 'failed'; readonly count: number; readonly why: string };

export interface Otlp {
  give(spans: readonly CallSpan[]): void;
  /** Sends what is left. Never rejects. */
  close(): Promise<void>;
}

/** More than the sender ever has under way, so that nothing is dropped in here. */
const queueSize = 8_192;
const batchSize = 256;
const everyMs = 1_000;
const exportMs = 5_000;

const hrTime = (ms: number): HrTime => [Math.trunc(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

const counted = (exporter: SpanExporter, onSettled: OtlpOptions['onSettled']): SpanExporter => ({
  export: (spans: ReadableSpan[], done) => {
    exporter.export(spans, (result) => {
      const count = spans.length;
      if (result.code === 0) onSettled({ outcome: 'sent', count });
      else onSettled({ outcome: 'failed', count, why: messageOf(result.error ?? 'no reason given') });
      done(result);
    });
  },
  forceFlush: async () => exporter.forceFlush?.(),
  shutdown: () => exporter.shutdown(),
});

/** Loads OpenTelemetry's SDK, which nothing else does, and sends spans by OTLP over HTTP, in batches. */
export const openOtlp = async ({ endpoint, onSettled }: OtlpOptions): Promise<Otlp> => {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: exportMs });
  const processor = new sdk.BatchSpanProcessor({
    exporter: counted(exporter, onSettled),
    maxQueueSize: queueSize,
    maxExportBatchSize: batchSize,
    scheduledDelayMillis: everyMs,
    exportTimeoutMillis: exportMs,
  });
  let next = { traceId: '', spanId: '' };
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'throughline' }),
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('throughline');
  const contextOf = (traceId: string, spanId: string): SpanContext => ({
    traceId,
    spanId,
    traceFlags: api.TraceFlags.SAMPLED,
  });
  const give = ({ traceId, spanId, parentId, startedAt, endedAt, ...span }: CallSpan): void => {
    next = { traceId, spanId };
    const around =
      parentId === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, contextOf(traceId, parentId));
    const kind = parentId === undefined ? api.SpanKind.SERVER : api.SpanKind.INTERNAL;
    const links = span.follows.map((id) => ({ context: contextOf(traceId, id) }));
    const options = { kind, startTime: hrTime(startedAt), attributes: { ...span.values }, links };
    const made = tracer.startSpan(span.name, options, around);
    for (const { name, at, values } of span.moments) made.addEvent(name, { ...values }, hrTime(at));
    if (span.failure !== undefined) made.setStatus({ code: api.SpanStatusCode.ERROR, message: span.failure });
    made.end(hrTime(endedAt));
  };
  return {
    give: (spans) => {
      for (const span of spans) give(span);
    },
    close: () => provider.shutdown().catch(() => {}),
  };
};
