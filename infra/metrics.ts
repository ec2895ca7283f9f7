import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. A caller notices silence from about 0.3 s on and hangs up after several. */
const speechBuckets = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
const causes = ['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return'];

/** What the adapters count. */
const notices = [
  ...['twilio_message_ignored', 'twilio_message_bad', 'twilio_media_gap', 'twilio_socket_stuck', 'twilio_stream_refused'],
  ...[
    'twilio_stream_error',
    'twilio_sequence_jump',
    'stream_refused',
    'stream_failed',
    'upgrade_refused',
    'webhook_refused',
    'webhook_failed',
    'webhook_fallback',
  ],
  ...['stale-audio', 'error-fatal', 'error-retry', 'error-ignore', 'response-wish-dropped'],
];

/**
 * Every metric there is. Labels list their values: anything else is counted as `other`, so that no caller, model or client can
 * make new time series, and no number or id gets into one.
 */
const declared = {
  throughline_calls_started_total: { type: 'counter', help: 'Calls taken', labels: { cause: ['answer', 'resume'] } },
  throughline_calls_ended_total: {
    type: 'counter',
    help: 'Calls ended, by who or what ended them',
    labels: { reason: ['caller-hung-up', 'agent-ended', 'idle', 'too-long', 'failed', 'shut-down', 'moved'] },
  },
  throughline_calls_active: { type: 'gauge', help: 'Calls served now', labels: {} },
  throughline_calls_refused_total: {
    type: 'counter',
    help: 'Calls not taken',
    labels: { reason: ['full', 'caller-limit', 'draining'] },
  },
  throughline_binds_total: {
    type: 'counter',
    help: 'Binds, by cause and outcome',
    labels: { cause: causes, outcome: ['committed', 'failed', 'refused'] },
  },
  throughline_bind_seconds: {
    type: 'histogram',
    help: 'Time from the request of a bind to its commit',
    labels: { cause: causes },
    buckets: speechBuckets,
  },
  throughline_handoff_dead_air_seconds: {
    type: 'histogram',
    help: 'Silence heard at a handoff',
    labels: {},
    buckets: speechBuckets,
  },
  throughline_session_failures_total: {
    type: 'counter',
    help: 'Model sessions that failed',
    labels: { fatal: ['true', 'false'] },
  },
  throughline_barge_ins_total: { type: 'counter', help: 'Times that a caller cut an agent off', labels: {} },
  throughline_notices_total: {
    type: 'counter',
    help: 'What was ignored, refused or went wrong at the edges',
    labels: { peer: ['carrier', 'model'], what: notices },
  },
  throughline_store_errors_total: {
    type: 'counter',
    help: 'Claims and appends of calls that the store did not take',
    labels: {},
  },
} as const satisfies Record<string, Declaration>;

interface Declaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly buckets?: readonly number[];
}

type Named<Type> = {
  [Name in keyof typeof declared]: (typeof declared)[Name]['type'] extends Type ? Name : never;
}[keyof typeof declared];
export type Labels = Readonly<Record<string, string>>;

/** Figures for operators, by name. Never throws: a label value that was not declared counts as `other`. */
export interface Metrics {
  count(name: Named<'counter'>, labels?: Labels): void;
  gauge(name: Named<'gauge'>, value: number): void;
  /** Histograms are in seconds. */
  observe(name: Named<'histogram'>, seconds: number, labels?: Labels): void;
  /** All of them in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

const build = (name: string, declaration: Declaration, registry: Registry): Counter | Gauge | Histogram => {
  const common = { name, help: declaration.help, labelNames: Object.keys(declaration.labels), registers: [registry] };
  if (declaration.type === 'counter') return new Counter(common);
  if (declaration.type === 'gauge') return new Gauge(common);
  return new Histogram({ ...common, buckets: [...(declaration.buckets ?? [])] });
};

const known = (declaration: Declaration, labels: Labels): Record<string, string> =>
  Object.fromEntries(
    Object.entries(declaration.labels).map(([label, values]) => {
      const value = labels[label] ?? '';
      return [label, values.includes(value) ? value : 'other'];
    }),
  );

export interface MetricsOptions {
  /** Also the process's own figures: CPU, memory, event loop. */
  readonly ofProcess?: boolean;
}

export const createMetrics = ({ ofProcess = false }: MetricsOptions = {}): Metrics => {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const metrics = new Map(Object.entries(declared).map(([name, declaration]) => [name, build(name, declaration, registry)]));
  return {
    count: (name, labels = {}) => {
      const metric = metrics.get(name);
      if (metric instanceof Counter) metric.inc(known(declared[name], labels));
    },
    gauge: (name, value) => {
      const metric = metrics.get(name);
      if (metric instanceof Gauge) metric.set(value);
    },
    observe: (name, seconds, labels = {}) => {
      const metric = metrics.get(name);
      if (metric instanceof Histogram) metric.observe(known(declared[name], labels), seconds);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
