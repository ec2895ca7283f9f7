import { readFileSync } from 'node:fs';
import { type Clip, script } from './script.ts';

export type ClipName = keyof typeof script;

export const clipNames = Object.keys(script) as readonly ClipName[];

/** What is said in a clip, and by whom. */
export const clipOf = (name: ClipName): Clip => script[name];

const loaded = new Map<ClipName, Buffer>();

/** The clip as mu-law, 8 kHz mono. Don't change the bytes: they are shared. */
export const clip = (name: ClipName): Buffer => {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const bytes = readFileSync(new URL(`clips/${name}.ulaw`, import.meta.url));
  loaded.set(name, bytes);
  return bytes;
};

/** Milliseconds of speech in a clip. */
export const clipMs = (name: ClipName): number => clip(name).length / 8;
