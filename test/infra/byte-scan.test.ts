import { expect, test } from 'vitest';
import { afterDigits, afterLiteral, afterString, ascii, numberAt, SameText } from '../../infra/byte-scan.ts';

const bytes = (text: string) => Buffer.from(text);

test.each([
  ['what stands there', 0, 'ab', 2],
  ['something else', 0, 'ac', -1],
  ['the end of the data', 2, 'cd', -1],
  ['a step that failed before', -1, 'a', -1],
])('a literal: %s', (...[, at, literal, end]) => {
  expect(afterLiteral(bytes('abc'), at, ascii(literal))).toBe(end);
});

test.each([
  ['plain', 'ab"', 3],
  ['empty', '"', 1],
  ['an escape', 'a\\"b"', -1],
  ['a control character', 'a\nb"', -1],
  ['no ASCII', 'é"', -1],
  ['no end', 'ab', -1],
])('a string: %s', (_name, text, end) => {
  expect(afterString(bytes(text), 0)).toBe(end);
});

test.each([
  ['12,', 2],
  ['0', 1],
  [',', -1],
  ['1234567890123456', -1],
])('digits: %s', (text, end) => {
  expect(afterDigits(bytes(text), 0)).toBe(end);
});

test('a number', () => {
  expect(numberAt(bytes('x999999999999999'), 1, 16)).toBe(999_999_999_999_999);
});

test('a text that stays the same is the same string; one that changes is not', () => {
  const text = new SameText();
  const data = bytes('abcabd');
  expect([text.at(data, 0, 3), text.at(data, 0, 3), text.at(data, 3, 6), text.at(data, 3, 5), text.at(data, 3, 3)]).toEqual([
    'abc',
    'abc',
    'abd',
    'ab',
    '',
  ]);
  data.fill(0x78);
  expect(text.at(bytes('ab'), 0, 2)).toBe('ab');
});
