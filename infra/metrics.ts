import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A metric. Histograms are in seconds and need `buckets`. */
export interface Declaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Its labels with their values; `words`: short words that come from code, at most 64 of them. */
  readonly labels: Readonly<Record<string, readonly string[] | 'words'>>;
  readonly buckets?: readonly number[];
}

type Declared = Readonly<Record<string, Declaration>>;
type Named<All extends Declared, Type> = {
  [Name in keyof All]: All[Name]['type'] extends Type ? Name : never;
}[keyof All];
export type Labels = Readonly<Record<string, string>>;

/**
 * Figures for operators, by name. Never throws. A label value that was not declared counts as `other`, so that no caller, model or
 * client can make new time series, and no number or id gets into one.
 */
export interface Metrics<All extends Declared> {
  count(name: Named<All, 'counter'>, labels?: Labels, by?: number): void;
  gauge(name: Named<All, 'gauge'>, value: number, labels?: Labels): void;
  /** Histograms are in seconds. */
  observe(name: Named<All, 'histogram'>, seconds: number, labels?: Labels): void;
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

const mostWords = 64;

/** Lets the values of one metric's labels through, or makes them `other`. */
const gateOf = ({ labels }: Declaration): ((given: Labels) => Record<string, string>) => {
  const words = new Set<string>();
  const isWord = (value: string): boolean => {
    if (words.has(value)) return true;
    if (words.size >= mostWords || !/^[a-z][a-z -]{0,31}$/.test(value)) return false;
    words.add(value);
    return true;
  };
  return (given) =>
    Object.fromEntries(
      Object.entries(labels).map(([label, values]) => {
        const value = given[label] ?? '';
        if (values === 'words') return [label, value === '' || isWord(value) ? value : 'other'];
        return [label, values.includes(value) ? value : 'other'];
      }),
    );
};

export interface MetricsOptions {
  /** Also the process's own figures: CPU, memory, event loop. */
  readonly ofProcess?: boolean;
}

export const createMetrics = <All extends Declared>(
  declared: All,
  { ofProcess = false }: MetricsOptions = {},
): Metrics<All> => {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const metrics = new Map<keyof All, ReturnType<typeof build>>();
  const gates = new Map<keyof All, ReturnType<typeof gateOf>>();
  for (const [name, declaration] of Object.entries(declared)) {
    metrics.set(name, build(name, declaration, registry));
    gates.set(name, gateOf(declaration));
  }
  const labelsOf = (name: keyof All, given: Labels) => gates.get(name)?.(given) ?? {};
  return {
    count: (name, given = {}, by = 1) => {
      const metric = metrics.get(name);
      if (metric instanceof Counter) metric.inc(labelsOf(name, given), by);
    },
    gauge: (name, value, given = {}) => {
      const metric = metrics.get(name);
      if (metric instanceof Gauge) metric.set(labelsOf(name, given), value);
    },
    observe: (name, seconds, given = {}) => {
      const metric = metrics.get(name);
      if (metric instanceof Histogram) metric.observe(labelsOf(name, given), seconds);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
