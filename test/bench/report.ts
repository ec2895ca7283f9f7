import type { BargeIn, Plan, Row } from './measure.ts';
import type { Spread } from './statistics.ts';
import type { TranscoderFigures } from './transcoder.ts';

export interface Figures {
  readonly machine: string;
  readonly plan: Plan;
  readonly transcoder: TranscoderFigures | undefined;
  readonly gateway: readonly Row[] | undefined;
  readonly bargeIn: readonly BargeIn[] | undefined;
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

const transcoderText = ({ toModel, toPhone, withoutFilter }: TranscoderFigures): string => `
## The transcoder

Microseconds per 20 ms frame, 200 calls in turn, medians of 15 interleaved rounds: ${toModel.toFixed(2)} to the model, ${toPhone.toFixed(2)} to the phone, mu-law and filter included. Plain
linear interpolation of the same frame, without any filter and without mu-law: ${withoutFilter.toFixed(2)}.
`;

/** All figures as a page. */
export const asText = ({ machine, plan, transcoder, gateway, bargeIn }: Figures): string =>
  [
    `# Benchmarks\n\nMade by \`npm run bench -- --calls ${plan.calls} --seconds ${plan.seconds} --rounds ${plan.rounds} --write\`; every figure is from that one run. Shared machines are noisy: trust the ratios.\n\nMachine: ${machine}.\n`,
    gateway === undefined ? '' : gatewayText(gateway, plan),
    bargeIn === undefined ? '' : bargeInText(bargeIn),
    transcoder === undefined ? '' : transcoderText(transcoder),
  ].join('');
