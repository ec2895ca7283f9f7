import { expect, test } from 'vitest';
import { figuresPage } from '../../../gateway/console/figures-page.ts';
import type { ShownSuggestion } from '../../../gateway/console/suggestions.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { type Element, find, parsePage, texts } from '../screen/page-document.ts';
import { memoryStores, writeCall } from './filled-store.ts';
import { recordWith } from './records.ts';
import { sideWith, suggestionWith } from './suggestions.ts';

const decided = { at: '2025-12-20T09:00:00.000Z', by: 'Robin' };

const pageWith = async (suggestions: readonly ShownSuggestion[]): Promise<Element> => {
  const { stores, clock } = await memoryStores();
  await writeCall(stores, recordWith(), []);
  const query = { from: '2025-12-03', to: '2026-01-01', line: undefined };
  const figures = await figuresFrom(stores.tallies, clock.wall)(query);
  await stores.close();
  return parsePage(figuresPage({ figures, today: '2026-01-01', suggestions }));
};
const cardsOf = (page: Element) => find(page, 'section.suggestions').flatMap((section) => find(section, 'li'));
const actionsOf = (card: Element | undefined) =>
  card === undefined ? [] : find(card, 'form').map(({ attributes }) => `${attributes['method']} ${attributes['action']}`);
const api = '/api/v1/suggestions/0123456789abcdef';

test('a new one says what to do, on which line and why, once, and what can be decided', async () => {
  const page = await pageWith([suggestionWith()]);
  expect(cardsOf(page).map(({ text }) => text.replaceAll('\u202f', ' '))).toEqual([
    'Send API key calls straight to technical • new Line acme, where support answers them ' +
      '347 of 405 such calls ended with technical: 86 % 95 % interval 82 % to 89 % ' +
      'Saves callers about 1:05 min each: the time until they get there now. Accept Dismiss',
  ]);
  expect(actionsOf(cardsOf(page)[0])).toEqual([`post ${api}/accept`, `post ${api}/dismiss`]);
  expect(texts(page, 'section.suggestions')[0]).toContain('the last 30 days, whatever period is chosen');
});

test('an accepted one says since when, and what came of it, and of how many', async () => {
  const effect = { before: sideWith(75, 0, 138_000), after: sideWith(80, 34, 80_000) };
  const page = await pageWith([suggestionWith({ decided: { state: 'accepted', ...decided, effect } })]);
  const [card] = cardsOf(page);
  expect(card?.text).toContain('accepted 20 Dec 2025 by Robin');
  expect(card === undefined ? [] : texts(card, 'tr').map((text) => text.replaceAll('\u202f', ' '))).toEqual([
    'What came of it Before n = 75 Since n = 80',
    'Answered by technical 0 % 43 %',
    'Time until there, median 1:09 min n = 75 40 s n = 80',
    'Handle time, median 2:18 min 1:20 min',
    'Resolved 49 % n = 75 50 % n = 80',
    'Handoffs per call 1.00 0.57',
  ]);
  expect(actionsOf(card)).toEqual([`post ${api}/withdraw`]);
});

test('nothing came of it yet: so it says', async () => {
  const effect = { before: sideWith(0, 0, 0), after: sideWith(0, 0, 0) };
  const page = await pageWith([suggestionWith({ decided: { state: 'accepted', ...decided, effect } })]);
  expect(cardsOf(page)[0]?.text).toContain('No such call since.');
});

test('dismissed ones are behind the others, and can be taken back', async () => {
  const page = await pageWith([suggestionWith({ decided: { state: 'dismissed', ...decided, callsSince: 12 } })]);
  expect(texts(page, 'summary')).toEqual(['1 dismissed']);
  expect(cardsOf(page)[0]?.text).toContain('12 such calls since');
  expect(actionsOf(cardsOf(page)[0])).toEqual([`post ${api}/withdraw`]);
});
