import { countTokens as countWhole } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../../agents/handoff/count-tokens.ts';
import { lateTokenizer, loadTokenizer } from '../../../agents/openai/tokenizer.ts';

describe('the tokenizer', () => {
  it('counts as the model does; in a long text a token more at most at each border of 400 characters', async () => {
    const count = await loadTokenizer();
    expect([count(''), count('hello world')]).toEqual([0, 2]);
    const long = 'The API key was reset yesterday, and {"status":401} is still there. '.repeat(60);
    const whole = countWhole(long);
    expect(count(long)).toBeGreaterThanOrEqual(whole);
    expect(count(long)).toBeLessThanOrEqual(whole + Math.ceil(long.length / 400));
  });

  it('what looks like a special token is text', async () => {
    const count = await loadTokenizer();
    expect(count('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('that comes late is an estimate until it is there', async () => {
    const { countTokens, load } = lateTokenizer();
    const text = JSON.stringify({ facts: [{ key: 'accountId', value: 'acct_1042', verified: true }] });
    expect(countTokens(text)).toBe(estimateTokens(text));
    await load();
    expect(countTokens(text)).toBe(countWhole(text));
    expect(countTokens(text)).not.toBe(estimateTokens(text));
  });
});
