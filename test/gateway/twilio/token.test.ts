import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../../../gateway/call/ports.ts';
import { plainFact, StreamTokens } from '../../../gateway/twilio/token.ts';
import { parseCallId } from '../../../infra/brand.ts';
import { FakeClock } from '../../world/clock.ts';

const callId = parseCallId(`CA${'1'.repeat(32)}`);
if (callId === undefined) throw new Error('not a call id');
const call: CallFacts = { callId, from: '+15005550006', to: '+15005550010', verstat: 'TN-Validation-Passed-A' };
const account = 'AC1';

const setUp = () => {
  const clock = new FakeClock();
  const tokens = new StreamTokens(['secret'], clock);
  const parameters = tokens.issue(call, account, 'answer');
  return { clock, tokens, parameters, bearer: { parameters, callSid: call.callId as string, accountSid: account } };
};

test('a token brings the call facts and the cause back, once', () => {
  const { tokens, bearer } = setUp();
  const ticket = bearer.parameters['nonce'];
  expect(tokens.redeem(bearer)).toEqual({ kind: 'valid', call, cause: 'answer', ticket, isForeign: false });
  expect(tokens.redeem(bearer)).toEqual({ kind: 'invalid', why: 'used' });
});

test('a node that has rotated its auth token takes what one with the old token issued, and issues by the new', () => {
  const { clock, bearer } = setUp();
  expect(new StreamTokens(['new', 'secret'], clock).redeem(bearer).kind).toBe('valid');
  const parameters = new StreamTokens(['new', 'secret'], clock).issue(call, account, 'answer');
  const fresh = { parameters, callSid: call.callId, accountSid: account };
  expect(new StreamTokens(['secret'], clock).redeem(fresh)).toEqual({ kind: 'invalid', why: 'wrong' });
  expect(new StreamTokens(['new'], clock).redeem(fresh).kind).toBe('valid');
});

test('a call that brings nothing along is signed as before there was anything to bring: older nodes take it', () => {
  const { parameters, bearer } = setUp();
  const { from, to, verstat = '', cause, expires, nonce, token } = parameters;
  const key = createHmac('sha256', 'secret').update('throughline stream token').digest();
  const signed = JSON.stringify([bearer.callSid, account, from, to, verstat, cause, expires, nonce]);
  expect(token).toBe(createHmac('sha256', key).update(signed).digest('hex'));
});

test('another node with the same secret takes it', () => {
  const { clock, bearer } = setUp();
  expect(new StreamTokens(['secret'], clock).redeem(bearer).kind).toBe('valid');
  expect(new StreamTokens(['other'], clock).redeem(bearer)).toEqual({ kind: 'invalid', why: 'wrong' });
});

test.each([
  [29_999, 'valid'],
  [30_000, 'valid'],
  [30_001, 'invalid'],
])('after %i ms it is %s', (span, kind) => {
  const { clock, tokens, bearer } = setUp();
  clock.advance(span);
  expect(tokens.redeem(bearer).kind).toBe(kind);
});

describe('what the call brings along', () => {
  const fields = { accountId: 'acct_1042', note: `"<&>' \u{1f600} ${'ü'.repeat(400)}`, other: 'x'.repeat(500) };
  const brought = { fields, key: '0123456789' };
  const withContext = () => {
    const { clock, tokens } = setUp();
    const parameters = tokens.issue({ ...call, brought }, account, 'answer');
    return { clock, tokens, parameters, bearer: { parameters, callSid: call.callId, accountSid: account } };
  };

  test('comes back as it was, on another node', () => {
    const { clock, parameters, bearer } = withContext();
    for (const [name, value] of Object.entries(parameters)) expect(name.length + value.length).toBeLessThan(500);
    const redeemed = new StreamTokens(['secret'], clock).redeem(bearer);
    expect(redeemed).toMatchObject({ kind: 'valid', call: { ...call, brought }, isForeign: false });
  });

  test.each(['intake', 'intake1', 'intake3'])('another %s is wrong, and so is none', (name) => {
    const changed = withContext();
    const value = String(changed.parameters[name]).replace(/^./, 'z');
    expect(changed.tokens.redeem({ ...changed.bearer, parameters: { ...changed.parameters, [name]: value } })).toEqual({
      kind: 'invalid',
      why: 'wrong',
    });
    const { tokens, bearer, parameters } = withContext();
    const { [name]: _, ...without } = parameters;
    expect(tokens.redeem({ ...bearer, parameters: without })).toEqual({ kind: 'invalid', why: 'wrong' });
  });

  test('added to a token that was given out without is wrong', () => {
    const { tokens, bearer } = setUp();
    const { intake1 = '' } = withContext().parameters;
    expect(tokens.redeem({ ...bearer, parameters: { ...bearer.parameters, intake1 } }).kind).toBe('invalid');
  });

  test('that is too much is cut by whoever reads it, never by the parameters', () => {
    const most = { a: 'x'.repeat(1_690), b: '\u20ac'.repeat(560) };
    const { tokens } = setUp();
    const parameters = tokens.issue({ ...call, brought: { fields: most } }, account, 'answer');
    const redeemed = tokens.redeem({ parameters, callSid: call.callId, accountSid: account });
    expect(redeemed).toMatchObject({ call: { brought: { fields: most } } });
  });
});

