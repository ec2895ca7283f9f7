import type { FiguresPlan, StoreFigures } from './figures.ts';

/** What is claimed, in ms. */
const claims = { workMs: 1, monthMs: 50 };

const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const verdict = (isHeld: boolean): string => (isHeld ? 'yes' : 'no');
const table = (rows: readonly (readonly string[])[]): string => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const workRows = (figures: readonly StoreFigures[]): readonly (readonly string[])[] => [
  [
    'store',
    'what',
    'CPU per record',
    'thread of jobs busy, waits for a core included',
    'records per second',
    'refused',
    'CPU of the store',
    'done p50 / p99',
    `under ${claims.workMs} ms`,
  ],
  ['---', '---', '---', '---', '---', '---', '---', '---', '---'],
  ...figures.flatMap(({ store, worked }) =>
    worked.map(({ what, cpuMs, busyMs, rate, done, refused, storeMs }) => [
      store,
      what,
      `${ms(cpuMs)} ms`,
      `${ms(busyMs)} ms`,
      rate.toFixed(0),
      String(refused),
      storeMs === null ? 'in the first' : `${ms(storeMs)} ms`,
      `${ms(done.p50)} / ${ms(done.p99)} ms`,
      verdict(cpuMs < claims.workMs),
    ]),
  ),
];

const monthRows = (figures: readonly StoreFigures[]): readonly (readonly string[])[] => [
  ['store', 'p50', 'p95', 'CPU of this process', `under ${claims.monthMs} ms`],
  ['---', '---', '---', '---', '---'],
  ...figures.map(({ store, month, monthCpuMs }) => [
    store,
    `${ms(month.p50)} ms`,
    `${ms(month.p95)} ms`,
    `${ms(monthCpuMs)} ms`,
    `${verdict(month.p50 < claims.monthMs)} at p50, ${verdict(month.p95 < claims.monthMs)} at p95`,
  ]),
];

/** The measures as a page. */
export const figuresText = (
  figures: readonly StoreFigures[],
  { machine, plan }: { readonly machine: string; readonly plan: FiguresPlan },
): string => `# What the figures cost

Made by \`npm run bench -- --figures --write\`; every number is from that one run. Shared machines are noisy.

Machine: ${machine}.

## Records and sums

${plan.rate} records per second for ${plan.seconds} s, one process on one core. CPU is that of the whole process, per record asked for, the thread of SQLite included and the
kernel too; Redis works in a process of its own: what it took per record is "CPU of the store". SQLite's requests wait up to 100 ms for company, so "done" is late on purpose.

${table(workRows(figures))}

## Figures of a month

${plan.callsOfMonth} calls on 30 days: 3 lines, 15 categories, 4 agents, 6 pairs, 12 tools. All figures of all lines, ${figures[0]?.month.n ?? 0} times, 150 ms apart.

${table(monthRows(figures))}
`;
