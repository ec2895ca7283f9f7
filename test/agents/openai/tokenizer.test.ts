import { countTokens as countWhole } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../../agents/handoff/count-tokens.ts';
import { lateTokenizer, loadTokenizer } from '../../../agents/openai/tokenizer.ts';
import { FakeClock } from '../../world/clock.ts';

const quiet = { warn: () => {} };

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
    const { countTokens, load } = lateTokenizer(new FakeClock(), quiet);
    const text = JSON.stringify({ facts: [{ key: 'accountId', value: 'acct_1042', verified: true }] });
    expect(countTokens(text)).toBe(estimateTokens(text));
    await load();
    expect(countTokens(text)).toBe(countWhole(text));
    expect(countTokens(text)).not.toBe(estimateTokens(text));
  });

  it('waits for a moment without calls where calls may be waiting, from the tenth second on', async () => {
    const clock = new FakeClock();
    let isIdle = true;
    let loads = 0;
    const { countTokens, loadWhen } = lateTokenizer(clock, quiet, async () => {
      loads += 1;
      return () => 7;
    });
    loadWhen(() => isIdle);
    clock.advance(9_999);
    expect(loads).toBe(0);
    isIdle = false;
    clock.advance(60_000);
    expect(loads).toBe(0);
    isIdle = true;
    clock.advance(1_000);
    await Promise.resolve();
    expect([loads, countTokens('a word')]).toEqual([1, 7]);
    clock.advance(60_000);
    expect(loads).toBe(1);
  });

  it('that can not be loaded is told, and the estimate stays', async () => {
    const told: object[] = [];
    const { countTokens, load } = lateTokenizer(new FakeClock(), { warn: (facts) => told.push(facts) }, () =>
      Promise.reject(new Error('no such package')),
    );
    await load();
    expect(told).toEqual([{ error: 'no such package' }]);
    expect(countTokens('a word')).toBe(estimateTokens('a word'));
  });
});
