import fc from 'fast-check';
import { expect } from 'vitest';

/** Cases per property. `FUZZ_RUNS=1000000` makes a night of it. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 1_500);

/** All that stands on the prototypes which everything has: a canary. */
export const prototypeNames = (): string =>
  [Object.prototype, Array.prototype, Function.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join('|');

/** Runs `act` on many inputs: it must not throw, say what it may not say, or leave a trace on any prototype. */
export const neverThrows = <Input>(inputs: fc.Arbitrary<Input>, act: (input: Input) => void): void => {
  const before = prototypeNames();
  fc.assert(fc.property(inputs, act), { numRuns: fuzzRuns });
  expect(prototypeNames()).toBe(before);
};

/**
 * Whether V8 reads back what this JSON says. It may take a key of one character that is written as an escape for a backslash, once it
 * has seen a backslash as a key (https://github.com/nodejs/node/issues/63785), so such texts can't be compared after a parse.
 */
export const keepsItsKeys = (json: string): boolean => !/"\\(?:u[\da-f]{4}|[^u])"\s*:/i.test(json);

/** Keys and texts that have broken parsers before. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'NaN',
    '1e999',
    '-0',
    '9007199254740993',
    '18446744073709551616',
    '\u0000',
    '\ufeff',
    '\ud800',
    '\u202e',
    '%',
    '%zz',
    '%ed%a0%80',
    '../',
    '=====',
    '\r\n',
    '\\',
    '"',
    '}]',
    '[['.repeat(40),
    'x'.repeat(5_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Any value that JSON can hold, with nasty keys, and what it can't hold as text. */
export const nastyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(nastyText, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(nastyText, tie('value')), { maxLength: 4 })
      .map((entries) =>
        JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`).join()}}`),
      ),
  ),
})).value;

/** Breaks a text a little: cuts, doubles or replaces a piece of it, as wires and attackers do. */
export const damaged = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.nat(), fc.nat(12), fc.oneof(nastyText, fc.constant('')), fc.integer({ min: 0, max: 3 }))
    .map(([text, at, length, piece, times]) => {
      if (times === 0) return text;
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece.repeat(times - 1) + text.slice(place + length);
    });

/** `fields` with any of them left out or exchanged for something nasty, nested ones too. */
export const disturbed = (fields: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(fc.constantFrom(...Object.keys(fields)), nastyJson, fc.boolean()), { maxLength: 2 }).map((changes) => {
    const result: Record<string, unknown> = { ...fields };
    for (const [name, value, gone] of changes) {
      if (gone) delete result[name];
      else result[name] = value;
    }
    return result;
  });
