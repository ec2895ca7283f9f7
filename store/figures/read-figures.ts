import type { WallTime } from '../../infra/brand.ts';
import { inTurns } from '../../infra/in-turns.ts';
import type {
  CallFigures,
  Figures,
  FiguresQuery,
  HandoffFigures,
  ReadFigures,
  Share,
  ToolFigures,
  TransferFigures,
} from './figures.ts';
import { type Histogram, type Percentiles, percentilesOf } from './histogram.ts';
import { newestSettledDay } from './settled.ts';
import { spelt, type Tallies, type Tally } from './tallies.ts';

/** A part of a whole. */
export const shareOf = (n: number, of: number): Share => ({ n, of, share: of === 0 ? null : n / of });

/** Sums of a period. */
interface Sums {
  readonly numbers: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, Histogram>>;
}

const reader =
  ({ numbers }: Sums) =>
  (field: string): number =>
    numbers[field] ?? 0;

const percentilesIn = ({ histograms }: Sums, name: string): Percentiles => percentilesOf(histograms[name] ?? []);

/** Of those of whom it is known. */
const shareOfVerdict = (sums: Sums, column: string): Share => {
  const of = reader(sums);
  return shareOf(of(`${column}.yes`), of(`${column}.yes`) + of(`${column}.no`));
};

const usd = (micros: number, n: number): { readonly usd: number | null; readonly n: number } => ({
  usd: n === 0 ? null : micros / n / 1_000_000,
  n,
});

/** Costs are counted as times are: in millionths of a dollar. */
const costsIn = (sums: Sums): Percentiles => {
  const { n, ...micros } = percentilesIn(sums, 'cost');
  const dollars = (value: number | null): number | null => (value === null ? null : value / 1_000_000);
  return { n, p50: dollars(micros.p50), p95: dollars(micros.p95), p99: dollars(micros.p99) };
};

/** Callers of the days that had seven days to call again, and how many did. */
interface Settled {
  readonly knownCaller: number;
  readonly repeated: number;
}

const callFigures = (sums: Sums, settled: Settled): CallFigures => {
  const of = reader(sums);
  const calls = of('calls');
  return {
    calls,
    turnedAway: of('turnedAway'),
    contained: shareOfVerdict(sums, 'contained'),
    resolved: shareOfVerdict(sums, 'resolved'),
    resolutionUnknown: shareOf(of('resolved.unknown'), calls),
    callerConfirmed: shareOfVerdict(sums, 'caller'),
    toolVerified: shareOfVerdict(sums, 'tool'),
    agentClaimed: shareOfVerdict(sums, 'agent'),
    notRepeated: shareOf(settled.knownCaller - settled.repeated, settled.knownCaller),
    handleMs: percentilesIn(sums, 'handle'),
    handedOff: shareOf(of('handedOff'), calls),
    abandonedInHandoff: shareOf(of('abandoned'), calls),
    askedAgain: shareOf(of('askedAgain'), calls),
    transferred: shareOf(of('transferred'), calls),
    callbackAsked: shareOf(of('callbackAsked'), calls),
    costPerCall: { ...costsIn(sums), ...usd(of('costUsdMicros'), of('costKnown')) },
    costPerResolved: usd(of('costUsdMicros'), of('costKnownResolved')),
    calledAgain: shareOf(of('repeated'), of('knownCaller')),
  };
};

const startingWith = ({ numbers }: Sums, start: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(numbers).flatMap(([field, n]) => (field.startsWith(start) ? [[field.slice(start.length), n]] : [])),
  );

/** How most spell its name. */
const spellingIn = (sums: Sums): string | undefined =>
  Object.entries(startingWith(sums, spelt)).sort(([one, n], [other, m]) => m - n || (one < other ? -1 : 1))[0]?.[0];

/** Handoffs that were committed, refused, and that failed. */
const outcomesIn = (sums: Sums): readonly [number, number, number] => {
  const of = reader(sums);
  return [of('handoff.committed'), of('handoff.refused'), of('handoff.failed')];
};

const handoffFigures = (sums: Sums): HandoffFigures => {
  const of = reader(sums);
  const [committed, refused, failed] = outcomesIn(sums);
  return {
    requested: committed + refused + failed,
    committed: shareOf(committed, committed + refused + failed),
    refused,
    failed,
    deadAirMs: percentilesIn(sums, 'deadAir'),
    firstAudioMs: percentilesIn(sums, 'firstAudio'),
    helpfulMs: percentilesIn(sums, 'helpful'),
    factsCarried: of('factsCarried'),
    carriedAll: shareOf(of('carriedAll'), committed),
    askedAgain: shareOf(of('handoffAskedAgain'), committed),
    handedBack: shareOfVerdict(sums, 'handedBack'),
    foreseen: shareOf(of('foreseen'), committed),
    byTrigger: startingWith(sums, 'trigger.'),
  };
};

const toolFigures = (sums: Sums): ToolFigures => {
  const of = reader(sums);
  const uses = of('uses');
  return {
    uses,
    failed: shareOf(of('status.error'), uses),
    timedOut: shareOf(of('status.timeout'), uses),
    ms: percentilesIn(sums, 'ms'),
    calls: of('calls'),
    failedCalls: of('calls.status.error'),
    timedOutCalls: of('calls.status.timeout'),
  };
};

