/**
 * Speaks every sentence of `script.ts` with flite and writes it to `clips/` as mu-law 8 kHz. Run by `npm run voices` on a
 * machine with Debian's `flite` and `sox`; the results are committed, so nobody else needs either.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeMulaw, levels, pcmSamples } from '../model/audio.ts';
import { clipNames, clipOf } from './clips.ts';
import type { Clip, Speaker } from './script.ts';

interface Voice {
  readonly flite: string;
  /** Longer (> 1) or shorter (< 1) than the voice speaks by itself. */
  readonly stretch: number;
  /** sox effects that make two speakers of one voice. */
  readonly effects: readonly string[];
}

const voices: Record<Speaker, Voice> = {
  caller: { flite: 'awb', stretch: 1, effects: [] },
  support: { flite: 'slt', stretch: 0.93, effects: [] },
  technical: { flite: 'rms', stretch: 0.9, effects: [] },
  person: { flite: 'kal16', stretch: 0.95, effects: ['pitch', '150'] },
  menu: { flite: 'kal', stretch: 0.95, effects: [] },
  billing: { flite: 'slt', stretch: 0.95, effects: ['pitch', '-260'] },
};

const rate = 8000;
const targetDb = -20;
const floorDb = -42;

const wav = join(mkdtempSync(join(tmpdir(), 'voices-')), 'spoken.wav');

/** flite reads API and AI as words, spelled-out letters as letters. */
const spelled = (text: string): string => text.replaceAll('API', 'A P I').replaceAll('AI', 'A I');

const speak = ({ speaker, text, spoken }: Clip): Int16Array => {
  const voice = voices[speaker];
  const flite = [
    '-voice',
    voice.flite,
    '--setf',
    `duration_stretch=${voice.stretch}`,
    '-t',
    spelled(spoken ?? text),
    '-o',
    wav,
  ];
  execFileSync('flite', flite);
  const raw = ['-t', 'raw', '-e', 'signed', '-b', '16', '-r', `${rate}`, '-c', '1', '-'];
  return pcmSamples(
    execFileSync('sox', ['-D', wav, ...raw, 'gain', '-3', 'highpass', '120', ...voice.effects], { maxBuffer: 64 << 20 }),
  );
};

/** Mean level of the 20 ms pieces that hold speech: what telephony calls the active level. */
const activeDb = (samples: Int16Array): number => {
  const heard = levels(samples, rate).filter((level) => level > floorDb);
  return 10 * Math.log10(heard.reduce((sum, level) => sum + 10 ** (level / 10), 0) / heard.length);
};

const trimmed = (samples: Int16Array): Int16Array => {
  const pieces = levels(samples, rate);
  const first = pieces.findIndex((level) => level > floorDb);
  const last = pieces.findLastIndex((level) => level > floorDb);
  return samples.slice(Math.max(0, first - 1) * 160, Math.min(pieces.length, last + 3) * 160);
};

const loudness = (samples: Int16Array): Int16Array => {
  const wanted = 10 ** ((targetDb - activeDb(samples)) / 20);
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
  const gain = Math.min(wanted, 31_000 / peak);
  return samples.map((sample) => Math.round(sample * gain));
};

/** 10 ms in, 20 ms out, so that no clip begins or ends with a click. */
const faded = (samples: Int16Array): Int16Array =>
  samples.map((sample, at) => Math.round(sample * Math.min(1, at / 80, (samples.length - 1 - at) / 160)));

const folder = fileURLToPath(new URL('clips/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(`${folder}${file}`);
let total = 0;
for (const name of clipNames) {
  const mulaw = encodeMulaw(faded(trimmed(loudness(speak(clipOf(name))))));
  writeFileSync(`${folder}${name}.ulaw`, mulaw);
  total += mulaw.length;
  process.stdout.write(`${name.padEnd(24)} ${(mulaw.length / 8000).toFixed(2)} s\n`);
}
process.stdout.write(`${clipNames.length} clips, ${(total / 1024).toFixed(0)} KiB\n`);
