import { afterAll, beforeEach, expect, test } from 'vitest';
import { encodeCursor } from '../../../store/paging.ts';
import { openConsole } from './console-world.ts';

const id = '0123456789abcdef';
let asked: unknown[] = [];
let isAway = false;
const answer = async <Value>(what: unknown[], value: Value): Promise<Value> => {
  if (isAway) throw new Error('redis://secret is away');
  asked.push(what);
  return value;
};
const decided = (of: string) =>
  of === id
    ? ({ kind: 'done', suggestion: { id } } as const)
    : ({ kind: 'refused', status: of === 'taken' ? 409 : 404, why: `not ${of}` } as const);
const { server, url: origin } = await openConsole({
  suggestions: {
    list: () => answer(['list'], { open: [], accepted: [], dismissed: [] }),
    calls: (of, query) => answer(['calls', of, query], of === id ? { items: [{ callId: 'CA1' }], next: 'n' } : undefined),
    accept: (of, by) => answer(['accept', of, by], decided(of)),
    dismiss: (of, by) => answer(['dismiss', of, by], decided(of)),
    withdraw: (of) => answer(['withdraw', of], decided(of)),
  },
  log: { info() {}, warn() {}, error() {} },
});
afterAll(() => server.close());
const url = `${origin}/api/v1/suggestions`;

beforeEach(() => {
  asked = [];
  isAway = false;
});

const post = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { method: 'POST', ...init });
const json = { 'content-type': 'application/json' };

test('the list, and the calls behind one', async () => {
  const list = await fetch(url);
  expect([list.status, await list.json()]).toEqual([200, { open: [], accepted: [], dismissed: [] }]);
  expect(list.headers.get('cache-control')).toBe('no-store');
  const calls = await fetch(`${url}/${id}/calls?limit=7&cursor=${encodeCursor({ at: 5, id: 'CA2' })}`);
  expect([calls.status, await calls.json()]).toEqual([200, { calls: [{ callId: 'CA1' }], next: 'n' }]);
  await fetch(`${url}/${id}/calls`);
  expect(asked.slice(1)).toEqual([
    ['calls', id, { limit: 7, cursor: { at: 5, id: 'CA2' } }],
    ['calls', id, { limit: 50 }],
  ]);
});

test.each([
  ['/x/calls', 404],
  [`/${id}/calls?limit=0`, 400],
  [`/${id}/calls?limit=201`, 400],
  [`/${id}/calls?limit=x`, 400],
  [`/${id}/calls?cursor=x`, 400],
  [`/${id}`, 404],
  [`/${id}/accept`, 405],
])('GET %s: %i', async (path, status) => {
  expect((await fetch(url + path)).status).toBe(status);
});

test.each<[string, RequestInit, unknown[]]>([
  ['accept', {}, ['accept', id, null]],
  ['accept', { headers: json, body: '{ "by": " Robin " }' }, ['accept', id, 'Robin']],
  ['dismiss', { headers: json, body: '{}' }, ['dismiss', id, null]],
  ['withdraw', {}, ['withdraw', id]],
])('POST %s %j', async (name, init, what) => {
  const answered = await post(`/${id}/${name}`, init);
  expect([answered.status, await answered.json()]).toEqual([200, { id }]);
  expect(asked).toEqual([what]);
});

test.each([
  ['taken', 409],
  ['nothing', 404],
])('what can not be is said: %s', async (name, status) => {
  const answered = await post(`/${name}/accept`);
  expect(answered.status).toBe(status);
  expect(await answered.text()).toContain(`not ${name}`);
});

test.each<[string, RequestInit, number]>([
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'by=x' }, 415],
  ['text', { body: 'x' }, 415],
  ['no JSON', { headers: json, body: '{' }, 400],
  ['a list', { headers: json, body: '[]' }, 400],
  ['null', { headers: json, body: 'null' }, 400],
  ['a number for a name', { headers: json, body: '{"by":1}' }, 400],
  ['an empty name', { headers: json, body: '{"by":" "}' }, 400],
  ['a name of lines', { headers: json, body: '{"by":"a\\nb"}' }, 400],
  ['a long name', { headers: json, body: JSON.stringify({ by: 'x'.repeat(101) }) }, 400],
  ['far too much', { headers: json, body: JSON.stringify({ by: 'x'.repeat(2_000) }) }, 413],
  ['a page of another origin', { headers: { origin: 'https://evil.example' } }, 403],
  ['what the browser calls another site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
])('%s decides nothing', async (_, init, status) => {
  for (const name of ['accept', 'dismiss', 'withdraw']) expect((await post(`/${id}/${name}`, init)).status).toBe(status);
  expect(asked).toEqual([]);
});

test('the store is away: said without a secret', async () => {
  isAway = true;
  for (const answered of [await fetch(url), await fetch(`${url}/${id}/calls`), await post(`/${id}/accept`)]) {
    expect(answered.status).toBe(503);
    expect(await answered.text()).not.toContain('secret');
  }
});

test.each([
  [id, 200, 'It holds from the next call on'],
  ['taken', 409, 'not taken'],
])('the button of a page on %s: %i, in words', async (of, status, words) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0', origin: new URL(url).origin };
  const answered = await post(`/${of}/accept`, { headers: { ...form, 'sec-fetch-site': 'same-origin' }, body: '' });
  expect([answered.status, answered.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  expect(await answered.text()).toContain(words);
});

test('the button of a page of another origin does nothing', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' };
  expect((await post(`/${id}/accept`, { headers: form, body: '' })).status).toBe(403);
  expect(asked).toEqual([]);
});
