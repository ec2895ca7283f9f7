import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostWords, whisper } from '../../../agents/handoff/whisper.ts';
import type { ContextBundle } from '../../../store/context/bundle.ts';
import type { ContextFact, FactSource, Json } from '../../../store/context/event.ts';
import { fuzzRuns, nastyText } from '../../fuzz/runs.ts';
import { bundleOf, learned, tried } from './world.ts';

const from = (number: string): ContextFact => ({ type: 'call-started', from: number, to: '+1', line: 'acme', ivr: {} });
const said = (key: string, value: Json, source: FactSource = 'caller'): ContextFact => ({
  type: 'fact-learned',
  key,
  value,
  source,
  verified: false,
});
const feels = (sentiment: string): ContextFact => ({ type: 'sentiment-noticed', sentiment });
const about = (category: string): ContextFact => ({ type: 'issue-classified', category });
const knowing = (...facts: readonly ContextFact[]): ContextBundle =>
  bundleOf(...facts.map((fact, index) => [index, fact] as const));

const whispered = (facts: readonly ContextFact[], reason = '', to = 'billing'): string =>
  whisper({ bundle: knowing(...facts), reason, to });

test('who, what, what was tried, mood', () => {
  const dana = [
    from('+14155550134'),
    learned('callerName', 'Dana Miller'),
    learned('company', 'Initech'),
    learned('accountTier', 'Pro'),
    tried('Reset API key'),
    feels('frustrated'),
  ];
  expect(whispered(dana, 'The new API key still gets a 401')).toBe(
    'A caller for billing: Dana Miller, Initech, Pro. The new API key still gets a 401. Tried: Reset API key, failed. The caller is frustrated.',
  );
});

describe('who', () => {
  test.each<[string, readonly ContextFact[], string]>([
    [
      'a number digit by digit',
      [from('+14155550134')],
      'A caller for billing: number 1 4 1 5 5 5 5 0 1 3 4. Asked for a person.',
    ],
    [
      'no number where there is a name',
      [from('+14155550134'), learned('name', 'Dana')],
      'A caller for billing: Dana. Asked for a person.',
    ],
    [
      'a name that only the caller gave',
      [said('name', 'Dana')],
      'A caller for billing: Dana, not verified. Asked for a person.',
    ],
    [
      'a verified name before one that is not',
      [said('callerName', 'Eve'), learned('accountName', 'Dana')],
      'A caller for billing: Dana. Asked for a person.',
    ],
    [
      'first and last name',
      [learned('firstName', 'Dana'), learned('lastName', 'Miller')],
      'A caller for billing: Dana Miller. Asked for a person.',
    ],
    ['a withheld number', [from('+266696687'), about('refund')], 'A caller for billing, not known. It is about refund.'],
    [
      'an address is not spelled',
      [from('sip:dana@example.com'), about('refund')],
      'A caller for billing, not known. It is about refund.',
    ],
    [
      'a name that is no text',
      [learned('name', 'x'), said('company', ['a', 'b'])],
      'A caller for billing: x. Asked for a person.',
    ],
  ])('%s', (_name, facts, expected) => {
    expect(whispered(facts)).toBe(expected);
  });

  test.each(['human', '', 'a person', 'Agent'])('nobody in particular is not named: %j', (to) => {
    expect(whispered([learned('name', 'Dana')], '', to)).toBe('A caller: Dana. Asked for a person.');
  });
});

describe('nothing known', () => {
  test.each(['', 'not said', '   ', 'NOT SAID', '[redacted]', '****'])('with the reason %j', (reason) => {
    expect(whispered([], reason)).toBe('A caller asked for a person.');
  });
});

describe('what, and what was tried', () => {
  test('a reason is cut at a word where one can stop, and the attempts have room', () => {
    const reason = `Cannot log in to the portal after the ${'very '.repeat(60)}long migration`;
    const words = whispered([learned('name', 'Dana'), tried('Cleared the cache'), feels('angry')], reason);
    expect(words).toContain('A caller for billing: Dana. Cannot log in to the portal after the very very');
    expect(words).toMatch(/very\. Tried: Cleared the cache, failed\. The caller is angry\.$/);
  });

  test('what is cut does not end in a word that hangs', () => {
    // 34 words are left for the reason, and the 34th of these is "the".
    const reason = `${'word '.repeat(30)}and because of the outage`;
    expect(whispered([about('x')], reason)).toBe(`A caller for billing, not known. ${'Word'}${' word'.repeat(29)}.`);
  });

  test('failures first, the newest of them first, each with its outcome', () => {
    const facts = [tried('Restarted', 'worked'), tried('New cable'), tried('New router')];
    expect(whispered(facts, 'No line')).toBe(
      'A caller for billing, not known. No line. Tried: New router, failed; New cable, failed; Restarted, worked.',
    );
  });

  test('many attempts leave two thirds of the words to the reason', () => {
    const facts = Array.from({ length: 30 }, (_, index) => tried(`Tried thing number ${index}`));
    const reason = Array.from({ length: 30 }, (_, index) => `w${index}`);
    const words = whispered(facts, reason.join(' '));
    expect(words).toContain(`W0 ${reason.slice(1, 20).join(' ')}`); // 32 words are left
    expect(words).toContain('. Tried: Tried thing number 29, failed');
  });

  test('an attempt that fits whole goes before a newer one that does not, and two words of one are none', () => {
    const reason = 'word '.repeat(40);
    const long = tried(`Sent the Authorization header ${'again and again '.repeat(8)}`);
    expect(whispered([tried('Reset API key'), long], reason)).toContain('Tried: Reset API key, failed.');
    expect(whispered([long], reason)).toContain('Tried: Sent the Authorization header again and again again, failed.');
    const number = [from('+123456789012345'), learned('company', 'a b c d'), learned('plan', 'a b c d'), long];
    expect(whispered(number, reason)).not.toContain('Tried');
  });

  test('a text that is far too long is not looked at to its end, and no word of it is cut', () => {
    const word = 'abcdefghijklmnopqrstuvwxy';
    expect(whispered([about('x')], `${word} `.repeat(60))).toMatch(
      /^A caller for billing, not known\. Abc\w{22}( abc\w{22}){10,}\.$/,
    );
  });

  test('a reason in a language without spaces is cut between its words', () => {
    const words = whispered([], '我的账单有问题请帮助我'.repeat(30));
    expect(words.length).toBeGreaterThan(40);
    expect(words.length).toBeLessThan(150);
  });
});

