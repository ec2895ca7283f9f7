import { expect, test } from 'vitest';
import { storyOf } from '../../../gateway/console/call-story.ts';
import { term, wallTime } from '../../../infra/brand.ts';
import type { ContextFact } from '../../../store/context/event.ts';

const told = (fact: ContextFact) => storyOf([{ ...fact, seq: 1, term: term(1), at: wallTime(0) }]);

test.each([
  ['finished', 'solved', 'The talk with ana is over: they ended the call; they say it is solved'],
  ['left', 'call-back', 'The talk with ana is over: they hung up, and the caller came back; they will call back'],
  ['given-back', 'not-solved', 'The talk with ana is over: they gave the caller back; they say it is not solved'],
  ['caller-hung-up', null, 'The talk with ana is over: the caller hung up'],
] as const)('a person lets the caller go (%s, %s): in words', (ending, verdict, words) => {
  const ended = { type: 'transfer-ended', transfer: 'x', to: 'ana', ending, talkMs: 1_000, notes: null, verdict } as const;
  expect(told(ended)).toMatchObject([{ words }]);
});
