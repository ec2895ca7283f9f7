import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerVerdicts } from '../../../store/calls/confirmation.ts';
import type { Spoken } from '../../../store/calls/verdict.ts';
import { type Exchange, heldOut, seen } from './confirmation-corpus.ts';

const lastOf = (said: readonly Spoken[]): boolean | null => callerVerdicts(said).at(-1)?.isSolved ?? null;

const verdictOf = ({ says, asked }: Exchange): boolean | null =>
  lastOf([
    { role: 'user', content: 'Hello, my API key is not working.' },
    { role: 'assistant', content: asked ?? 'Please add the header and try again.' },
    { role: 'user', content: says },
  ]);

const measure = (corpus: readonly Exchange[]) => {
  const found = corpus.map((exchange) => ({ ...exchange, found: verdictOf(exchange) }));
  const answered = found.filter((one) => one.found !== null);
  const told = found.filter(({ means }) => means !== null);
  return {
    precision: answered.filter((one) => one.found === one.means).length / answered.length,
    recall: told.filter((one) => one.found === one.means).length / told.length,
    wrong: found.filter((one) => one.found !== one.means).map(({ says, found: is }) => `${says} -> ${is}`),
  };
};

describe('what the caller says of the problem', () => {
  it('is found in every exchange that the rules were made with', () => {
    expect(measure(seen).wrong).toEqual([]);
  });

  it('is found in most of those that they never saw, and hardly ever wrongly', () => {
    const { precision, recall } = measure(heldOut);
    expect(precision).toBeGreaterThanOrEqual(0.95);
    expect(recall).toBeGreaterThanOrEqual(0.85);
  });

  const says = (...texts: readonly (string | null)[]) => lastOf(texts.map((content) => ({ role: 'user', content })));

  it('is the last word of it', () => {
    expect(says('Hello', 'It works now.', 'Oh no, same error.')).toBe(false);
    expect(says('Hello', 'Same error.', null, 'Wait. It works now.', 'Thank you, bye.')).toBe(true);
  });

  it('is found each time, with where it was said', () => {
    const said: readonly Spoken[] = ['Hello', 'Same error.', 'Wait. It works now.', 'Bye.'].map((content) => ({
      role: 'user',
      content,
    }));
    expect(callerVerdicts(said)).toEqual([
      { isSolved: false, message: said[1] },
      { isSolved: true, message: said[2] },
    ]);
  });

  it('is not what the caller comes with', () => {
    expect(says('It still does not work, I get the same error.', 'acct 1042', 'Thanks.')).toBeNull();
    expect(says('I only wanted to say that it works now.')).toBe(true);
  });

  it('is nothing without words', () => {
    expect([says(), says(null), says('')]).toEqual([null, null, null]);
  });

  it('never throws, and a text of any length takes no time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.option(fc.string()) })),
        (said) => {
          expect([true, false, null]).toContain(lastOf(said));
        },
      ),
    );
    const long = 'it is the the the not still again it works if '.repeat(20_000);
    const started = performance.now();
    says(long, long);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
