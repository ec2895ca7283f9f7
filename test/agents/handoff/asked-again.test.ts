import { describe, expect, it } from 'vitest';
import { acmeQuestions } from '../../../agents/acme/questions.ts';
import { askedAgain, type KnownFields, knownFields } from '../../../agents/handoff/asked-again.ts';
import { clipNames, clipOf } from '../../world/voices/clips.ts';
import { corpus, knownOnTheCall, type Sentence } from './asked-again.corpus.ts';
import { bundleOf, callerSaid, handedOver, learned, tried } from './world.ts';

const known: KnownFields = {
  facts: Object.entries(knownOnTheCall.facts).map(([key, value]) => ({ key, value })),
  attempts: knownOnTheCall.attempts,
  issue: true,
};
const questions = new Map(Object.entries(acmeQuestions));
const fieldsIn = (text: string, what = known) => askedAgain(text, what, questions).map(({ field }) => field);

const judge = (sentences: readonly Sentence[]) => {
  const found = sentences.map(({ text, asksFor }) => ({ asksFor, fields: fieldsIn(text) }));
  const right = found.filter(({ asksFor, fields }) => asksFor !== undefined && fields.includes(asksFor)).length;
  const claimed = found.reduce((sum, { fields }) => sum + fields.length, 0);
  const wanted = found.filter(({ asksFor }) => asksFor !== undefined).length;
  return { precision: right / claimed, recall: right / wanted };
};

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

describe('asking for what is known', () => {
  it('the corpus is large enough, and a third of it innocent', () => {
    expect(new Set(corpus.map(({ text }) => text)).size).toBeGreaterThanOrEqual(300);
    expect(corpus.filter(({ asksFor }) => asksFor === undefined).length).toBeGreaterThanOrEqual(100);
  });

  // The rules were tuned on the first half and never on the second, which says what they are worth.
  it.each([
    ['the half that the rules were tuned on', corpus.filter((_, index) => index % 2 === 0)],
    ['the half that they were never tuned on', corpus.filter((_, index) => index % 2 === 1)],
  ])('is noticed in %s', (name, sentences) => {
    const { precision, recall } = judge(sentences);
    process.stdout.write(
      `asked again, ${name}: ${sentences.length} sentences, precision ${percent(precision)}, recall ${percent(recall)}\n`,
    );
    expect(precision).toBeGreaterThanOrEqual(0.97);
    expect(recall).toBeGreaterThanOrEqual(0.93);
  });

  it('is no matter when it is not known', () => {
    const nothing: KnownFields = { facts: [], attempts: [], issue: false };
    for (const { text } of corpus) expect(fieldsIn(text, nothing), text).toEqual([]);
  });

  it('is said once per field, with the sentence', () => {
    expect(askedAgain("I'm sorry. What is your account ID? And your account ID? Your e-mail?", known, questions)).toEqual([
      { field: 'accountId', sentence: 'What is your account ID?' },
      { field: 'email', sentence: 'Your e-mail?' },
    ]);
  });

  it('a field that nobody declared is known by the words of its key', () => {
    const what = { ...known, facts: [{ key: 'orderNumber', value: 'A-77812' }] };
    expect(fieldsIn('Could you give me the order number?', what)).toEqual(['orderNumber']);
    expect(fieldsIn('What is the number of your order?', what)).toEqual(['orderNumber']);
    expect(fieldsIn('Is it order number A-77812?', what)).toEqual([]);
    expect(fieldsIn('Could you put that in order?', what)).toEqual([]);
  });

  it('no agent of the example call asks for what is known', () => {
    const spoken = clipNames.filter((name) => name.startsWith('technical') && name !== 'technicalHelp');
    for (const name of spoken) expect(fieldsIn(clipOf(name).text), clipOf(name).text).toEqual([]);
  });

  it.each([
    ['to '.repeat(20_000)],
    [`${'so, '.repeat(20_000)}what is your account id?`],
    [`your ${'a'.repeat(100_000)}?`],
    [`your ${'a, '.repeat(50_000)}`],
    [`${'what '.repeat(20_000)}?`],
    ['could you please '.repeat(10_000)],
    ['\u0130'.repeat(50_000)],
  ])('endless words are judged at once', (words) => {
    expect(fieldsIn(words).length).toBeLessThanOrEqual(2);
  });

  it('knows from the bundle what is known', () => {
    expect(knownFields(bundleOf([1, callerSaid('hi')])).issue).toBe(false);
    expect(knownFields(bundleOf([1, { type: 'issue-classified', category: 'API key' }])).issue).toBe(false);
    const bundle = bundleOf(
      [1, learned('tier', 'Pro')],
      [2, tried('Reset API key')],
      ...handedOver(3, 'support', 'technical'),
    );
    expect(knownFields(bundle)).toMatchObject({ facts: [{ key: 'tier' }], attempts: ['Reset API key'], issue: true });
  });
});
