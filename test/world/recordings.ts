import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NamedPart, partOfFile } from '../../gateway/recordings/part-name.ts';
import { wavHeaderBytes } from '../../gateway/recordings/wav.ts';
import { encodeMulaw } from './carrier/mulaw.ts';
import type { Span } from './carrier/track.ts';
import { readWav } from './wav.ts';

/** Both sides of a recording as a reader of WAV files has them, as mu-law again. */
export interface TwoSides {
  readonly caller: Uint8Array;
  readonly agent: Uint8Array;
}

export const twoSidesOf = (wav: Buffer): TwoSides => {
  const [caller = new Int16Array(0), agent = new Int16Array(0)] = readWav(wav).channels;
  return { caller: encodeMulaw(caller), agent: encodeMulaw(agent) };
};

/** Bytes of sound in a file, by what it says of itself. */
export const soundBytesOf = (wav: Buffer): number => wav.readUInt32LE(wavHeaderBytes - 4);

/** A folder for a test, and what is in it. */
export const recordingsFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-recordings-'));
  const names = () => readdirSync(folder).sort();
  return {
    folder,
    names,
    parts: (): readonly NamedPart[] => names().flatMap((name) => partOfFile(name) ?? []),
    read: (name: string) => readFileSync(join(folder, name)),
    all: () => Buffer.concat(names().map((name) => readFileSync(join(folder, name)))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

const probeSamples = 480;
const farthestSamples = 3_200;

/**
 * How far the sound in the middle of each span of `truth` is from its place in `recorded`, in ms, sample for sample; undefined: it is not within
 * 400 ms. `startMs`: when the recording began, in the time of `truth`.
 */
export const shiftsOf = (
  truth: Uint8Array,
  recorded: Uint8Array,
  { spans, startMs }: { readonly spans: readonly Span[]; readonly startMs: number },
): readonly (number | undefined)[] =>
  spans.map(({ from, to }) => {
    const middle = Math.round(((from + to) / 2) * 8) - probeSamples / 2;
    const probe = Buffer.from(encodeMulaw(pcmOf(truth.subarray(middle, middle + probeSamples))));
    const first = Math.max(0, middle - Math.round(startMs * 8) - farthestSamples);
    const near = Buffer.from(recorded.subarray(first, first + 2 * farthestSamples + probeSamples));
    const at = near.indexOf(probe);
    return at < 0 ? undefined : (first + at - middle) / 8 + startMs;
  });

/** Positive and negative zero as one. */
const pcmOf = (mulaw: Uint8Array): Int16Array => readWav(wavOf(mulaw)).channels[0] ?? new Int16Array(0);

const wavOf = (mulaw: Uint8Array): Buffer => {
  const header = Buffer.alloc(46);
  header.write('RIFF', 0, 'latin1');
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(7, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt16LE(8, 34);
  header.write('data', 38, 'latin1');
  header.writeUInt32LE(mulaw.length, 42);
  return Buffer.concat([header, mulaw]);
};
