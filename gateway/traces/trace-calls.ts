import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { thinned } from '../../infra/thinned.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import type { Settings } from '../config/settings.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { CallTracer } from './call-tracer.ts';
import { SpanThread } from './span-thread.ts';

export interface TracesGround {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  readonly contexts: Pick<ContextStore, 'load'>;
}

export interface TracesSettings extends Pick<Settings, 'otlpEndpoint'> {
  readonly openai: Pick<Settings['openai'], 'realtimeModel'>;
}

/** The traces of a process. */
export interface Traces {
  /** To be told of every event of every call. */
  readonly onEvent: (callId: CallId, event: ContextEvent) => void;
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>;
}

/** Traces of all calls, where a collector is set; else undefined, and nothing is loaded for them. */
export const traceCalls = (
  { otlpEndpoint: endpoint, openai }: TracesSettings,
  { clock, log, metrics, contexts }: TracesGround,
): Traces | undefined => {
  if (endpoint === undefined) return undefined;
  const sink = new SpanThread({ endpoint, clock, log, metrics });
  const load = async (callId: CallId) => (await contexts.load(callId))?.events;
  const warn = thinned(clock, ms(60_000));
  const onTrouble = (callId: CallId, error: unknown) =>
    warn('trouble', (keptBack) =>
      log.warn(
        { callId, count: keptBack, error: messageOf(error) },
        "a call's trace has a hole: its log could not be read or told",
      ),
    );
  const tracer = new CallTracer({ about: { model: openai.realtimeModel }, sink, load, onTrouble });
  return { onEvent: tracer.learn, close: () => sink.close() };
};
