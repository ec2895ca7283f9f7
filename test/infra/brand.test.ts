import { expect, test } from 'vitest';
import { parseCallId } from '../../infra/brand.ts';

test.each([
  ['lower case', `CA${'0a'.repeat(16)}`, true],
  ['upper case', `CA${'0A'.repeat(16)}`, true],
  ['a letter too many', `CA${'0a'.repeat(16)}0`, false],
  ['no hex digit', `CA${'0g'.repeat(16)}`, false],
  ['another prefix', `ca${'0a'.repeat(16)}`, false],
])('a call id with %s', (_name, text, isOne) => {
  expect(parseCallId(text)).toBe(isOne ? text : undefined);
});
