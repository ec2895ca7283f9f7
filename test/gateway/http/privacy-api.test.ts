import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import { term, wallTime } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import { encodeCursor } from '../../../store/paging.ts';
import { openStores } from '../../../store/stores.ts';
import { recordWith } from '../console/records.ts';
import { emptyConsole } from './console-world.ts';

const call = `CA${'1'.repeat(32)}`;
const errors: string[] = [];
let isAway = false;
let isPutting = false;
let putMs = 0;
let isEndless = false;
const unlessAway = <Result>(work: () => Promise<Result>): Promise<Result> =>
  isAway ? Promise.reject(new Error('redis://secret is away')) : work();

const quiet = { info() {}, warn() {}, error: (_facts: object, text: string) => errors.push(text) };
const stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock: systemClock, log: quiet });
const started: ContextEvent = {
  ...{ type: 'call-started', from: '+14155550134', to: '+14155550100', line: 'acme', ivr: {} },
  ...{ seq: 1, term: term(1), at: wallTime(0) },
};
const audit: string[] = [];
const endless = encodeCursor({ at: 1, id: 'x' });
const server = hardenedServer(
  consoleApp({
    ...emptyConsole(),
    events: async () => [started],
    jobs: stores.queue,
    callLog: {
      get: async () => undefined,
      page: async () => ({ items: isEndless ? [recordWith({})] : [], next: isEndless ? endless : null }),
    },
    killSwitch: {
      state: { on: false, by: null, since: null },
      put: async () => {
        isPutting = true;
        await new Promise((resolve) => setTimeout(resolve, putMs));
        return 'put';
      },
    },
    bundle: async (callId) => (callId === call ? { schema: 1 } : undefined),
    consoleHost: 'console.example.com',
    consoleUserHeader: 'x-forwarded-user',
    erasures: {
      order: (number) => unlessAway(() => stores.erasures.order(number)),
      find: (id) => unlessAway(() => stores.erasures.find(id)),
    },
    audit: {
      note: (note) =>
        unlessAway(async () => {
          audit.push(JSON.stringify(note));
          await stores.audit.note(note);
        }),
      list: (query) => unlessAway(() => stores.audit.list(query)),
      verify: () => unlessAway(() => stores.audit.verify()),
    },
    clock: systemClock,
    log: quiet,
  }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(async () => {
  server.close();
  await stores.close();
});
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

beforeEach(() => {
  isAway = false;
  isPutting = false;
  putMs = 0;
  isEndless = false;
  audit.length = 0;
  errors.length = 0;
});

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = async (path: string, { method = 'GET', body = '', headers = {} }: Asked = {}) => {
  const length = Buffer.byteLength(body);
  const asked = request({
    ...{ port, method, path },
    headers: { host: `localhost:${port}`, 'content-type': 'application/json', 'content-length': length, ...headers },
  });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const part of answer) text += part;
  return { status: answer.statusCode, headers: answer.headers, text };
};
const order = (number: unknown, headers = {}) =>
  ask('/api/v1/erasures', { method: 'POST', body: JSON.stringify({ number }), headers });

test('an erasure is ordered, and its receipt says how it stands', async () => {
  const ordered = await order('+14155550134');
  expect(ordered.status).toBe(202);
  const receipt = JSON.parse(ordered.text);
  expect(receipt).toEqual({
    ...{ id: expect.stringMatching(/^[0-9a-f]{24}$/), askedAt: expect.stringMatching(/Z$/), state: 'queued' },
    ...{ calls: 0, liveCalls: 0, doneAt: null },
  });
  expect(ordered.headers.location).toBe(`/api/v1/erasures/${receipt.id}`);
  expect(ordered.headers['cache-control']).toBe('no-store');
  await stores.erasures.finish();
  const found = await ask(ordered.headers.location);
  expect([found.status, JSON.parse(found.text)]).toMatchObject([200, { id: receipt.id, state: 'done' }]);
});

test.each<[string, unknown, RegExp]>([
  ['no number', undefined, /send \{ \\"number/],
  ['a number that is none', 5, /send/],
  ['a national number', '0151 1234567', /country code/],
  ['a number with spaces', '+1 415 555 0134', /country code/],
  ['two numbers', '+14155550134,+14155550135', /country code/],
  ['the number of callers who hide theirs', '+266696687', /hide/],
])('%s: 400 with words, and nothing is ordered', async (_, number, words) => {
  const answer = await order(number);
  expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(words)]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(audit).toEqual([]);
});

test.each<[string, Asked & { readonly path: string }, number]>([
  ['no JSON', { path: '/api/v1/erasures', method: 'POST', body: '{' }, 400],
  ['null', { path: '/api/v1/erasures', method: 'POST', body: 'null' }, 400],
  ['a form', { path: '/api/v1/erasures', method: 'POST', body: 'a', headers: { 'content-type': 'text/plain' } }, 415],
  ['too much', { path: '/api/v1/erasures', method: 'POST', body: JSON.stringify({ number: '+'.repeat(2_000) }) }, 413],
  ['a list', { path: '/api/v1/erasures' }, 405],
  ['a change', { path: `/api/v1/erasures/${'0'.repeat(24)}`, method: 'DELETE' }, 405],
  ['an unknown receipt', { path: `/api/v1/erasures/${'0'.repeat(24)}` }, 404],
  ['an id that is none', { path: '/api/v1/erasures/order:1' }, 404],
  ['limit 0', { path: '/api/v1/audit?limit=0' }, 400],
  ['limit 201', { path: '/api/v1/audit?limit=201' }, 400],
  ['a bad cursor', { path: '/api/v1/audit?cursor=-1' }, 400],
  ['a change of the audit log', { path: '/api/v1/audit', method: 'DELETE' }, 405],
])('%s: refused', async (_, asked, status) => {
  expect((await ask(asked.path, asked)).status).toBe(status);
});

test('CSRF: a page of another origin can not erase anybody', async () => {
  expect((await order('+14155550134', { origin: 'https://evil.example' })).status).toBe(403);
  expect((await order('+14155550134', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

test('the store is away: 503, no detail', async () => {
  isAway = true;
  for (const answer of [await order('+14155550134'), await ask('/api/v1/audit'), await ask('/api/v1/audit/check')]) {
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('secret');
  }
});

test('who reads a call, and who changes something, is noted with what is known of them', async () => {
  const headers = { 'user-agent': `x\u001b${'y'.repeat(200)}`.replace('\u001b', ''), 'x-forwarded-user': 'anna' };
  await ask(`/api/v1/calls/${call}/bundle`, { headers });
  await ask('/api/v1/switch', { method: 'PUT', body: '{"on":true}' });
  const { headers: ordered } = await order('+14155550134');
  await vi.waitFor(() => expect(audit).toHaveLength(3));
  expect(audit.map((text) => JSON.parse(text))).toMatchObject([
    {
      who: 'anna',
      did: 'read',
      what: `GET /api/v1/calls/${call}/bundle`,
      from: expect.stringMatching(/^127\.0\.0\.1 x{1}y{99}$/),
    },
    { who: null, did: 'changed', what: 'PUT /api/v1/switch', from: '127.0.0.1' },
    { who: null, did: 'erased', what: `POST ${ordered.location}` },
  ]);
  expect(audit.join('')).not.toContain('4155550134');
  const listed = JSON.parse((await ask('/api/v1/audit?limit=2')).text);
  expect(listed.entries.map(({ did }: { did: string }) => did)).toEqual(['erased', 'changed']);
  const older = JSON.parse((await ask(`/api/v1/audit?limit=2&cursor=${listed.cursor}`)).text);
  expect(older.entries[0]).toMatchObject({ did: 'read', who: 'anna' });
  expect(JSON.parse((await ask('/api/v1/audit/check')).text)).toMatchObject({ kind: 'whole' });
});

test.each([
  [`/api/v1/calls/${call}`, 1],
  [`/api/v1/calls/${call}/events`, 1],
  [`/calls/${call}`, 1],
  ['/handoffs', 1],
  ['/api/v1/handoffs?limit=3', 1],
  ['/api/v1/calls', 0],
  [`/api/v1/calls/CA${'2'.repeat(32)}/bundle`, 0],
  ['/api/v1/calls/CA1/bundle', 0],
  ['/api/v1/switch', 0],
  ['/api/v1/audit', 0],
  ['/healthz', 0],
])('%s: noted %i times', async (path, times) => {
  await ask(path);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(audit).toHaveLength(times);
});

test.each([
  `/API/V1/CALLS/${call}`,
  `/api/v1/Calls/${call}/events`,
  `/api/v1/calls/${call}/`,
  `/api/v1/c%61lls/${call}`,
  `/Calls/${call}`,
  '/API/v1/handoffs',
  '/api/v1/handoffs/',
  '/HANDOFFS',
])('a path has one spelling: nothing at %s', async (path) => {
  const answer = await ask(path, { headers: { accept: 'application/json' } });
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
});

test.each([
  ['an encoded id', `/api/v1/calls/%43${call.slice(1)}`],
  ['an absolute address', `http://localhost/api/v1/calls/${call}`],
])('a read is noted however it is asked for: %s', async (_, path) => {
  expect((await ask(path)).status).toBe(200);
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({ did: 'read', what: `GET /api/v1/calls/${call}` });
});

test.each<[string, Asked['headers'], string]>([
  ['/api/v1/calls?format=%63sv', {}, 'GET /api/v1/calls?format=csv'],
  ['/api/v1/figures?%66ormat=csv', {}, 'GET /api/v1/figures?format=csv'],
  ['/api/v1/calls', { accept: 'text/*' }, 'GET /api/v1/calls'],
  ['/api/v1/handoffs', { accept: 'text/csv' }, 'GET /api/v1/handoffs'],
])('what is served as a file is an export, however it was asked for: %s %j', async (path, headers = {}, what) => {
  expect((await ask(path, { headers })).headers['content-type']).toMatch(/^text\/csv/);
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({ did: 'exported', what });
});

test('what is no file is no export, whatever else would have been taken', async () => {
  await ask('/api/v1/switch', { headers: { accept: 'text/csv, application/json' } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(audit).toEqual([]);
});

test('there is one way to spell an erasure, which is noted as one', async () => {
  const body = JSON.stringify({ number: '+14155550134' });
  for (const path of ['/API/v1/erasures', '/api/v1/erasures/'])
    expect((await ask(path, { method: 'POST', body })).status).toBe(404);
  expect((await order('+14155550134')).status).toBe(202);
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(audit[0]).toContain('"did":"erased"');
});

test('who hangs up before the answer has done it all the same', async () => {
  putMs = 500;
  const body = '{"on":true}';
  const headers = { host: `localhost:${port}`, 'content-type': 'application/json', 'content-length': body.length };
  const asked = request({ port, method: 'PUT', path: '/api/v1/switch', headers });
  asked.on('error', () => {});
  asked.end(body);
  await vi.waitFor(() => expect(isPutting).toBe(true), { interval: 5 });
  asked.destroy();
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({ did: 'changed', what: 'PUT /api/v1/switch', from: '127.0.0.1' });
});

test('an export that is broken off is noted', async () => {
  isEndless = true;
  const asked = request({ port, path: '/api/v1/calls?format=csv', headers: { host: `localhost:${port}` } });
  asked.end();
  const [answer] = await once(asked, 'response');
  await once(answer, 'data');
  answer.on('error', () => {});
  asked.destroy();
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({ did: 'exported', from: '127.0.0.1' });
});

test('an export is noted with its filter, without the number in it', async () => {
  await ask('/api/v1/calls?format=csv&category=%2B14155550134&line=acme');
  await vi.waitFor(() => expect(audit).toHaveLength(1));
  expect(JSON.parse(audit[0] ?? '')).toMatchObject({
    did: 'exported',
    what: 'GET /api/v1/calls?format=csv&category=[phone]&line=acme',
  });
});

test('an audit log that is away keeps nobody from the answer, and is told of', async () => {
  isAway = true;
  expect((await ask(`/api/v1/calls/${call}/bundle`)).status).toBe(200);
  await vi.waitFor(() => expect(errors).toContain('what was done is not in the audit log'));
});
