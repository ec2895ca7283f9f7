import { expect, test } from 'vitest';
import { endWords } from '../../../gateway/page/end-words.ts';

const ended = { kind: 'ended', at: 0, reason: 'caller-hung-up', resolved: null } as const;

test.each([
  [ended, 'The call ends: the caller hung up'],
  [{ ...ended, reason: 'agent-ended', resolved: true }, 'The call ends; the agent says it is solved'],
  [{ ...ended, reason: 'agent-ended', resolved: false }, 'The call ends; the agent says it is not solved'],
  [{ ...ended, reason: 'person-ended', resolved: true, claimedBy: 'person' }, 'The call ends; the person says it is solved'],
  [{ ...ended, reason: 'turned-away', claimedBy: 'agent' }, 'The call ends: agents did not take it'],
  [{ ...ended, reason: 'of-a-newer-version' }, 'The call ends: of-a-newer-version'],
] as const)('%j: %s', (entry, words) => {
  expect(endWords(entry)).toBe(words);
});
