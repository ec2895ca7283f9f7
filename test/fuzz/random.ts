import { types } from 'node:util';

/** Chance from a seed, made for millions of small throws: the same seed, the same throws. (xorshift32, Marsaglia 2003) */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Near seeds must not give near throws; zero would stay zero.
    this.#state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 1;
    for (let warm = 0; warm < 4; warm += 1) this.bits();
  }

  /** 32 bits, unsigned. */
  bits(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** 0 to below `count`. */
  below(count: number): number {
    return this.bits() % count;
  }

  oneIn(count: number): boolean {
    return this.bits() % count === 0;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(most: number): Buffer {
    const made = Buffer.allocUnsafe(this.below(most + 1));
    for (let at = 0; at < made.length; at += 1) made[at] = this.bits() >>> 24;
    return made;
  }
}

/** What has broken parsers before. */
const nasty: readonly [string, ...string[]] = [
  ...(['', '__proto__', 'constructor', 'prototype', 'toString', 'NaN', '1e999', '-0', '-1', '9007199254740993'] as const),
  ...['18446744073709551616', '\u0000', '\ufeff', '\ud800', '\udc00', '\u202e', '%', '%zz', '%ed%a0%80', '%00', '../'],
  ...['=====', '====', '\r\n', '\\', '"', "'", '&', '=', '+', '}', ']', ',', ':', '<', '>', ']]>', '&amp;', '[[[[', '{"a":'],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '😀',
    'é',
    '\u001b[2J',
    '=cmd',
    '=1+1',
    "' or 1=1 --",
    'http://169.254.169.254/',
    '-',
    '_',
  ],
  ...['+1 (900) 555-0100', 'x'.repeat(300), '['.repeat(40), '9'.repeat(40)],
];

/** A short text: one of the nasty ones, or any characters. */
export const text = (random: Random): string => {
  if (!random.oneIn(3)) return random.pick(nasty);
  let made = '';
  const ends = random.oneIn(4) ? 0x1_0000 : 0x80;
  for (let left = random.below(12); left > 0; left -= 1) made += String.fromCharCode(random.below(ends));
  return made;
};

/** A text as it comes over a wire: UTF-8, so without lone surrogates. */
export const wireText = (random: Random): string => text(random).toWellFormed();

/** Breaks a text a little: cuts, doubles, moves or replaces pieces of it, as wires and attackers do. One in four stays whole. */
export const damaged = (random: Random, whole: string): string => {
  let made = whole;
  for (let edits = random.below(4); edits > 0; edits -= 1) {
    const at = random.below(made.length + 1);
    const to = at + random.below(12);
    const piece = random.oneIn(3) ? made.slice(at, to).repeat(2) : text(random);
    made = made.slice(0, at) + (random.oneIn(4) ? '' : piece) + made.slice(random.oneIn(2) ? to : at);
  }
  return made;
};

/** Any value that JSON holds, as its text; `1e999`, a key twice and keys of prototypes too. */
export const jsonText = (random: Random, depth = 3): string => {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind < 2) return JSON.stringify(text(random));
  if (kind === 2) return String((random.bits() | 0) / random.pick([1, 1, 3, 1e9]));
  if (kind < 5)
    return random.pick(['null', 'true', 'false', '0', '-0', '1e999', '-1', '1.5', '18446744073709551616', '[]', '{}']);
  const parts = Array.from({ length: random.below(4) }, () => jsonText(random, depth - 1));
  return kind === 5 ? `[${parts.join()}]` : `{${parts.map((part) => `${JSON.stringify(text(random))}:${part}`).join()}}`;
};

export const json = (random: Random, depth?: number): unknown => JSON.parse(jsonText(random, depth));

/** An object that can be copied: what throws when it is read is for the parser, not for us. */
export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !types.isProxy(value) &&
  Object.values(Object.getOwnPropertyDescriptors(value)).every(({ get }) => get === undefined);

/** `fields` with up to two of them, at any depth, left out or exchanged by `other`. One in three stays whole. */
export const disturbed = (
  random: Random,
  fields: Readonly<Record<string, unknown>>,
  other: (random: Random) => unknown = json,
): Record<string, unknown> => {
  let made: Record<string, unknown> = { ...fields };
  for (let edits = random.below(3); edits > 0; edits -= 1) {
    const names = Object.keys(made);
    const name = names[random.below(names.length + 1)] ?? text(random);
    const inner = made[name];
    if (isPlain(inner) && !random.oneIn(3)) made[name] = disturbed(random, inner, other);
    else if (random.oneIn(3)) made = Object.fromEntries(Object.entries(made).filter(([key]) => key !== name));
    else if (name !== '__proto__') made[name] = other(random);
  }
  return made;
};

/** A message as bytes: a disturbed one of `known`, a damaged text of one, any JSON, or any bytes. */
export const messageBytes = (random: Random, known: readonly [object, ...object[]]): Buffer => {
  const way = random.below(16);
  if (way === 0) return random.bytes(200);
  if (way === 1) return Buffer.from(jsonText(random));
  const one: Record<string, unknown> = { ...random.pick(known) };
  if (way < 9) return Buffer.from(JSON.stringify(disturbed(random, one)));
  return Buffer.from(damaged(random, JSON.stringify(one)));
};
