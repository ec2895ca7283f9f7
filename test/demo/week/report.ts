import type { Figures, Share } from '../../../store/figures/figures.ts';
import type { Percentiles } from '../../../store/figures/histogram.ts';
import type { SuggestionView } from '../../../store/suggestions/view.ts';
import { grounds } from './arms.ts';

/** What `--week --json` prints. All numbers are read back from the store. */
export interface WeekReport {
  /** What nobody may miss. */
  readonly note: string;
  readonly store: string;
  readonly from: string;
  readonly to: string;
  /** Calls, those turned away among them, and handoffs that were asked for. */
  readonly calls: number;
  readonly handoffs: number;
  readonly suggestions: readonly SuggestionView[];
  readonly figures: { readonly without: Figures; readonly withContext: Figures };
  readonly assumptions: readonly string[];
  readonly tookMs: number;
}

export const note =
  'A simulation: synthetic calls, made up with the assumptions below. It shows what the figures look like, and proves nothing about real callers.';

type Found = Pick<WeekReport, 'store' | 'from' | 'to' | 'suggestions' | 'figures' | 'tookMs'>;

export const reportOf = (found: Found): WeekReport => {
  const arms = [found.figures.without, found.figures.withContext];
  const sum = (numberOf: (figures: Figures) => number): number => arms.reduce((total, arm) => total + numberOf(arm), 0);
  return {
    note,
    ...found,
    calls: sum(({ all }) => all.calls + all.turnedAway),
    handoffs: sum(({ handoffs }) => handoffs.requested),
    assumptions: grounds,
  };
};

const share = ({ share: part, n, of }: Share): string =>
  part === null ? 'not known' : `${(100 * part).toFixed(1)} % (${n} of ${of})`;

const seconds = (ms: number | null): string => (ms === null ? '-' : (ms / 1_000).toFixed(1));
const spread = ({ p50, p95, n }: Percentiles): string => `${seconds(p50)} / ${seconds(p95)} s (n ${n})`;
const usd = ({ usd: cost, n }: { readonly usd: number | null; readonly n: number }): string =>
  cost === null ? 'not known' : `$${cost.toFixed(3)} (n ${n})`;

const rows: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['calls that agents took', ({ all }) => String(all.calls)],
  ['handoff time p50 / p95', ({ handoffs }) => spread(handoffs.helpfulMs)],
  ['resolved, of those known', ({ all }) => share(all.resolved)],
  ['resolution not known', ({ all }) => share(all.resolutionUnknown)],
  ['dead air p50 / p95', ({ handoffs }) => spread(handoffs.deadAirMs)],
  ['asked again at a handoff', ({ handoffs }) => share(handoffs.askedAgain)],
  ['handle time p50 / p95', ({ all }) => spread(all.handleMs)],
  ['handed off', ({ all }) => share(all.handedOff)],
  ['abandoned in handoff', ({ all }) => share(all.abandonedInHandoff)],
  ['contained', ({ all }) => share(all.contained)],
  ['cost per call', ({ all }) => usd(all.costPerCall)],
  ['cost per resolved call', ({ all }) => usd(all.costPerResolved)],
];

/** The two arms side by side. Its first line says what it is. */
export const weekText = ({ figures, ...report }: WeekReport): readonly string[] => [
  note,
  '',
  `${report.calls} synthetic calls from ${report.from} to ${report.to} (UTC), ${report.handoffs} handoffs; in ${(report.tookMs / 1_000).toFixed(0)} s.`,
  'Handoff time: from the request to the first word of the specialist that was not asking for what is known.',
  '',
  line('', 'without context handoff', 'with context handoff'),
  ...rows.map(([name, cell]) => line(name, cell(figures.without), cell(figures.withContext))),
  '',
  'What these calls suggest:',
  ...(report.suggestions.length === 0
    ? ['  nothing that is sure enough']
    : report.suggestions.map(({ line: of, text }) => `  ${of}: ${text}`)),
  '',
  'Where the difference comes from:',
  ...report.assumptions.map((ground) => `  ${ground}`),
];

const line = (name: string, before: string, after: string): string => `${name.padEnd(26)}${before.padEnd(26)}${after}`;

/** What to do next. */
export const nextSteps = (store: string): readonly string[] => [
  '',
  `To look at it: STORE=${store} npm start, and then http://127.0.0.1:8081/`,
];
