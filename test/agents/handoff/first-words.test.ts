import { describe, expect, it } from 'vitest';
import { judgeFirstWords } from '../../../agents/handoff/first-words.ts';
import { epoch } from '../../../infra/brand.ts';
import { clipOf } from '../../world/voices/clips.ts';
import { bundleOf, callerSaid, learned, tried } from './world.ts';

const reason = 'API key was reset, but the caller still gets a 401 error';
const requested = {
  type: 'handoff-requested',
  epoch: epoch(2),
  from: 'support',
  to: 'technical',
  trigger: 'expertise',
} as const;
const bundle = bundleOf(
  [1, callerSaid('My API key does not work')],
  [2, { type: 'issue-classified', category: 'API key' }],
  [3, learned('accountTier', 'Pro')],
  [4, tried('Reset API key')],
  [5, { ...requested, reason }],
);

/** First words, and whether they name the problem and something that was tried or found. */
const corpus: readonly (readonly [words: string, issue: boolean, finding: boolean])[] = [
  ['I see that you have a Pro account and that resetting the API key did not help with the 401.', true, true],
  ['So the new API key still gives you a 401 error, although my colleague reset it.', true, true],
  ['Your API key was reset and you still get an error. Let me look at the logs.', true, true],
  ['I know that the reset of your key did not help. Let me see why you get a 401.', true, true],
  ['You reset the API key, and the error stayed. I will look at the requests now.', true, true],
  ['I hear that the API key fails with a 401, on your Pro plan. One moment.', true, true],
  ['I understand that you still get a 401 error with your API key. Let me check.', true, false],
  ['A 401 error is annoying. I will find out what is wrong.', true, false],
  ['Your key gives a 401, so the request has no valid key in it.', true, false],
  ['You are on the Pro plan, I see. Give me a second.', false, true],
  ['Hello, this is the technical specialist. How can I help you today?', false, false],
  ['Hi, you are through to the technical team. What seems to be the problem?', false, false],
  ['Good morning. Could you tell me your account number first?', false, false],
  ['Thank you for holding. I will be happy to help.', false, false],
  ['Hello there. Please describe what happened.', false, false],
  ['One moment please, I am opening your file.', false, false],
  ['I am sorry that you had to wait. What can I do for you?', false, false],
  ['Welcome to Acme support. I am an AI assistant.', false, false],
];

describe('the first words of a specialist', () => {
  it('are judged right in a small corpus', () => {
    const wrong = corpus.filter(([words, issue, finding]) => {
      const judged = judgeFirstWords(words, bundle);
      return judged.issue !== issue || judged.finding !== finding;
    });
    process.stdout.write(`first words: ${corpus.length - wrong.length} of ${corpus.length} judged right\n`);
    expect(wrong.map(([words]) => words)).toEqual([]);
  });

  it('of the example call name both', () => {
    expect(judgeFirstWords(clipOf('technicalKnows').text, bundle)).toEqual({ issue: true, finding: true, feeling: null });
  });

  it('need no finding when nothing was tried or found', () => {
    const nothing = bundleOf([1, callerSaid('hi')], [5, { ...requested, reason: 'SDK error' }]);
    expect(judgeFirstWords('You have an error in the SDK.', nothing)).toEqual({ issue: true, finding: null, feeling: null });
    expect(judgeFirstWords('Hello!', nothing)).toEqual({ issue: false, finding: null, feeling: null });
  });

  it.each([
    ["I'm sorry that this takes so long.", true],
    ["I know that's frustrating.", true],
    ['That must be annoying, I can imagine.', true],
    ['I understand how you feel.', true],
    ['You still get a 401.', false],
    ['Hello, how can I help?', false],
  ])('of a caller who is frustrated take that up, or not: %s', (words, feeling) => {
    const upset = { ...bundle, sentiment: 'frustrated' };
    expect(judgeFirstWords(words, upset).feeling).toBe(feeling);
    expect(judgeFirstWords(words, { ...bundle, sentiment: 'calm' }).feeling).toBeNull();
  });
});
