import { expect, test } from 'vitest';
import { askedAgainIn } from './asked-again.ts';

test.each([
  ['Hello. I see that you entered account ten forty-two. Is it about your March invoice?', []],
  ['Please tell me your account number. Thank you.', ['Please tell me your account number.']],
  ['Which month do you mean?', ['Which month do you mean?']],
  ['Is this for billing or support?', ['Is this for billing or support?']],
  ['Your account is in good order. Is there anything else?', []],
])('%j asks again: %j', (words, asked) => {
  expect(askedAgainIn(words)).toEqual(asked);
});
