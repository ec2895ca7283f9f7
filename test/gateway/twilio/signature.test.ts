import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, test } from 'vitest';
import { expectedSignature, isBodyHash, mediaUrls, signedUrl, webhookUrls } from '../../../gateway/twilio/signature.ts';

const token = '12345';
const vectors: readonly [string, Record<string, string>, string][] = [
  [
    'https://mycompany.com/myapp.php?foo=1&bar=2',
    { To: '+18005551212', CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309' },
    'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  ],
  [
    'https://gw.example.com/twilio/voice',
    { CallSid: 'CA00000000000000000000000000000001', Direction: 'inbound', From: '+15005550006', To: '+15005550010' },
    'YKPLu4Bq1AO4EHLKO/wE9fHvol0=',
  ],
  ['wss://gw.example.com/twilio/media', {}, 'xOtUNom2O6Ixz0xt8ODDv8MkQUY='],
];

test.each(vectors)('vector %s', (url, fields, signature) => {
  expect(expectedSignature(token, url, Object.entries(fields))).toBe(signature);
});

test('agrees with the package for any fields', () => {
  const fields = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.webUrl(), fields, fc.string({ minLength: 1 }), (url, params, key) => {
      expect(expectedSignature(key, url, Object.entries(params))).toBe(twilio.getExpectedTwilioSignature(key, url, params));
    }),
  );
});

test('a repeated field counts once per distinct value, sorted, as in the package', () => {
  const pairs: [string, string][] = [
    ['b', '2'],
    ['a', 'z'],
    ['b', '1'],
    ['b', '2'],
  ];
  const theirs = twilio.getExpectedTwilioSignature(token, 'https://h/', { a: 'z', b: ['2', '1', '2'] });
  expect(expectedSignature(token, 'https://h/', pairs)).toBe(theirs);
});

test('1,000 mutations of a signature, a field or the URL are refused', () => {
  const [url, fields, signature] = vectors[1] ?? ['', {}, ''];
  const flipped = (text: string, at: number): string => {
    const place = at % text.length;
    return text.slice(0, place) + (text[place] === 'x' ? 'y' : 'x') + text.slice(place + 1);
  };
  const entries = Object.entries(fields);
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('signature', 'url', 'field'), (at, what) => {
      const mutated = entries.map(([name, value], index): [string, string] =>
        what === 'field' && index === at % entries.length ? [name, flipped(value, at)] : [name, value],
      );
      const request = { urls: [what === 'url' ? flipped(url, at) : url], fields: mutated };
      expect(signedUrl([token], what === 'signature' ? flipped(signature, at) : signature, request)).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
  expect(signedUrl([token], signature, { urls: [url], fields: entries })).toBe(url);
});

test.each([undefined, '', ' ', 'é'.repeat(14), 'A'.repeat(100_000)])('a signature such as %j is refused', (signature) => {
  expect(signedUrl([token], signature, { urls: ['https://h/'], fields: [] })).toBeUndefined();
});

test('the old token is good during a rotation, no token is never good', () => {
  const request = { urls: ['https://h/'], fields: [] };
  const signature = expectedSignature('old', 'https://h/', []);
  expect(signedUrl(['new', 'old'], signature, request)).toBe('https://h/');
  expect(signedUrl(['new'], signature, request)).toBeUndefined();
  expect(signedUrl([], signature, request)).toBeUndefined();
});

test('bodySHA256', () => {
  const hash = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862';
  expect(isBodyHash(hash, Buffer.from('{"a":1}'))).toBe(true);
  expect(isBodyHash(hash, Buffer.from('{"a":2}'))).toBe(false);
});

describe('forms of our URLs', () => {
  test('a webhook with and without the port', () => {
    expect(webhookUrls(new URL('https://gw.example.com'), '/twilio/voice?a=1')).toEqual([
      'https://gw.example.com/twilio/voice?a=1',
      'https://gw.example.com:443/twilio/voice?a=1',
    ]);
    expect(webhookUrls(new URL('https://gw.example.com:8443/base/'), '/x')).toEqual([
      'https://gw.example.com:8443/base/x',
      'https://gw.example.com/base/x',
    ]);
  });

  test('the media socket in all six forms', () => {
    expect(mediaUrls(new URL('https://HOST'), '/path').toSorted()).toEqual(
      [
        'wss://host/path',
        'wss://host/path/',
        'wss://host:443/path',
        'wss://host:443/path/',
        'https://host/path',
        'https://host/path/',
        'https://host:443/path',
        'https://host:443/path/',
      ].toSorted(),
    );
    expect(mediaUrls(new URL('https://host'), '/path')[0]).toBe('wss://host/path');
    expect(mediaUrls(new URL('http://127.0.0.1:8080'), '/path')[0]).toBe('ws://127.0.0.1:8080/path');
  });
});
