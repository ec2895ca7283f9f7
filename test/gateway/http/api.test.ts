import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import { noSuggestions } from '../../world/no-suggestions.ts';
import { noPrivacy } from './no-privacy.ts';

const known = `CA${'1'.repeat(32)}`;
const unknown = `CA${'2'.repeat(32)}`;
let away = false;
let readiness: 'ready' | 'full' = 'ready';
const stored = async <Value>(value: Value): Promise<Value> => {
  if (away) throw new Error('redis://secret is away');
  return value;
};
const server = hardenedServer(
  consoleApp({
    bundle: (callId) => stored(callId === known ? { schema: 1, callId } : undefined),
    events: (callId) => stored(callId === known ? [{ seq: 1 }] : undefined),
    recent: (limit) => stored([{ limit }]),
    handoffs: (filter) => stored([filter]),
    transfers: (callId) => stored([{ transfer: 't1', callId }]),
    callbacks: (callId) => stored([{ when: 'tomorrow', callId }]),
    live: () => [],
    jobs: { counts: async () => ({}), dead: async () => [], retry: async () => false },
    ready: () => stored(readiness),
    consoleHost: 'console.example.com',
    suggestions: noSuggestions,
    ...noPrivacy,
    killSwitch: { state: { on: false, by: null, since: null }, put: async () => 'put' },
    metrics: async () => 'calls 1\n',
    log: { info() {}, warn() {}, error() {} },
  }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
const get = (path: string) => fetch(url + path);

test.each([
  ['/api/v1/calls', 200, { calls: [{ limit: 50 }], live: [] }],
  ['/api/v1/calls?limit=200', 200, { calls: [{ limit: 200 }], live: [] }],
  [`/api/v1/calls/${known}/bundle`, 200, { schema: 1, callId: known }],
  [`/api/v1/calls/${known}/events`, 200, { events: [{ seq: 1 }] }],
  [
    `/api/v1/calls/${known}`,
    200,
    {
      callId: known,
      live: false,
      bundle: { schema: 1, callId: known },
      handoffs: [{ limit: 200, callId: known }],
      transfers: [{ transfer: 't1', callId: known }],
      callbacks: [{ when: 'tomorrow', callId: known }],
    },
  ],
  [`/api/v1/handoffs?limit=3&callId=${known}`, 200, { handoffs: [{ limit: 3, callId: known }] }],
  ['/readyz', 200, { status: 'ready' }],
  ['/healthz', 200, { status: 'ok' }],
])('%s: %i', async (path, status, body) => {
  const answer = await get(path);
  expect([answer.status, await answer.json()]).toEqual([status, body]);
});

test.each([
  [`/api/v1/calls/${unknown}`, 404],
  [`/api/v1/calls/${unknown}/bundle`, 404],
  [`/api/v1/calls/${unknown}/events`, 404],
  ['/api/v1/calls/CA1/bundle', 400],
  ['/api/v1/calls?limit=201', 400],
  ['/api/v1/calls?limit=0', 400],
  ['/api/v1/handoffs?limit=1e9', 400],
  ['/api/v1/handoffs?callId=x', 400],
  ['/nothing', 404],
])('%s: %i with words', async (path, status) => {
  const answer = await get(path);
  expect([answer.status, await answer.json()]).toEqual([
    status,
    { error: { status, message: expect.stringMatching(/\w/) } },
  ]);
});

test('the store is away: 503, no detail, not ready, still healthy', async () => {
  away = true;
  const answer = await get(`/api/v1/calls/${known}/bundle`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('secret');
  const ready = await get('/readyz');
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'store-away' }]);
  expect((await get('/healthz')).status).toBe(200);
  away = false;
});

test('full: 503, and why', async () => {
  readiness = 'full';
  const ready = await get('/readyz');
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'full' }]);
  readiness = 'ready';
});

test('figures and health are for any name: they say nothing of callers', async () => {
  const asked = request(`${url}/healthz`, { headers: { host: 'gateway.cluster.example' } }).end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  expect(answer.statusCode).toBe(200);
});

test.each([
  ['localhost:8081', 200],
  ['127.0.0.1', 200],
  ['[::1]:8081', 200],
  ['gateway:8081', 200],
  ['10.1.2.3:8081', 200],
  ['console.example.com', 200],
  ['Console.Example.com:8081', 200],
  ['evil.example', 421],
  ['localhost.evil.example:8081', 421],
  ['127.0.0.1.evil.example', 421],
])('asked as %s: %i', async (host, status) => {
  const asked = request(`${url}/api/v1/calls`, { headers: { host } }).end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  expect(answer.statusCode).toBe(status);
});

test('metrics, and the headers of helmet', async () => {
  const answer = await get('/metrics');
  expect(await answer.text()).toBe('calls 1\n');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await fetch(`${url}/api/v1/calls`, { method: 'POST' })).status).toBe(405);
});
