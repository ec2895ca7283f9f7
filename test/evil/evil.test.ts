import { expect, it } from 'vitest';
import { inTheBackground } from '../sim/in-the-background.ts';
import { EvilCall } from './evil-call.ts';
import { EvilLaws } from './evil-laws.ts';

inTheBackground();

/** Steps in all. `EVIL_STEPS=10000000` makes a night of it; `EVIL_SEED` is the first seed. */
const wanted = Number(process.env['EVIL_STEPS'] ?? 100_000);
const first = Number(process.env['EVIL_SEED'] ?? 1);
const stepsOfCall = 250;
const enough = 8;

const playEvil = async (seed: number) => {
  const call = new EvilCall(seed);
  const laws = new EvilLaws(call);
  const broken: string[] = [];
  await call.begins();
  let steps = 0;
  for (; steps < stepsOfCall && !call.isOver && broken.length === 0; steps += 1) {
    await call.steps();
    broken.push(...laws.broken());
  }
  await call.ends();
  if (broken.length === 0) broken.push(...laws.atRest());
  return { call, steps, broken };
};

it(`${wanted} steps of evil models break no law`, async () => {
  const broken: string[] = [];
  let steps = 0;
  for (let seed = first; steps < wanted && broken.length < enough; seed += 1) {
    const played = await playEvil(seed);
    steps += played.steps;
    for (const words of played.broken) broken.push(`EVIL_SEED=${seed} EVIL_STEPS=1: ${words}`);
  }
  expect(broken).toEqual([]);
  expect(steps).toBeGreaterThanOrEqual(wanted);
}, 3_600_000);

it('a seed plays the same call again', async () => {
  for (const seed of [1, 2, 3]) {
    const [one, other] = [await playEvil(seed), await playEvil(seed)];
    expect(one.call.told).toEqual(other.call.told);
    expect(one.call.trace).toEqual(other.call.trace);
  }
});

const kindsIn = ({ bench, told, sentTo, sessions }: EvilCall): readonly string[] => [
  ...bench.runs.map(({ tool, outcome }) => `${tool} ${outcome}`),
  ...told.map((event) =>
    event.type === 'call-ended' ? event.reason : 'to' in event ? `${event.type} ${event.to}` : event.type,
  ),
  ...sentTo.map(({ kind }) => `told ${kind}`),
  ...sessions.flatMap(({ toolOutputs }) => toolOutputs.map(({ output }) => /"code":"([\w-]+)"/.exec(output)?.[1] ?? 'ok')),
];

it('the calls are of many kinds: every tool runs, every person is asked for, calls end in every way', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 80; seed += 1) for (const kind of kindsIn((await playEvil(seed)).call)) seen.add(kind);
  for (const kind of [
    ...['look done', 'refund done', 'refund failed', 'plan done', 'fetch done'],
    ...[
      'handoff-committed technical',
      'handoff-committed billing',
      'handoff-committed support',
      'handoff-refused technical',
      'handoff-failed technical',
    ],
    ...[
      'transfer-requested desk',
      'transfer-requested night',
      'transfer-requested pbx',
      'transfer-requested team',
      'transfer-accepted desk',
    ],
    ...[
      'payment-started',
      'payment-ended',
      'callback-requested',
      'told pay',
      'told join',
      'told ring',
      'told enqueue',
      'told dial',
    ],
    ...['agent-ended', 'caller-hung-up', 'gave-up'],
    ...['bad-arguments', 'unknown-tool', 'too-many-calls', 'under-way', 'outcome-unknown'],
  ])
    expect([...seen].sort(), kind).toContain(kind);
}, 60_000);
