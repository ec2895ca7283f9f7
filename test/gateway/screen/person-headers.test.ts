import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PersonContext, personHeaders, withPersonHeaders } from '../../../gateway/screen/person-headers.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { bundleOf, learned } from '../../agents/handoff/world.ts';
import { fuzzRuns, nastyText } from '../../fuzz/runs.ts';

const link = 'https://voice.example.com/screen/AWklNYABI0VniavN7wEjRWeJq83vMy4x.h5N0kzNV8SMDqEQRZg2TGw';
const feels = (sentiment: string): ContextFact => ({ type: 'sentiment-noticed', sentiment });
const dana: PersonContext = {
  bundle: bundleOf([1, learned('callerName', 'Dana Miller')], [2, learned('accountTier', 'Pro')], [3, feels('frustrated')]),
  transfer: { to: 'billing', reason: 'Was charged twice; asks for a person' },
  link,
};

/** What a SIP stack reads from the query of an address. */
const headersOf = (query: string): Record<string, string> =>
  Object.fromEntries(
    query.split('&').map((header) => {
      const [name = '', value = ''] = header.split('=');
      return [name, decodeURIComponent(value)];
    }),
  );
const userDataOf = (query: string): unknown => {
  const [, hex = ''] = /^((?:[0-9a-f]{2})+);encoding=hex$/.exec(headersOf(query)['User-to-User'] ?? '') ?? [];
  return JSON.parse(Buffer.from(hex, 'hex').toString());
};

test('link, call, and what a person wants to know', () => {
  const query = personHeaders(dana);
  expect(headersOf(query)).toEqual({
    'X-Throughline-Screen': link,
    'X-Throughline-Call': dana.bundle.callId,
    'User-to-User': expect.any(String),
    'X-Throughline-Reason': 'Was charged twice; asks for a person',
    'X-Throughline-Caller': 'Dana Miller',
    'X-Throughline-Mood': 'frustrated',
    'X-Throughline-Tier': 'Pro',
  });
  expect(userDataOf(query)).toEqual({
    call: dana.bundle.callId,
    screen: link,
    reason: 'Was charged twice; asks for a person',
    mood: 'frustrated',
    name: 'Dana Miller',
  });
});

test('what is not known has no header', () => {
  const empty = personHeaders({ bundle: bundleOf(), transfer: { to: 'billing', reason: '' }, link });
  expect(Object.keys(headersOf(empty))).toEqual(['X-Throughline-Screen', 'X-Throughline-Call', 'User-to-User']);
});

describe('text', () => {
  const reasonFor = (reason: string) => {
    const query = personHeaders({ ...dana, transfer: { to: 'x', reason } });
    return { header: headersOf(query)['X-Throughline-Reason'], user: userDataOf(query) };
  };

  test('accents are folded in X- headers and kept in User-to-User', () => {
    const { header, user } = reasonFor('Rechnung für Müller – naïve 😀');
    expect(header).toBe('Rechnung fur Muller naive');
    expect(user).toMatchObject({ reason: 'Rechnung für Müller – naïve 😀' });
  });

  test('another script is in User-to-User only', () => {
    const { header, user } = reasonFor('账单问题');
    expect(header).toBeUndefined();
    expect(user).toMatchObject({ reason: '账单问题' });
  });

  test('a line break can not begin a header of its own', () => {
    expect(reasonFor('a\r\nX-Evil: 1\r\n\r\nbody').header).toBe('a X-Evil: 1 body');
    expect(personHeaders({ ...dana, transfer: { to: 'x', reason: 'a&X-Evil=1' } })).not.toContain('&X-Evil');
  });

  test('a long reason ends behind a word', () => {
    expect(reasonFor('alpha beta gamma '.repeat(40)).header).toMatch(/^(alpha beta gamma )+alpha( beta)?( gamma)?$/);
    expect(reasonFor('x'.repeat(500)).header).toBe('x'.repeat(160));
  });

  test('a key is not told', () => {
    expect(personHeaders({ ...dana, transfer: { to: 'x', reason: 'uses sk-abcdefghijklmnopqrstuv' } })).not.toContain(
      'abcdef',
    );
  });
});

describe('room', () => {
  test.each<[number, readonly string[]]>([
    [1_024, ['Screen', 'Call', 'User-to-User', 'Reason', 'Caller', 'Mood', 'Tier']],
    [400, ['Screen', 'Call', 'User-to-User']],
    [220, ['Screen', 'Call', 'Caller']],
    [190, ['Screen', 'Call']],
    [130, ['Screen']],
    [60, ['Call']],
    [50, ['Caller']],
    [10, []],
  ])('%i characters: %j', (room, names) => {
    const query = personHeaders(dana, room);
    expect(query.length).toBeLessThanOrEqual(room);
    expect(query === '' ? [] : Object.keys(headersOf(query)).map((name) => name.replace('X-Throughline-', ''))).toEqual(
      names,
    );
  });

  test('the headers that an address has already count, and stay', () => {
    expect(withPersonHeaders('sip:4000@pbx.example.com;transport=tls', dana)).toBe(
      `sip:4000@pbx.example.com;transport=tls?${personHeaders(dana)}`,
    );
    const own = `X-Own=${'a'.repeat(700)}`;
    const address = withPersonHeaders(`sip:4000@pbx.example.com?${own}`, dana);
    expect(address.startsWith(`sip:4000@pbx.example.com?${own}&X-Throughline-Screen=`)).toBe(true);
    expect(address.split('?')[1]?.length).toBeLessThanOrEqual(1_024);
    const full = `sip:4000@pbx.example.com?X-Own=${'a'.repeat(1_100)}`;
    expect(withPersonHeaders(full, dana)).toBe(full);
  });
});

const anyText = fc.oneof(
  nastyText,
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constant('账'.repeat(3_000)),
  fc.constant('a b '.repeat(500)),
);

test('whatever is known: at most 1,024 characters that a SIP address can hold, and all of it reads back as one line', () => {
  fc.assert(
    fc.property(fc.tuple(anyText, anyText, anyText), fc.webUrl(), ([reason, name, sentiment], url) => {
      const bundle = bundleOf([1, learned('name', name)], [2, learned('tier', name)], [3, feels(sentiment)]);
      const query = personHeaders({ bundle, transfer: { to: 'x', reason }, link: url });
      expect(query.length).toBeLessThanOrEqual(1_024);
      expect(query).toMatch(/^[\w.!~*'()%&=-]+$/);
      const headers = headersOf(query);
      for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
      expect(userDataOf(query)).toMatchObject({ call: bundle.callId });
      expect(headers['X-Throughline-Screen']).toBe(url);
    }),
    { numRuns: fuzzRuns },
  );
});