const transferFigures = (sums: Sums): TransferFigures => {
  const of = reader(sums);
  return {
    requested: of('requested'),
    accepted: shareOf(of('accepted'), of('requested')),
    byOutcome: startingWith(sums, 'outcome.'),
    talkMs: percentilesIn(sums, 'talk'),
    calls: of('calls'),
    acceptedCalls: of('calls.accepted'),
    callsByOutcome: startingWith(sums, 'calls.outcome.'),
  };
};

/** Plain loops: a month has some hundred thousand numbers. */
const sum = (tallies: readonly Tally[]): Sums => {
  const numbers: Record<string, number> = {};
  const histograms: Record<string, number[]> = {};
  for (const { counts } of tallies)
    for (const field in counts) {
      const n = counts[field] ?? 0;
      if (typeof n === 'number') numbers[field] = (numbers[field] ?? 0) + n;
      else histograms[field] = withBuckets(histograms[field] ?? [], n);
    }
  return { numbers, histograms };
};

/** The same histogram, with these added to it. */
const withBuckets = (histogram: number[], buckets: readonly number[]): number[] => {
  for (let at = 0; at + 1 < buckets.length; at += 2) {
    const bucket = buckets[at] ?? 0;
    histogram[bucket] = (histogram[bucket] ?? 0) + (buckets[at + 1] ?? 0);
  }
  return histogram;
};

const settledIn = (tallies: readonly Tally[], now: WallTime): Settled => {
  const newest = newestSettledDay(now);
  const settled = tallies.filter(({ day }) => day <= newest).map(({ counts }) => counts);
  const total = (field: string): number =>
    settled.reduce((n, { [field]: more }) => n + (typeof more === 'number' ? more : 0), 0);
  return { knownCaller: total('knownCaller'), repeated: total('repeated') };
};

/** The sums of a name. */
interface Named {
  readonly name: string;
  readonly sums: Sums;
  readonly settled: Settled;
}

/** Those with the most weight first. */
const named = async (
  tallies: readonly Tally[],
  now: WallTime,
  weight: (sums: Sums) => number,
): Promise<readonly Named[]> => {
  const byName = [...Map.groupBy(tallies, ({ name }) => name)];
  const all = await inTurns(byName, 1, ([name, ofName]) => ({ name, sums: sum(ofName), settled: settledIn(ofName, now) }));
  return all
    .filter(({ sums }) => weight(sums) > 0)
    .sort((a, b) => weight(b.sums) - weight(a.sums) || (a.name < b.name ? -1 : 1));
};

const numberOf =
  (field: string) =>
  (sums: Sums): number =>
    reader(sums)(field);

const handoffsIn = (sums: Sums): number => outcomesIn(sums).reduce((total, n) => total + n, 0);

const nobody: Settled = { knownCaller: 0, repeated: 0 };

/** Oldest first. */
const daysOf = (tallies: readonly Tally[]): Promise<Figures['days']> => {
  const byDay = [...Map.groupBy(tallies, ({ day }) => day)].sort(([one], [other]) => (one < other ? -1 : 1));
  return inTurns(byDay, 1, ([day, ofDay]) => {
    const sums = sum(ofDay);
    const { calls, contained, resolved, handedOff, handleMs } = callFigures(sums, nobody);
    const { deadAirMs, helpfulMs } = handoffFigures(sums);
    return { day, calls, contained, resolved, handedOff, deadAirMs, helpfulMs, handleMs };
  });
};

/** Reads the figures of a period out of the sums. */
export const figuresFrom =
  (tallies: Pick<Tallies, 'read' | 'lines'>, now: () => WallTime): ReadFigures =>
  async ({ from, to, line }: FiguresQuery): Promise<Figures> => {
    const period = { from, to, line };
    const [lines, all, agents, pairs, categories, tools, people] = await Promise.all([
      tallies.lines(),
      tallies.read({ ...period, kind: 'all' }),
      tallies.read({ ...period, kind: 'agent' }),
      tallies.read({ ...period, kind: 'pair' }),
      tallies.read({ ...period, kind: 'category' }),
      tallies.read({ ...period, kind: 'tool' }),
      tallies.read({ ...period, kind: 'person' }),
    ]);
    const at = now();
    const total = sum(all);
    const calls = numberOf('calls');
    return {
      from,
      to,
      line: line ?? null,
      lines,
      all: callFigures(total, settledIn(all, at)),
      handoffs: handoffFigures(total),
      agents: (await named(agents, at, calls)).map(({ name, sums, settled }) => ({
        agent: name,
        ...callFigures(sums, settled),
      })),
      categories: (await named(categories, at, (sums) => calls(sums) + handoffsIn(sums) / 1e9)).map(
        ({ name, sums, settled }) => ({
          category: spellingIn(sums) ?? name,
          ...callFigures(sums, settled),
          handoffs: handoffFigures(sums),
        }),
      ),
      pairs: (await named(pairs, at, handoffsIn)).map(({ name, sums }) => {
        const [source = '', target = ''] = name.split('>');
        return { from: source, to: target, ...handoffFigures(sums) };
      }),
      tools: (await named(tools, at, numberOf('uses'))).map(({ name, sums }) => ({
        tool: name,
        ...toolFigures(sums),
      })),
      people: (await named(people, at, numberOf('requested'))).map(({ name, sums }) => ({
        person: name,
        ...transferFigures(sums),
      })),
      days: await daysOf(all),
    };
  };
