import { afterAll, describe, expect, test } from 'vitest';
import type { Parser } from './parser.ts';
import { audioParsers } from './parsers/audio.ts';
import { carrierParsers } from './parsers/carrier.ts';
import { httpParsers } from './parsers/http.ts';
import { modelParsers } from './parsers/model.ts';
import { storedParsers } from './parsers/stored.ts';
import { Random } from './random.ts';
import { prototypeNames } from './runs.ts';

/** All that reads what comes from outside, as section C of the bad-input table ends with it. */
const parsers: readonly Parser[] = [...httpParsers, ...carrierParsers, ...audioParsers, ...modelParsers, ...storedParsers];

/** `FUZZ_TIMES=10` plays ten times as many cases, `FUZZ_SEED` others. A failure names both numbers that play it again. */
const times = Number(process.env['FUZZ_TIMES'] ?? 1);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

/** Reading any case costs far less than a millisecond; a machine that is busy may take a hundred times as long. */
const mostCpuMs = 50;

interface Slow {
  readonly at: number;
  readonly ms: number;
}

const caseOf = (at: number): Random => new Random(Math.imul(seed, 1_000_003) + at);

/** Of a few runs the fastest: what the case itself costs, without what else the machine did. */
const cpuOf = (parser: Parser, at: number): number =>
  Math.min(
    ...Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      parser.play(caseOf(at));
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }),
  );

const told: string[] = [];
afterAll(() => {
  process.stdout.write(`\nparser             cases  CPU of all  worst case\n${told.join('\n')}\n`);
});

test('the list has all thirteen', () => {
  expect(parsers.map(({ name }) => name).toSorted()).toEqual(
    [
      ...[
        'form',
        'upgrade',
        'Twilio message',
        'base64',
        'mu-law',
        'resampler',
        'Realtime event',
        'tool args',
        'tool result',
      ],
      ...['agent config', 'bundle', 'console API', 'TwiML writer'],
    ].toSorted(),
  );
  for (const { cases } of parsers) expect(cases).toBeGreaterThanOrEqual(100_000);
});

describe.each(parsers.map((parser) => [parser.name, parser] as const))('%s', (name, parser) => {
  const count = parser.cases * times;

  test('nothing throws, leaves a trace on a prototype, or takes long', { timeout: 600_000 * times }, () => {
    const before = prototypeNames();
    const cpu = process.cpuUsage();
    let slowest: readonly Slow[] = [];
    for (let at = 0; at < count; at += 1) {
      const start = performance.now();
      try {
        parser.play(caseOf(at));
      } catch (thrown) {
        throw new Error(`${name}: case ${at} of FUZZ_SEED=${seed}`, { cause: thrown });
      }
      const ms = performance.now() - start;
      if (ms > (slowest[2]?.ms ?? 0)) slowest = [...slowest, { at, ms }].toSorted((one, two) => two.ms - one.ms).slice(0, 3);
    }
    const { user, system } = process.cpuUsage(cpu);
    const worst = Math.max(...slowest.map(({ at }) => cpuOf(parser, at)));
    told.push(
      `${name.padEnd(16)} ${String(count).padStart(7)} ${((user + system) / 1e6).toFixed(1).padStart(9)} s ${worst.toFixed(2).padStart(8)} ms`,
    );
    expect(prototypeNames()).toBe(before);
    expect(worst).toBeLessThan(mostCpuMs);
  });

  test('four times the input takes about four times as long', { retry: 2, timeout: 120_000 }, () => {
    const cpuOfLarge = (size: number): number =>
      Math.min(
        ...Array.from({ length: 3 }, () => {
          const before = process.cpuUsage();
          parser.large(size);
          const { user, system } = process.cpuUsage(before);
          return (user + system) / 1_000;
        }),
      );
    parser.large(65_536);
    const [small, large] = [cpuOfLarge(65_536), cpuOfLarge(262_144)];
    // Sixteen times would be quadratic. Very short times say nothing.
    expect(large).toBeLessThan(Math.max(small * 9, 20));
  });
});
