import { describe, expect, it } from 'vitest';
import { createLine } from '../../agents/acme/line.ts';
import { checkLine } from '../../agents/check-line.ts';
import { disclosureOf, hasWords } from '../../agents/disclosure.ts';

const own = { ai: 'Hej, jeg er en AI.', recorded: 'Opkaldet optages.', notRecorded: 'Opkaldet optages ikke.' };

describe('what a caller is told first', () => {
  it.each([
    ['en', 'en-US', /AI assistant\. The sound of this call is not recorded\.$/],
    ['en-GB', 'en-GB', /AI assistant/],
    ['de-AT', 'de-DE', /KI-Assistenten/],
    ['fr', 'fr-FR', /intelligence artificielle/],
    [undefined, 'en-US', /AI assistant/],
    ['ja', 'en-US', /AI assistant/],
  ])('in %s is said in %s', (language, tag, words) => {
    expect(disclosureOf({ language }, false)).toMatchObject({ tag, words: expect.stringMatching(words) });
  });

  it('says whether the call is recorded', () => {
    expect(disclosureOf({ language: 'en' }, true).words).toMatch(/This call is recorded\.$/);
    expect(disclosureOf({ language: 'de' }, false).words).toMatch(/nicht aufgezeichnet\.$/);
  });

  it('is what the line says, in its language', () => {
    const line = { disclosure: own, language: 'da-DK' };
    expect(disclosureOf(line, true)).toEqual({ words: `${own.ai} ${own.recorded}`, tag: 'da-DK', isRecorded: true });
    expect([hasWords(line), hasWords({ language: 'da' }), hasWords({ language: 'es-MX' })]).toEqual([true, false, true]);
  });

  it.each([{}, { ...own, recorded: ' ' }, { ...own, ai: 'x'.repeat(301) }, null, 'words'])(
    'must be whole: %j',
    (disclosure) => {
      const line = { ...createLine({ backOfficeUrl: undefined }), disclosure };
      expect(checkLine(line).problems.map(({ path }) => path)).not.toEqual([]);
    },
  );
});
