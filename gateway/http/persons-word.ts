import { z } from 'zod';
import { cleanText } from '../../agents/tools/safe-json.ts';
import type { PersonsWord } from '../call/ports.ts';
import { longestNotes } from '../screen/screen-form.ts';
import { type Form, parsePosted } from './form.ts';

/** The word of a person, or why it is none: `too-long` or `bad`. */
export type ReadWord =
  | { readonly kind: 'word'; readonly word: PersonsWord }
  | { readonly kind: 'refused'; readonly why: 'too-long' | 'bad' };

const wordShape = z.strictObject({
  notes: z.string().optional(),
  outcome: z.enum(['solved', 'not-solved', 'call-back']).optional(),
  next: z.enum(['give-back', 'end-call']).optional(),
});

const bad: ReadWord = { kind: 'refused', why: 'bad' };

/** Browsers send line ends as CR LF, and count them as one character. */
const plainNotes = (text: string): string => text.replaceAll(/\r\n?/g, '\n');

const wordOf = (given: unknown): ReadWord => {
  const parsed = wordShape.safeParse(given);
  if (!parsed.success) return bad;
  const { notes, outcome, next } = parsed.data;
  const plain = notes === undefined ? undefined : plainNotes(notes);
  if (plain !== undefined && plain.length > longestNotes) return { kind: 'refused', why: 'too-long' };
  return {
    kind: 'word',
    word: {
      ...(plain === undefined ? {} : { notes: cleanText(plain, longestNotes).trim() }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(next === undefined ? {} : { next }),
    },
  };
};

/** Fields that are not ours are ignored: browsers' extensions add some. An empty choice is none. */
const fieldsOf = (form: Form): unknown => {
  const field = (name: string): Record<string, string> => {
    const value = form.get(name);
    return value === undefined || (value === '' && name !== 'notes') ? {} : { [name]: value };
  };
  return { ...field('notes'), ...field('outcome'), ...field('next') };
};

/** Reads a person's word from a posted form. */
export const wordFromForm = (body: Buffer): ReadWord => {
  const form = parsePosted(body.toString('utf8'))?.form;
  return form === undefined ? bad : wordOf(fieldsOf(form));
};

/** Reads a person's word from JSON. Fields that are not ours are refused: a misspelt one must not be lost in silence. */
export const wordFromJson = (body: Buffer): ReadWord => {
  try {
    return wordOf(JSON.parse(body.toString('utf8')));
  } catch {
    return bad;
  }
};
