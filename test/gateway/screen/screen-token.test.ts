import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScreenTokens, screenLink } from '../../../gateway/screen/screen-token.ts';
import { parseCallId, wallTime } from '../../../infra/brand.ts';
import type { TransferRef } from '../../../store/transfers.ts';
import { damaged } from '../../fuzz/runs.ts';
import { FakeClock } from '../../world/clock.ts';

const callIdOf = (hex: string) => {
  const callId = parseCallId(`CA${hex}`);
  if (callId === undefined) throw new Error('not a call id');
  return callId;
};
const ref: TransferRef = { callId: callIdOf('0123456789abcdef'.repeat(2)), transfer: '3.1' };
const hours = 60 * 60 * 1_000;

const setUp = () => {
  const clock = new FakeClock();
  const tokens = new ScreenTokens(['secret'], clock);
  return { clock, tokens, token: tokens.issue(ref) };
};
const wrong = { kind: 'invalid', why: 'wrong' };

test('a token names its transfer, as often as it is shown', () => {
  const { tokens, token } = setUp();
  expect(tokens.verify(token)).toEqual({ kind: 'valid', ref });
  expect(tokens.verify(token)).toEqual({ kind: 'valid', ref });
});

test('it fits into a text message with words before it, and holds nothing that a link would escape', () => {
  const { token } = setUp();
  const link = screenLink(new URL('https://voice.example.com'), token);
  expect(link).toBe(`https://voice.example.com/screen/${token}`);
  expect(new URL(link).pathname).toBe(`/screen/${token}`);
  expect(link.length).toBeLessThan(100);
});

test('the link keeps the path of PUBLIC_URL and none of its query', () => {
  expect(screenLink(new URL('https://example.com/voice/?a=b#c'), 't')).toBe('https://example.com/voice/screen/t');
});

test('any transfer of any call comes back as it was', () => {
  const { tokens } = setUp();
  const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 32, maxLength: 32 });
  const printable = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));
  const name = fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(hex, name, (digits, transfer) => {
      const each = { callId: callIdOf(digits), transfer };
      expect(tokens.verify(tokens.issue(each))).toEqual({ kind: 'valid', ref: each });
    }),
  );
});

test.each(['', 'two words', 'ü', 'x'.repeat(65), 'a\nb'])('a transfer named %j is refused at once', (transfer) => {
  expect(() => setUp().tokens.issue({ ...ref, transfer })).toThrow(/1 to 64 printable/);
});

test.each([
  [0, 'valid'],
  [8 * hours - 1, 'valid'],
  [8 * hours, 'valid'],
  [8 * hours + 1, 'expired'],
  [1_000 * hours, 'expired'],
])('%i ms after its issue it is %s', (span, expected) => {
  const { clock, tokens, token } = setUp();
  clock.advance(span);
  const verified = tokens.verify(token);
  expect(verified.kind === 'valid' ? 'valid' : verified.why).toBe(expected);
});

test('a life of its own', () => {
  const { clock, tokens } = setUp();
  const token = tokens.issue(ref, wallTime(clock.wall() + 5_000));
  clock.advance(5_000);
  expect(tokens.verify(token).kind).toBe('valid');
  clock.advance(1_000);
  expect(tokens.verify(token)).toEqual({ kind: 'invalid', why: 'expired' });
});

describe('who signed it', () => {
  test('a node that has rotated its auth token takes what one with the old token issued, and issues by the new', () => {
    const { clock, token } = setUp();
    const rotated = new ScreenTokens(['new', 'secret'], clock);
    expect(rotated.verify(token).kind).toBe('valid');
    expect(new ScreenTokens(['new'], clock).verify(rotated.issue(ref)).kind).toBe('valid');
    expect(new ScreenTokens(['secret'], clock).verify(rotated.issue(ref))).toEqual(wrong);
  });

  test('another secret is wrong, also when the token has expired', () => {
    const { clock, token } = setUp();
    expect(new ScreenTokens(['other'], clock).verify(token)).toEqual(wrong);
    clock.advance(9 * hours);
    expect(new ScreenTokens(['other'], clock).verify(token)).toEqual(wrong);
  });

  test('what signs streams does not sign screens, though it comes from the same secret', () => {
    const { tokens, token } = setUp();
    const [payload = ''] = token.split('.');
    const signedFor = (use: string): string => {
      const key = createHmac('sha256', 'secret').update(use).digest();
      return `${payload}.${createHmac('sha256', key).update(payload).digest().subarray(0, 16).toString('base64url')}`;
    };
    expect(tokens.verify(signedFor('throughline screen token')).kind).toBe('valid');
    expect(tokens.verify(signedFor('throughline stream token'))).toEqual(wrong);
  });
});

describe('forgeries', () => {
  test('the parts of two genuine tokens do not mix', () => {
    const { tokens, token } = setUp();
    const other = tokens.issue({ ...ref, transfer: '4.1' });
    expect(tokens.verify(`${token.split('.')[0]}.${other.split('.')[1]}`)).toEqual(wrong);
  });

  test('a longer life, written over the old one, is wrong', () => {
    const { tokens, token } = setUp();
    const [payload = '', mac = ''] = token.split('.');
    const bytes = Buffer.from(payload, 'base64url');
    bytes.writeUInt32BE(0xffffffff, 1);
    expect(tokens.verify(`${bytes.toString('base64url')}.${mac}`)).toEqual(wrong);
  });

  test('every beginning, every end, and another text of the same bytes', () => {
    const { tokens, token } = setUp();
    for (let length = 0; length < token.length; length += 1) {
      expect(tokens.verify(token.slice(0, length))).toEqual(wrong);
      if (length > 0) expect(tokens.verify(token.slice(length))).toEqual(wrong);
    }
    // 22 characters hold 132 bits, so four bits of the last one say nothing.
    const twins = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map(
      (last) => token.slice(0, -1) + last,
    );
    const bytesOf = (text: string) => Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('hex');
    expect(twins.filter((twin) => bytesOf(twin) === bytesOf(token)).length).toBe(16);
    expect(twins.filter((twin) => tokens.verify(twin).kind === 'valid')).toEqual([token]);
  });

  test('10,000 mutations, none of which throws or passes', () => {
    const { tokens, token } = setUp();
    fc.assert(
      fc.property(damaged(fc.constant(token)), (text) => {
        expect(tokens.verify(text).kind).toBe(text === token ? 'valid' : 'invalid');
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.nat(7), (at, bit) => {
        const changed = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
        expect(tokens.verify(token.slice(0, at) + changed + token.slice(at + 1))).toEqual(wrong);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each(['', '.', '..', 'a.b.c', `${'A'.repeat(30)}.${'A'.repeat(22)}`, 'x'.repeat(100_000), '\u0000', '%'])(
    'what is no token at all: %#',
    (text) => {
      expect(setUp().tokens.verify(text)).toEqual(wrong);
    },
  );
});
