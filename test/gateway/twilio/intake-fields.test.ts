import { describe, expect, it } from 'vitest';
import { fieldNamesOf } from '../../../agents/intake-names.ts';
import { packBrought, unpackBrought } from '../../../gateway/twilio/carried.ts';
import { type Pair, readFields } from '../../../gateway/twilio/intake-fields.ts';

const names = fieldNamesOf(['accountId', 'department', 'note']);
const key = 'k3y0123456';
const read = (...pairs: Pair[]) => readFields(names, pairs);
const hex = (text: string): string => Buffer.from(text).toString('hex');

describe('fields', () => {
  it.each(['accountId', 'AccountID', 'account_id', 'SipHeader_X-Account-Id', 'X-AccountId'])('%s', (name) => {
    expect(read([name, ' acct_1 ']).brought).toEqual({ fields: { accountId: 'acct_1' } });
  });

  it('nothing that the line does not name gets in, and what Twilio sends is no context', () => {
    const { brought, leftOut } = read(
      ['CallSid', 'CA1'],
      ['accountIdd', 'x'],
      ['__proto__', 'x'],
      ['toString', 'x'],
      ['', 'x'],
    );
    expect([brought, leftOut]).toEqual([undefined, []]);
  });

  it('the first of several counts', () => {
    expect(read(['accountId', 'a'], ['account_id', 'b']).brought?.fields).toEqual({ accountId: 'a' });
  });

  it('an empty one is none, and leaves room for the next', () => {
    expect(read(['accountId', ' \u0000 '], ['account_id', 'b']).brought?.fields).toEqual({ accountId: 'b' });
  });

  it('values are normalised, without control characters, and never cut: too long is left out, by name', () => {
    const { brought, leftOut } = read(
      ['accountId', 'a\u0000\nb\u0301 '],
      ['note', 'x'.repeat(501)],
      ['department', '\ud800'],
    );
    expect(brought?.fields).toEqual({ accountId: 'ab\u0301'.normalize('NFC') });
    expect(leftOut).toEqual([{ name: 'note', why: 'too-long' }]);
    expect(read(['note', 'x'.repeat(500)]).brought?.fields['note']).toHaveLength(500);
    expect(read(['note', 'x'.repeat(1_000_000)]).leftOut).toHaveLength(1);
  });

  it('more than TwiML should carry is left out', () => {
    const many = fieldNamesOf(Array.from({ length: 20 }, (_, index) => `field${index}`));
    const { brought, leftOut } = readFields(
      many,
      [...many.values()].map((name) => [name, 'ü'.repeat(500)]),
    );
    expect(Object.keys(brought?.fields ?? {})).toEqual(['field0', 'field1', 'field2']);
    expect(new Set(leftOut.map(({ why }) => why))).toEqual(new Set(['too-much']));
    expect(unpackBrought(packBrought(brought))).toEqual(brought);
  });
});

describe('the key of an announcement', () => {
  it.each<[string, Pair]>([
    ['a field', ['intake', key]],
    ['written large', ['Intake', ` ${key.toUpperCase()} `]],
    ['a header', ['SipHeader_X-Intake', key]],
    ['bare in User-to-User', ['SipHeader_User-to-User', key]],
    ['in hex', ['SipHeader_User-to-User', `${hex(key)};encoding=hex`]],
    ['in a form in hex', ['SipHeader_User-to-User', `${hex(`intake=${key}&note=n`)};encoding=hex`]],
  ])('%s', (_, pair) => {
    expect(read(pair).brought?.key).toBe(key);
  });

  it.each(['x', `${key}0`, 'ABCDEFGHIJ', '../../etc/', `${key}\u0000${key}`])('%j is none', (value) => {
    expect(read(['intake', value])).toEqual({ brought: undefined, leftOut: [{ name: 'intake', why: 'no-key' }] });
  });
});

describe('User-to-User', () => {
  it.each<[string, string]>([
    ['JSON in hex', `${hex('{"account-id":"acct_1","department":"billing","extra":[1]}')};encoding=hex`],
    ['JSON as it is', '{"accountId":"acct_1","department":"billing"}'],
    ['a form in hex', `${hex('accountId=acct_1&department=billing')};encoding=hex;purpose=isdn-uui`],
    ['a form as it is', 'account_id=acct_1&Department=billing'],
    ['two values', `${hex('accountId=acct_1')};encoding=hex,${hex('{"department":"billing"}')};encoding=hex`],
  ])('%s', (_, header) => {
    const { brought } = read(['SipHeader_User-to-User', header]);
    expect(brought?.fields).toEqual({ accountId: 'acct_1', department: 'billing' });
  });

  it('counts after everything else, wherever it stands', () => {
    const { brought } = read(['SipHeader_User-to-User', 'accountId=uui&note=uui'], ['SipHeader_X-Account-Id', 'header']);
    expect(brought?.fields).toEqual({ accountId: 'header', note: 'uui' });
  });

  it.each([
    '{"__proto__":{"accountId":"x"}}',
    '{"accountId":{"a":1}}',
    '[["accountId","x"]]',
    '{"accountId":',
    '%zz=%zz',
    'Hello',
  ])('%s brings nothing', (header) => expect(read(['SipHeader_User-to-User', header]).brought).toBeUndefined());
});

describe('what a stream carries', () => {
  it.each([undefined, { fields: {}, key }, { fields: { note: `<&>"' \u{1f600}` } }, { fields: { note: 'n' }, key }])(
    '%j',
    (brought) => {
      const packed = packBrought(brought);
      for (const [name, value] of Object.entries(packed)) expect(`${name}${value}`).toMatch(/^[A-Za-z0-9_-]{1,499}$/);
      expect(unpackBrought(packed)).toEqual(brought);
    },
  );

  it.each<Record<string, string>>([
    { intake1: '####' },
    { intake1: 'bnVsbA' },
    { intake1: 'WzFd' },
    { intake: 'x' },
    { intake2: 'e30' },
  ])('parameters that nobody packed bring nothing: %j', (parameters) => expect(unpackBrought(parameters)).toBeUndefined());
});
