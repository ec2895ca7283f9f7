import { readdirSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { acmePersonas, callerLines, closingLine } from './article.ts';
import { decodeMulaw, encodeMulaw, levels, upsample } from './model/audio.ts';
import { clip, clipMs, clipNames, clipOf } from './voices/clips.ts';

const folder = new URL('voices/clips/', import.meta.url);
const tone = (hertz: number, rate: number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, at) => Math.round(10_000 * Math.sin((2 * Math.PI * hertz * at) / rate)));

describe('the recordings', () => {
  test('are all there, nothing else is, and they stay small', () => {
    const files = readdirSync(folder);
    expect(files.toSorted()).toEqual(clipNames.map((name) => `${name}.ulaw`).toSorted());
    const total = files.reduce((sum, file) => sum + statSync(new URL(file, folder)).size, 0);
    expect(total).toBeLessThan(3 * 1024 * 1024);
  });

  test.each(clipNames)('%s is loud enough, unclipped, trimmed, and ends softly', (name) => {
    const samples = decodeMulaw(clip(name));
    const pieces = levels(samples, 8000);
    const active = pieces.filter((level) => level > -42);
    const activeDb = 10 * Math.log10(active.reduce((sum, level) => sum + 10 ** (level / 10), 0) / active.length);
    expect(activeDb).toBeGreaterThan(-24);
    expect(activeDb).toBeLessThan(-18);
    expect(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeLessThan(32_000);
    expect(pieces.findIndex((level) => level > -42)).toBeLessThanOrEqual(3);
    expect(Math.abs(samples.at(-1) ?? 9999)).toBeLessThan(100);
    // Speech runs at 2 to 5 words a second; far off that, something was swallowed.
    const rate = clipOf(name).text.split(' ').length / (clipMs(name) / 1000);
    expect(rate).toBeGreaterThan(1.5);
    expect(rate).toBeLessThan(5);
  });

  test('have a level that rises and falls as speech does, below every pause that would end a turn', () => {
    for (const name of clipNames.filter((candidate) => clipOf(candidate).speaker === 'caller')) {
      const quiet = levels(decodeMulaw(clip(name)), 8000).map((level) => (level > -40 ? '#' : '.'));
      const longest = Math.max(
        ...quiet
          .join('')
          .split('#')
          .map((gap) => gap.length),
      );
      expect(longest * 20).toBeLessThan(440);
    }
  });

  test('make a call of the article that ends within 70 seconds', () => {
    const clips = callerLines.flatMap((line) => [...line.afterHearing, line.clip]);
    const spoken = [...clips, closingLine].reduce((sum, name) => sum + clipMs(name), 0);
    const pauses = callerLines.reduce((sum, line) => sum + line.pauseMs + 800, 0);
    expect(spoken + pauses).toBeLessThan(62_000);
    expect(acmePersonas).toHaveLength(3);
  });
});

describe('the audio of the test world', () => {
  test('decodes what it encodes, for every code', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const again = encodeMulaw(decodeMulaw(codes));
    // 0x7f is minus zero: the same value as 0xff.
    expect([...again].filter((code, at) => code !== at && at !== 0x7f && at !== 0xff)).toEqual([]);
    expect([...decodeMulaw(Uint8Array.of(0x00, 0x80, 0xff))]).toEqual([-32124, 32124, 0]);
  });

  test.each([300, 1000, 2500])('takes a tone of %i Hz from 8 to 24 kHz', (hertz) => {
    const up = upsample(tone(hertz, 8000, 1600));
    const ideal = tone(hertz, 24000, 4800);
    const error = up
      .slice(300, 4500)
      .reduce((most, sample, at) => Math.max(most, Math.abs(sample - (ideal[at + 300] ?? 0))), 0);
    expect(error).toBeLessThan(60);
  });
});