describe('a token that is given out ahead', () => {
  const ahead = () => {
    const { clock, tokens } = setUp();
    const key = '0123456789';
    const parameters = tokens.issueAhead({ ...call, brought: { fields: {}, key } }, account, 600_000);
    return { clock, tokens, bearer: { parameters, callSid: call.callId, accountSid: account } };
  };

  test.each([
    [600_000, 'valid'],
    [600_001, 'invalid'],
  ])('after %i ms it is %s', (span, kind) => {
    const { clock, tokens, bearer } = ahead();
    clock.advance(span);
    expect(tokens.redeem(bearer).kind).toBe(kind);
  });

  test('opens a new call, of TwiML that is not ours, with its key', () => {
    const { tokens, bearer } = ahead();
    const brought = { fields: {}, key: '0123456789' };
    const { verstat: _, ...known } = call;
    expect(tokens.redeem(bearer)).toMatchObject({ cause: 'answer', isForeign: true, call: { ...known, brought } });
  });

  test('once: it is remembered as used for as long as it lives, whatever else comes meanwhile', () => {
    const { clock, tokens, bearer } = ahead();
    expect(tokens.redeem(bearer).kind).toBe('valid');
    for (let minute = 1; minute < 10; minute += 1) {
      clock.advance(60_000);
      tokens.redeem({ parameters: { token: 'x', nonce: String(minute), expires: '0' }, callSid: '', accountSid: '' });
    }
    expect(tokens.redeem(bearer)).toEqual({ kind: 'invalid', why: 'used' });
  });

  test.each(['intake1', 'intake10', 'verstat'])('a %s of TwiML that is not ours means nothing, and does no harm', (name) => {
    const { tokens, bearer } = ahead();
    const parameters = { ...bearer.parameters, [name]: 'eyJhIjoiYiJ9' };
    const { verstat: _, ...known } = call;
    expect(tokens.redeem({ ...bearer, parameters })).toMatchObject({
      kind: 'valid',
      call: { ...known, brought: { fields: {}, key: '0123456789' } },
    });
  });

  test.each(['from', 'to', 'intake', 'expires'])('another %s is wrong', (name) => {
    const { tokens, bearer } = ahead();
    const parameters = { ...bearer.parameters, [name]: '9999999999' };
    expect(tokens.redeem({ ...bearer, parameters })).toEqual({ kind: 'invalid', why: 'wrong' });
  });

  test('does not become another kind by its word', () => {
    const { tokens, bearer } = ahead();
    const parameters = { ...bearer.parameters, cause: 'answer' };
    expect(tokens.redeem({ ...bearer, parameters })).toEqual({ kind: 'invalid', why: 'wrong' });
  });
});

describe('bound to everything', () => {
  test.each(['token', 'expires', 'nonce', 'cause', 'from', 'to', 'verstat'] as const)('another %s is wrong', (name) => {
    const { tokens, bearer, parameters } = setUp();
    const changed = { ...parameters, [name]: name === 'cause' ? 'resume' : `${parameters[name]?.slice(0, -1)}0x` };
    expect(tokens.redeem({ ...bearer, parameters: changed })).toEqual({ kind: 'invalid', why: 'wrong' });
  });

  test.each([
    ['call', { callSid: `CA${'2'.repeat(32)}` }],
    ['account', { accountSid: 'AC2' }],
  ])('another %s is wrong, and burns the token', (_name, other) => {
    const { tokens, bearer } = setUp();
    expect(tokens.redeem({ ...bearer, ...other })).toEqual({ kind: 'invalid', why: 'wrong' });
    expect(tokens.redeem(bearer)).toEqual({ kind: 'invalid', why: 'used' });
  });

  test('no token is no token', () => {
    const { tokens, bearer } = setUp();
    expect(tokens.redeem({ ...bearer, parameters: {} })).toEqual({ kind: 'invalid', why: 'missing' });
  });
});

test('tokens that differ are used independently, however many there are', () => {
  const { clock, tokens } = setUp();
  for (let index = 0; index < 12_000; index += 1) {
    tokens.redeem({ parameters: { token: 'x', nonce: String(index), expires: '0' }, callSid: '', accountSid: '' });
  }
  clock.advance(1_000);
  const parameters = tokens.issue(call, account, 'resume');
  expect(tokens.redeem({ parameters, callSid: call.callId, accountSid: account })).toMatchObject({
    kind: 'valid',
    cause: 'resume',
  });
});

test('C From: any text is carried, normalised, at most 256 characters, each parameter under 500', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc.constant('😀'.repeat(2_000)),
    fc.constant('sip:a@b;x="<>&"'),
  );
  fc.assert(
    fc.property(text, text, (from, to) => {
      const tokens = new StreamTokens(['secret'], new FakeClock());
      const parameters = tokens.issue({ callId, from, to }, account, 'answer');
      for (const [name, value] of Object.entries(parameters)) expect(name.length + value.length).toBeLessThan(500);
      const redeemed = tokens.redeem({ parameters, callSid: callId, accountSid: account });
      expect(redeemed).toEqual({
        kind: 'valid',
        call: { callId, from: plainFact(from), to: plainFact(to) },
        cause: 'answer',
        ticket: parameters.nonce,
        isForeign: false,
      });
    }),
  );
  expect(plainFact(' a\u0000\n\u202eb ')).toBe('a\u202eb');
  expect(plainFact('x'.repeat(4_096))).toHaveLength(256);
});
