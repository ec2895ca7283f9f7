import { expect, test } from 'vitest';
import { epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import { lossesSoFar } from '../../../store/context/losses.ts';

const callId = parseCallId(`CA${'1'.repeat(32)}`);
if (callId === undefined) throw new Error('call id');

const bound: ContextFact = { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'resume' };
const left = (reason: string): ContextFact => ({ type: 'stream-ended', reason });
const word: ContextFact = { type: 'sentiment-noticed', sentiment: 'calm' };

/** Facts with the minute of each. */
const bundleOf = (...facts: readonly (readonly [number, ContextFact])[]) =>
  foldCall(
    callId,
    facts.map(
      ([minute, fact], index): ContextEvent => ({
        ...fact,
        seq: index + 1,
        term: term(1),
        at: wallTime(minute * 60_000),
      }),
    ),
  );
const answered = { ...bound, cause: 'answer' } as const;

test.each([
  ['one loss', [[0, answered]], 1],
  [
    'two',
    [
      [0, answered],
      [1, bound],
    ],
    2,
  ],
  [
    'three',
    [
      [0, answered],
      [1, bound],
      [2, bound],
    ],
    3,
  ],
  [
    'ten minutes without trouble forgive what was before',
    [
      [0, answered],
      [1, bound],
      [2, bound],
      [12, word],
    ],
    1,
  ],
  [
    'nine do not',
    [
      [0, answered],
      [1, bound],
      [2, bound],
      [11, word],
    ],
    3,
  ],
  [
    'a move counts nothing',
    [
      [0, answered],
      [1, left('moved')],
      [1, bound],
      [2, left('moved-mid-turn')],
    ],
    0,
  ],
  [
    'a move keeps what counts',
    [
      [0, answered],
      [1, bound],
      [2, bound],
      [3, left('moved')],
    ],
    2,
  ],
] as const)('%s', (_, facts, losses) => {
  expect(lossesSoFar(bundleOf(...facts))).toBe(losses);
});

test('how often it was taken up after a loss is counted for good', () => {
  expect(bundleOf([0, answered], [1, bound], [20, word], [21, bound])).toMatchObject({ resumes: 2, losses: { count: 1 } });
});

test('how it was given away is known until somebody is bound', () => {
  expect(bundleOf([0, answered], [1, left('moved')]).moved).toBe('quiet');
  expect(bundleOf([0, answered], [1, left('moved-mid-turn')]).moved).toBe('owing');
  expect(bundleOf([0, answered], [1, left('phone-lost')]).moved).toBeUndefined();
  expect(bundleOf([0, answered], [1, left('moved')], [1, bound]).moved).toBeUndefined();
});
