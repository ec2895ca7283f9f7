import { describe, expect, it, test } from 'vitest';
import { checkPilot } from '../../agents/check-pilot.ts';
import { whyNoNumber, whyNotDialable } from '../../agents/phone-number.ts';

const problemsOf = (pilot: unknown): readonly string[] => {
  const problems: string[] = [];
  checkPilot('pilot', pilot, (path, reason) => problems.push(`${path}: ${reason}`));
  return problems;
};
const number = '+4930123456';

describe('checkPilot', () => {
  const good: readonly (readonly [string, object])[] = [
    ['only where the rest goes', { otherwise: { number } }],
    [
      'all conditions',
      {
        share: 0.1,
        callers: [number],
        hours: { timezone: 'UTC', open: [{ days: 'Mon', from: '09:00', to: '17:00' }] },
        otherwise: { queue: 'support' },
      },
    ],
    ['a workflow', { otherwise: { queue: 'support', workflow: `WW${'a1'.repeat(16)}` } }],
    ['the old IVR', { share: 0, otherwise: { url: 'https://ivr.example.com/voice?x=1&y=2#rc=2' } }],
    [
      'a telephone system',
      { share: 1, otherwise: { sip: 'sip:4000@pbx.example.com:5061;transport=tls?X-From=throughline' } },
    ],
    ['a caller on a satellite phone', { callers: ['+881612345678'], otherwise: { number } }],
    ['an empty list', { callers: [], otherwise: { number } }],
  ];
  test.each(good)('%s is good', (_, pilot) => expect(problemsOf(pilot)).toEqual([]));

  const elsewhere = (otherwise: unknown) => ({ otherwise });
  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /^pilot: is not/],
    [
      'a misspelt key, which would let all callers in',
      { caller: [number], otherwise: { number } },
      /^pilot\.caller: is not known/,
    ],
    ['percent', { share: 10, otherwise: { number } }, /^pilot\.share: .*0\.1 is every tenth/],
    ['no number', { share: Number.NaN, otherwise: { number } }, /^pilot\.share/],
    ['a share as text', { share: '0.1', otherwise: { number } }, /^pilot\.share/],
    ['callers as text', { callers: number, otherwise: { number } }, /^pilot\.callers: must be a list/],
    ['a national number', { callers: [number, '0664 123'], otherwise: { number } }, /^pilot\.callers\[1\]: .*E\.164/],
    [
      'a number with a digit too many',
      { callers: ['+141555501345'], otherwise: { number } },
      /^pilot\.callers\[0\]: .*digits for \+1/,
    ],
    ['bad hours', { hours: { timezone: 'x', open: [] }, otherwise: { number } }, /^pilot\.hours\.timezone/],
    ['nowhere', { share: 0.1 }, /^pilot\.otherwise: is missing/],
    ['no place', elsewhere({}), /^pilot\.otherwise: names 0 places/],
    ['two places', elsewhere({ number, queue: 'x' }), /^pilot\.otherwise: names 2 places/],
    ['an unknown place', elsewhere({ number, fax: '1' }), /^pilot\.otherwise\.fax: is not known/],
    ['a premium number', elsewhere({ number: '+19005550000' }), /^pilot\.otherwise\.number: is a premium-rate/],
    ['a queue without a name', elsewhere({ queue: ' ' }), /^pilot\.otherwise\.queue/],
    ['a queue with a long name', elsewhere({ queue: 'q'.repeat(65) }), /^pilot\.otherwise\.queue/],
    ['a workflow that is none', elsewhere({ queue: 'x', workflow: 'WW12' }), /^pilot\.otherwise\.workflow/],
    [
      'a workflow without a queue',
      elsewhere({ number, workflow: `WW${'a1'.repeat(16)}` }),
      /^pilot\.otherwise\.workflow: belongs/,
    ],
    ['http', elsewhere({ url: 'http://ivr.example.com/voice' }), /^pilot\.otherwise\.url: must be https/],
    ['a script', elsewhere({ url: 'javascript:alert(1)' }), /^pilot\.otherwise\.url: must be https/],
    ['no URL', elsewhere({ url: '/voice' }), /^pilot\.otherwise\.url: is no URL/],
    ['no SIP', elsewhere({ sip: 'tel:+4930' }), /^pilot\.otherwise\.sip/],
    ['SIP with a space', elsewhere({ sip: 'sip:a b@pbx.example.com' }), /^pilot\.otherwise\.sip/],
  ])('%s', (_, pilot, problem) => expect(problemsOf(pilot).join('\n')).toMatch(problem));
});

describe('phone numbers', () => {
  it.each([
    ['Berlin', '+4930123456'],
    ['San Francisco', '+14155550134'],
    ['toll-free', '+18005551212'],
    ['toll-free over borders', '+80012345678'],
    ['a mobile phone', '+436641234567'],
    ["a range that isn't given out, or newer than the tables", '+15551234567'],
    ['what the carrier has for tests', '+15005550006'],
  ])('%s may be dialled', (_, text) => expect(whyNotDialable(text)).toBeUndefined());

  it.each([
    ['a US premium number', '+19005550000', /premium-rate/],
    ['an Austrian one', '+43900123456', /premium-rate/],
    ['an international one', '+979123456789', /international network/],
    ['a German service number', '+491805123456', /shared-cost/],
    ['a satellite', '+881612345678', /satellite/],
    ['a network of no country', '+88216123456', /international network/],
    ['nobody', '+999123456', /country code/],
    ['too short', '+15550100', /digits for \+1/],
    ['national', '030 123456', /E\.164/],
    ['no text', 43_30, /E\.164/],
  ])('%s may not', (_, value, why) => expect(whyNotDialable(value)).toMatch(why));

  it('who calls may have any number that can be one', () => {
    expect(whyNoNumber('+881612345678')).toBeUndefined();
    expect(whyNoNumber('+15550100')).toMatch(/digits/);
  });
});
