import { describe, expect, it } from 'vitest';
import { checkHumans } from '../../agents/check-humans.ts';

const problemsOf = (human: unknown): string[] => {
  const problems: string[] = [];
  const humans = new Map<unknown, unknown>([
    ['desk', human],
    ['night', { number: '+4314000100' }],
  ]);
  checkHumans(humans, (path, reason) => problems.push(`${path}: ${reason}`));
  return problems;
};

describe('people of a line', () => {
  it.each([
    [{}],
    [{ number: '+4314000100', way: 'cold', ringSeconds: 40, callerId: '+4314000200', fallback: 'night', afterwards: 'end' }],
    [{ sip: 'sip:desk@pbx.example.com;transport=tls' }],
    [{ queue: 'billing', workflow: `WW${'0a'.repeat(16)}` }],
    [
      {
        number: '+4314000100',
        hours: { timezone: 'Europe/Vienna', open: [{ days: 'Mon-Fri', from: '08:00', to: '18:00' }] },
      },
    ],
  ])('%j is one', (human) => {
    expect(problemsOf(human)).toEqual([]);
  });

  it.each<[unknown, RegExp]>([
    [null, /^humans\.desk: is not a person/],
    [{ number: '+4314000100', sip: 'sip:a@b.example' }, /^humans\.desk: is reached in more than one way/],
    [{ number: '+19005550100' }, /^humans\.desk\.number: is a premium-rate number/],
    [{ sip: 'tel:+4314000100' }, /^humans\.desk\.sip: is no SIP address/],
    [{ queue: '' }, /^humans\.desk\.queue: must be the name of a queue/],
    [{ workflow: `WW${'0a'.repeat(16)}` }, /^humans\.desk\.workflow: belongs to a queue/],
    [{ queue: 'billing', workflow: 'WW1' }, /^humans\.desk\.workflow: must be a workflow/],
    [{ callerId: '0900' }, /^humans\.desk\.callerId: is no phone number/],
    [{ way: 'hot' }, /^humans\.desk\.way: must be "warm" or "cold"/],
    [{ afterwards: 'stay' }, /^humans\.desk\.afterwards: must be "return" or "end"/],
    [{ ringSeconds: 7.5 }, /^humans\.desk\.ringSeconds: must be a whole number/],
    [{ ringSeconds: 500 }, /^humans\.desk\.ringSeconds/],
    [{ fallback: 'desk' }, /^humans\.desk\.fallback: is no other person of this line \(night\)/],
    [{ fallback: 'nihgt' }, /^humans\.desk\.fallback/],
    [
      { hours: { timezone: 'Mars/Base', open: [{ days: 'Mon', from: '08:00', to: '18:00' }] } },
      /^humans\.desk\.hours\.timezone/,
    ],
    [{ fone: '+4314000100' }, /^humans\.desk\.fone/],
  ])('%j is none', (human, problem) => {
    expect(problemsOf(human)).toEqual([expect.stringMatching(problem)]);
  });
});