describe('nothing secret is said', () => {
  test.each([
    ['a card', 'Pays with 4111 1111 1111 1111 today', /\d/],
    ['a card in one piece', 'Pays with 4111111111111111 today', /\d/],
    ['a telephone number', 'Call back on +1 (415) 555-0134 please', /\d/],
    ['a PIN', 'Their PIN is 4711 and it fails', /4711/],
    ['a password', 'Uses password: hunter2 and it fails', /hunter/],
    ['an API key', 'Uses key sk-abcdefghijklmnopqrstuvwx and it fails', /abcdef|redacted/],
    ['an unknown key', 'Uses key 9f8e7d6c5b4a3f2e1d and it fails', /9f8e/],
    ['what is masked', 'Card ****1234 and •••• and xxxx-99 fail', /[*•]|1234|xxxx|99/],
    ['what was redacted', 'Token [redacted] fails', /redacted|\[/],
    ['an address', 'See https://example.com/a?b=c or dana@example.com please', /http|example|@/],
    ['markup', '<Say>hello</Say> & more', /[<>&]/],
  ])('%s', (_name, reason, secret) => {
    const words = whispered([about('x')], reason);
    expect(words).not.toMatch(secret);
    expect(words).toMatch(/fail|today|please|more/);
  });

  test('a reset of the password is no password', () => {
    expect(whispered([], 'The password reset failed')).toContain('The password reset failed.');
  });

  test('nor in a name, an attempt, a mood', () => {
    const facts = [learned('name', 'Dana 4111111111111111'), tried('Sent [redacted] to x@y.zz'), feels('**** upset')];
    expect(whispered(facts)).toBe(
      'A caller for billing: Dana. Asked for a person. Tried: Sent to, failed. The caller is upset.',
    );
  });
});

/** Counted in another way than the code does: what is between spaces, and hyphens. */
const count = (words: string): number => words.split(/[\s-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

const anyText = fc.oneof(
  nastyText,
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        'the',
        'Key',
        'is',
        'sk-abcdefghijklmnopqrst',
        '4111',
        '1111',
        '请',
        '帮助',
        'naïve,',
        '-',
        '…',
        '401',
        'a-b-c',
      ),
      { maxLength: 60 },
    )
    .map((words) => words.join(' ')),
  fc.constant('word '.repeat(500)),
  fc.constant('x'.repeat(3_000)),
);
const anyFact: fc.Arbitrary<ContextFact> = fc.oneof(
  fc
    .tuple(fc.constantFrom('name', 'company', 'accountTier', 'firstName', 'lastName'), anyText)
    .map(([key, value]) => said(key, value)),
  anyText.map((text) => tried(text)),
  anyText.map(feels),
  anyText.map(about),
  fc.constantFrom('', 'anonymous', '+14155550134', '+441632960961', '+123456789012345').map(from),
);

test('whatever is known: words, at most 38 of them, no control characters, no markup, one line', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 12 }), anyText, anyText, (facts, reason, to) => {
      const words = whispered(facts, reason, to);
      expect(count(words)).toBeLessThanOrEqual(mostWords);
      expect(words).toMatch(/^A caller/);
      expect(words).toMatch(/\.$/);
      expect(words).not.toMatch(/[\p{Cc}\p{Cs}\p{Co}\p{Bidi_Control}<>&*[\]{}]|redacted/u);
      expect(words).not.toMatch(/ {2}|\.\.|\d{7}/);
    }),
    { numRuns: fuzzRuns },
  );
});

test('each word of a reason is said whole or not at all', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcdefghij'), minLength: 1, maxLength: 29 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 80 }), (list) => {
      const words = whispered([about('x')], `q${list.join(' ')}`);
      const reason = /not known\. (.*)\.$/.exec(words)?.[1]?.toLowerCase() ?? '';
      for (const each of reason.split(' ')) expect(`q${list.join(' ')}`.split(' ')).toContain(each);
    }),
    { numRuns: fuzzRuns },
  );
});
