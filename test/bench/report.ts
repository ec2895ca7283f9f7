import type { BargeIn, Capacity, Plan, Row } from './measure.ts';
import type { TimeShares } from './profile.ts';
import type { Spread } from './statistics.ts';
import type { TranscoderFigures } from './transcoder.ts';

export interface Figures {
  readonly machine: string;
  readonly plan: Plan;
  readonly transcoder: TranscoderFigures | undefined;
  readonly gateway: readonly Row[] | undefined;
  readonly bargeIn: readonly BargeIn[] | undefined;
  readonly time: TimeShares | undefined;
  readonly capacity: readonly Capacity[] | undefined;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const gatewayText = (rows: readonly Row[], { calls, seconds, rounds }: Plan): string => `
## The whole gateway

${calls} calls at a time over real sockets, ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s for each system, one system after another in each round. The caller sends 20 ms frames all the time, the agent
speaks half of it, in 20 ms deltas as fast as they are heard. CPU: milliseconds per second of one call, all processes, kernel included; the ratio is to the plain PCM bridge of the
same round. Delays: from the sending of a frame to its receipt behind the system, in ms. Medians over the rounds.

${table(
  [
    'system',
    'CPU ratio',
    'CPU',
    'of it kernel',
    'MB per call',
    'to the model p50 / p95 / p99',
    'to the phone p50 / p95 / p99',
    'event loop late p50 / p99',
    'frames lost',
    'generator busy',
  ],
  rows.map((row) => [
    row.name,
    row.ratio.toFixed(2),
    row.cpu.toFixed(2),
    row.kernel.toFixed(2),
    row.megabytesPerCall.toFixed(2),
    [row.toModel.p50, row.toModel.p95, row.toModel.p99].map(ms).join(' / '),
    [row.toPhone.p50, row.toPhone.p95, row.toPhone.p99].map(ms).join(' / '),
    [row.loopDelay.p50, row.loopDelay.p99].map(ms).join(' / '),
    `${row.lost} of ${row.frames}`,
    `${Math.round(100 * row.generatorBusy)} %`,
  ]),
)}

The bridges are \`test/bench/peers\`: what examples show, with \`JSON.parse\` for every message, a mark behind every piece and no filter. They do nothing else: no store, no handoff, no context.
Delays of a system whose load generator was more than 80 % busy are the generator's.
`;

const spread = ({ n, p50, p95, p99 }: Spread): string => `${[p50, p95, p99].map(ms).join(' / ')} (n = ${n})`;

const bargeInText = (rows: readonly BargeIn[]): string => `
## Barge-in

The agent is generated five times as fast as it is heard; the caller interrupts somewhere in the middle. From the model's \`speech_started\` to \`clear\` at the carrier, and how far
\`audio_end_ms\` was from what the carrier had played, in ms: p50 / p95 / p99.

${table(
  ['system', 'to clear', 'error of truncation'],
  rows.map(({ name, clear, truncation }) => [name, spread(clear), spread(truncation)]),
)}
`;

const ratio = (value: number, of: number): string => `${(value / of).toFixed(1)} x`;

const transcoderText = ({ times, withoutFilter }: TranscoderFigures): string => {
  const [own, ...others] = times;
  if (own === undefined) return '';
  return `
## The transcoder

Microseconds per 20 ms frame, 200 calls in turn, mu-law and filter included, medians of interleaved rounds. Plain linear interpolation of the same frame, without any filter and without
mu-law: ${withoutFilter.toFixed(2)}.

${table(
  ['', 'to the model', 'to the phone', 'both, as a ratio'],
  [own, ...others].map(({ name, toModel, toPhone }) => [
    name,
    toModel.toFixed(2),
    toPhone.toFixed(2),
    ratio(toModel + toPhone, own.toModel + own.toPhone),
  ]),
)}
`;
};

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const timeText = ({ name, shares, kernel }: TimeShares): string => `
## Where the time goes

Of ${name}, in a run of its own with V8's profiler. It sees what JavaScript runs and calls, not what libuv does before: of all CPU time of the process ${percent(kernel)} is the kernel's.

${table(
  ['part', 'share'],
  shares.map(({ part, share }) => [part, percent(share)]),
)}
`;

const capacityText = (rows: readonly Capacity[]): string => `
## Calls per core

The most calls at which speech is at most 20 ms late both ways (p99; what waits for company in a longer append aside) and no frame is lost, within a tenth.

${table(
  ['system', 'calls'],
  rows.map(({ name, calls, isAtLeast }) => [name, `${isAtLeast ? 'at least ' : ''}${calls}`]),
)}
`;

/** All figures as a page. */
export const asText = ({ machine, plan, transcoder, gateway, bargeIn, time, capacity }: Figures): string =>
  [
    `# Benchmarks\n\nMade by \`npm run bench -- --calls ${plan.calls} --seconds ${plan.seconds} --rounds ${plan.rounds}${plan.withPeers ? ' --peers' : ''}${capacity === undefined ? '' : ' --search'} --write\`; every figure is from that one run. Shared machines are noisy: trust the ratios.\n\nMachine: ${machine}.\n`,
    gateway === undefined ? '' : gatewayText(gateway, plan),
    bargeIn === undefined ? '' : bargeInText(bargeIn),
    time === undefined ? '' : timeText(time),
    capacity === undefined ? '' : capacityText(capacity),
    transcoder === undefined ? '' : transcoderText(transcoder),
  ].join('');
