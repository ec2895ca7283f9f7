import type { Json } from '../../store/context/event.ts';

/** Largest arguments we parse, in UTF-16 units: a tool call of a conversation has a few hundred. */
const longestArguments = 16_384;
const deepest = 32;
/** What one value may become, in characters, before its rest is cut: bounds the work on a result of any size. */
const characterBudget = 65_536;
const longestString = 16_384;

const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype']);

export type ParsedJson =
  | { readonly kind: 'parsed'; readonly value: Json }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): ParsedJson => ({ kind: 'refused', reason });

/**
 * Parses a model's arguments. Refuses what is too big, not JSON, deeper than 32, not finite, or names a prototype. What nobody can see in a
 * text is taken out: no two arguments look the same and differ, and none reads as another.
 */
export const parseArguments = (text: string): ParsedJson => {
  if (text.length > longestArguments) return refused(`The arguments are longer than ${longestArguments} characters.`);
  if (text.trim() === '') return { kind: 'parsed', value: {} };
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('The arguments are not valid JSON.');
  }
  const problem = problemWith(value, 0);
  return problem === undefined ? { kind: 'parsed', value: seen(value) } : refused(problem);
};

/** Everything of a value that can be seen. */
const seen = (value: Json): Json => {
  if (typeof value === 'string') return visible(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(seen);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, seen(inner)]));
};

const problemWith = (value: Json, depth: number): string | undefined => {
  if (depth > deepest) return `The arguments are nested deeper than ${deepest}.`;
  if (typeof value === 'number' && !Number.isFinite(value)) return 'A number in the arguments is out of range.';
  if (typeof value !== 'object' || value === null) return undefined;
  const key = Object.keys(value).find((name) => prototypeKeys.has(name));
  if (key !== undefined) return `The arguments may not have a field named ${key}.`;
  for (const inner of Object.values(value)) {
    const problem = problemWith(inner, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** JSON text that is equal for equal values: keys sorted, at every depth. */
export const canonicalJson = (value: Json): string => {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
};

/** Turns anything into JSON, never throws, and does a bounded amount of work. What has no JSON form becomes a short mark. */
export const toJson = (value: unknown): Json => new Writer().write(value, 0);

const secretNames = /^(password|passwd|secret|client_?secret|private_?key|access_?token|refresh_?token|api_?secret)$/i;
// A JWT is looked for from the start of its word on: from each letter of it would take seconds in a hostile text.
const secretValues =
  /(?<![\w-])[\w-]{13,600}\.eyJ[\w-]{10,500}|\b(sk-[\w-]{16,200}|AKIA[0-9A-Z]{16}|Bearer [\w.~+/-]{16,500})/g;
// Direction overrides can make a text read as another; control characters can drive a terminal.
const unseenCharacters = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;

const visible = (text: string): string => text.toWellFormed().replaceAll(unseenCharacters, '');

/** Text that is safe to keep and to show: well-formed, without control characters and direction overrides, without secrets. */
export const cleanText = (text: string, longest: number): string => {
  const plain = visible(text.slice(0, longest)).replaceAll(secretValues, '[redacted]');
  return text.length > longest ? `${plain}…` : plain;
};

class Writer {
  readonly #open = new Set<object>();
  #left = characterBudget;

  write(value: unknown, depth: number): Json {
    this.#left -= 4;
    if (this.#left < 0) return '[cut]';
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return this.#text(value.toString());
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'undefined':
        return null;
      default:
        return `[${typeof value}]`;
    }
  }

  #text(text: string): string {
    const clean = cleanText(text, Math.min(longestString, Math.max(0, this.#left)));
    this.#left -= clean.length;
    return clean;
  }

  #object(value: object, depth: number): Json {
    if (this.#open.has(value)) return '[circular]';
    if (depth >= deepest) return '[too deep]';
    this.#open.add(value);
    try {
      return this.#leaf(value) ?? this.#children(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      this.#open.delete(value);
    }
  }

  #leaf(value: object): string | undefined {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[binary, ${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[bad date]' : value.toISOString();
    if (value instanceof Error) return this.#text(`${value.name}: ${value.message}`);
    return undefined;
  }

  #children(value: object, depth: number): Json {
    if (value instanceof Set || Array.isArray(value)) return this.#list(value, depth);
    const fields: [string, Json][] = [];
    for (const [name, read] of value instanceof Map ? entriesOf(value) : fieldsOf(value)) {
      if (this.#left < 0) break;
      const kept = this.#field(name, read, depth);
      if (kept !== undefined) fields.push([this.#text(name), kept]);
    }
    return Object.fromEntries(fields);
  }

  #field(name: string, read: () => unknown, depth: number): Json | undefined {
    if (prototypeKeys.has(name)) return undefined;
    let inner: unknown;
    try {
      inner = read();
    } catch {
      return '[unreadable]';
    }
    if (inner === undefined || typeof inner === 'function') return undefined;
    return secretNames.test(name) && typeof inner === 'string' ? '[redacted]' : this.write(inner, depth + 1);
  }

  #list(values: Iterable<unknown>, depth: number): Json {
    const list: Json[] = [];
    for (const inner of values) {
      if (this.#left < 0) break;
      list.push(this.write(inner, depth + 1));
    }
    return list;
  }
}

type Field = readonly [name: string, read: () => unknown];

/** One by one: nobody reads to the end of a million. */
function* entriesOf(map: ReadonlyMap<unknown, unknown>): Generator<Field> {
  for (const [name, inner] of map) yield [String(name), () => inner];
}

function* fieldsOf(value: object): Generator<Field> {
  for (const name of Object.keys(value)) yield [name, () => Reflect.get(value, name)];
}

const largestOutput = 32_768;

/** A value as the text of a tool's output: JSON of at most 32 KiB as UTF-8; a larger one is replaced by a mark and its beginning. */
export const outputOf = (value: Json): { readonly value: Json; readonly output: string } => {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= largestOutput) return { value, output: text };
  // 8,192 units are at most 24 KiB as UTF-8 even when every one is escaped once.
  const cut = { truncated: true, characters: text.length, beginning: text.slice(0, 8_192).toWellFormed() };
  return { value: cut, output: JSON.stringify(cut) };
};
