import type { WallTime } from '../../infra/brand.ts';
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
import { percentilesOf } from './histogram.ts';
import type { Counts, Tallies, Tally } from './tallies.ts';

/** A caller who does not call again within this time had no reason to. */
const repeatMs = 7 * 86_400_000;
const dayMs = 86_400_000;

/** A part of a whole. */
export const shareOf = (n: number, of: number): Share => ({ n, of, share: of === 0 ? null : n / of });

const reader = (counts: Counts) => (field: string) => counts[field] ?? 0;

/** Of those of whom it is known. */
const shareOfVerdict = (counts: Counts, column: string): Share => {
  const of = reader(counts);
  return shareOf(of(`${column}.yes`), of(`${column}.yes`) + of(`${column}.no`));
};

const usd = (micros: number, n: number): { readonly usd: number | null; readonly n: number } => ({
  usd: n === 0 ? null : micros / n / 1_000_000,
  n,
});

/** `settled`: the sums of the days whose callers had seven days to call again. */
const callFigures = (counts: Counts, settled: Counts): CallFigures => {
  const of = reader(counts);
  const ofSettled = reader(settled);
  const calls = of('calls');
  return {
    calls,
    turnedAway: of('turnedAway'),
    contained: shareOfVerdict(counts, 'contained'),
    resolved: shareOfVerdict(counts, 'resolved'),
    resolutionUnknown: shareOf(of('resolved.unknown'), calls),
    callerConfirmed: shareOfVerdict(counts, 'caller'),
    toolVerified: shareOfVerdict(counts, 'tool'),
    agentClaimed: shareOfVerdict(counts, 'agent'),
    notRepeated: shareOf(ofSettled('knownCaller') - ofSettled('repeated'), ofSettled('knownCaller')),
    handleMs: percentilesOf(counts, 'handle'),
    handedOff: shareOf(of('handedOff'), calls),
    abandonedInHandoff: shareOf(of('abandoned'), calls),
    askedAgain: shareOf(of('askedAgain'), calls),
    transferred: shareOf(of('transferred'), calls),
    costPerCall: usd(of('costUsdMicros'), of('costKnown')),
    costPerResolved: usd(of('costUsdMicros'), of('costKnownResolved')),
  };
};

const startingWith = (counts: Counts, start: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(counts).flatMap(([field, n]) => (field.startsWith(start) ? [[field.slice(start.length), n]] : [])),
  );

const handoffFigures = (counts: Counts): HandoffFigures => {
  const of = reader(counts);
  const [committed, refused, failed] = [of('handoff.committed'), of('handoff.refused'), of('handoff.failed')];
  return {
    requested: committed + refused + failed,
    committed: shareOf(committed, committed + refused + failed),
    refused,
    failed,
    deadAirMs: percentilesOf(counts, 'deadAir'),
    firstAudioMs: percentilesOf(counts, 'firstAudio'),
    helpfulMs: percentilesOf(counts, 'helpful'),
    factsCarried: of('factsCarried'),
    carriedAll: shareOf(of('carriedAll'), committed),
    askedAgain: shareOf(of('handoffAskedAgain'), committed),
    handedBack: shareOfVerdict(counts, 'handedBack'),
    foreseen: shareOf(of('foreseen'), committed),
    byTrigger: startingWith(counts, 'trigger.'),
  };
};

const toolFigures = (counts: Counts): ToolFigures => {
  const of = reader(counts);
  const uses = of('uses');
  return {
    uses,
    failed: shareOf(of('status.error'), uses),
    timedOut: shareOf(of('status.timeout'), uses),
    ms: percentilesOf(counts, 'ms'),
  };
};

const transferFigures = (counts: Counts): TransferFigures => {
  const of = reader(counts);
  return {
    requested: of('requested'),
    accepted: shareOf(of('accepted'), of('requested')),
    byOutcome: startingWith(counts, 'outcome.'),
    talkMs: percentilesOf(counts, 'talk'),
  };
};

const sum = (tallies: readonly Tally[]): Counts => {
  const counts: Record<string, number> = {};
  // A month has some hundred thousand fields: no pairs are made of them.
  for (const { counts: more } of tallies)
    for (const field in more) counts[field] = (counts[field] ?? 0) + (more[field] ?? 0);
  return counts;
};

/** What of the sums of settled days is looked at. */
const sumSettled = (tallies: readonly Tally[]): Counts => {
  let [knownCaller, repeated] = [0, 0];
  for (const { counts } of tallies) {
    knownCaller += counts['knownCaller'] ?? 0;
    repeated += counts['repeated'] ?? 0;
  }
  return { knownCaller, repeated };
};

/** A slice by name: its sums, and those of settled days. */
interface Named {
  readonly name: string;
  readonly counts: Counts;
  readonly settled: Counts;
}

const isSettled =
  (now: WallTime) =>
  ({ day }: Tally): boolean =>
    Date.parse(day) + dayMs + repeatMs <= now;

/** Those with the most of `field` first. */
const named = (tallies: readonly Tally[], now: WallTime, weight: (counts: Counts) => number): readonly Named[] =>
  [...Map.groupBy(tallies, ({ name }) => name)]
    .map(([name, ofName]) => ({ name, counts: sum(ofName), settled: sumSettled(ofName.filter(isSettled(now))) }))
    .filter(({ counts }) => weight(counts) > 0)
    .sort((a, b) => weight(b.counts) - weight(a.counts) || (a.name < b.name ? -1 : 1));

const handoffsIn = (counts: Counts): number =>
  Object.values(startingWith(counts, 'handoff.')).reduce((total, n) => total + n, 0);

const daysOf = (tallies: readonly Tally[]): Figures['days'] =>
  [...Map.groupBy(tallies, ({ day }) => day)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([day, ofDay]) => {
      const counts = sum(ofDay);
      const { calls, contained, resolved, handedOff, handleMs } = callFigures(counts, {});
      const { deadAirMs, helpfulMs } = handoffFigures(counts);
      return { day, calls, contained, resolved, handedOff, deadAirMs, helpfulMs, handleMs };
    });

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
    const calls = (counts: Counts) => counts['calls'] ?? 0;
    return {
      from,
      to,
      line: line ?? null,
      lines,
      all: callFigures(total, sumSettled(all.filter(isSettled(at)))),
      handoffs: handoffFigures(total),
      agents: named(agents, at, calls).map(({ name, counts, settled }) => ({
        agent: name,
        ...callFigures(counts, settled),
      })),
      categories: named(categories, at, (counts) => calls(counts) + handoffsIn(counts) / 1e9).map(
        ({ name, counts, settled }) => ({
          category: name,
          ...callFigures(counts, settled),
          handoffs: handoffFigures(counts),
        }),
      ),
      pairs: named(pairs, at, handoffsIn).map(({ name, counts }) => {
        const [source = '', target = ''] = name.split('>');
        return { from: source, to: target, ...handoffFigures(counts) };
      }),
      tools: named(tools, at, (counts) => counts['uses'] ?? 0).map(({ name, counts }) => ({
        tool: name,
        ...toolFigures(counts),
      })),
      people: named(people, at, (counts) => counts['requested'] ?? 0).map(({ name, counts }) => ({
        person: name,
        ...transferFigures(counts),
      })),
      days: daysOf(all),
    };
  };
