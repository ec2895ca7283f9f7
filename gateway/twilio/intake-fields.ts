import {
  type FieldNames,
  foldedName,
  intakeKeyField,
  longestIntakeValue,
  userToUserField,
} from '../../agents/intake-names.ts';
import { parseIntakeKey } from '../../store/intake-key.ts';
import type { Brought } from '../call/ports.ts';
import { parseJson } from './checked-json.ts';
import { plainText } from './plain-text.ts';
import { readUserToUser } from './user-to-user.ts';

export type Pair = readonly [name: string, value: string];

/** Why a field that the line knows was left out. Fixed words, fit for a label. */
export type LeftOut = 'too-long' | 'too-much' | 'no-key';

export interface ReadFields {
  /** Undefined: the call brings nothing along that the line knows. */
  readonly brought: Brought | undefined;
  /** By name, never with what was in it. */
  readonly leftOut: readonly { readonly name: string; readonly why: LeftOut }[];
}

/** Room for all fields of a call, as JSON in UTF-8 bytes: they travel in TwiML. A field that has no more room is left out. */
export const mostCarriedBytes = 3_400;

/** A form in a header: what is no good percent-encoding stays as it is. */
const formPairs = (text: string): readonly Pair[] => [...new URLSearchParams(text)];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts, numbers and booleans; anything else in it means nothing to us. */
export const pairsOf = (value: object): readonly Pair[] =>
  Object.entries(value).flatMap(([name, inner]): readonly Pair[] =>
    typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean' ? [[name, String(inner)]] : [],
  );

/** What one text of a `User-to-User` header holds: a JSON object, a form, or a key of `POST /intakes`. */
const pairsIn = (header: string): readonly Pair[] => {
  const text = header.trim();
  if (parseIntakeKey(text) !== undefined) return [[intakeKeyField, text]];
  const value = text.startsWith('{') ? parseJson(text) : undefined;
  if (isObject(value)) return pairsOf(value);
  return text.includes('=') ? formPairs(text) : [];
};

/** Collects the fields of one call. Of a field that comes twice the first counts. */
class Reader {
  readonly fields = new Map<string, string>();
  readonly leftOut: { readonly name: string; readonly why: LeftOut }[] = [];
  key: string | undefined;
  readonly #names: FieldNames;
  #bytes = 0;

  constructor(names: FieldNames) {
    this.#names = names;
  }

  read([given, value]: Pair): void {
    const folded = foldedName(given);
    if (folded === intakeKeyField) this.#readKey(value);
    else {
      const name = this.#names.get(folded);
      if (name !== undefined && !this.fields.has(name)) this.#readField(name, value);
    }
  }

  #readKey(value: string): void {
    if (value.trim() === '') return;
    const key = parseIntakeKey(value);
    if (key === undefined) this.leftOut.push({ name: intakeKeyField, why: 'no-key' });
    else this.key ??= key;
  }

  /** A menu that got no answer sends an empty field. A value that is too long is left out: cut, it would be another one. */
  #readField(name: string, value: string): void {
    const plain = plainText(value, longestIntakeValue + 1);
    if (plain === '') return;
    const bytes = Buffer.byteLength(JSON.stringify([name, plain]));
    if (plain.length > longestIntakeValue) this.leftOut.push({ name, why: 'too-long' });
    else if (this.#bytes + bytes > mostCarriedBytes) this.leftOut.push({ name, why: 'too-much' });
    else {
      this.#bytes += bytes;
      this.fields.set(name, plain);
    }
  }
}

/**
 * Reads what an IVR put into a request or a stream, by the names that the line declares; everything else is passed over. `pairs` in
 * the order in which they count; a `User-to-User` header among them counts last. Never throws.
 */
export const readFields = (names: FieldNames, pairs: Iterable<Pair>): ReadFields => {
  const reader = new Reader(names);
  const headers: string[] = [];
  for (const pair of pairs) {
    if (foldedName(pair[0]) === userToUserField) headers.push(pair[1]);
    else reader.read(pair);
  }
  for (const text of headers.flatMap(readUserToUser)) for (const pair of pairsIn(text)) reader.read(pair);
  const { fields, key, leftOut } = reader;
  const isNothing = fields.size === 0 && key === undefined;
  const brought = { fields: Object.fromEntries(fields), ...(key === undefined ? {} : { key }) };
  return { brought: isNothing ? undefined : brought, leftOut };
};
