import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import { callIdOf, handoffWith, recordWith } from '../console/records.ts';
import { openConsole } from './console-world.ts';

const known = callIdOf(0x11);
const unknown = callIdOf(0x22);
let away = false;
let readiness: 'ready' | 'full' = 'ready';
const stored = async <Value>(value: Value): Promise<Value> => {
  if (away) throw new Error('redis://secret is away');
  return value;
};
const first: ContextEvent = {
  type: 'call-started',
  from: '+14155550134',
  to: '+14155550100',
  line: 'acme',
  ivr: {},
  seq: 1,
  term: term(1),
  at: wallTime(0),
};
const { server, url } = await openConsole({
  bundle: (callId) => stored(callId === known ? { schema: 1, callId } : undefined),
  events: (callId) => stored(callId === known ? [first] : undefined),
  recent: (limit) => stored([{ limit }]),
  callLog: {
    get: (callId) => stored(callId === known ? recordWith({ callId }) : undefined),
    page: () => stored({ items: [], next: null }),
  },
  handoffLog: {
    list: ({ callId }) => stored([handoffWith({ id: `of ${callId}` })]),
    page: () => stored({ items: [], next: null }),
  },
  transfers: (callId) => stored([{ transfer: 't1', callId }]),
  callbacks: (callId) => stored([{ when: 'tomorrow', callId }]),
  ready: () => stored(readiness),
  metrics: async () => 'calls 1\n',
});
afterAll(() => server.close());
const get = (path: string) => fetch(url + path);

test.each([
  ['/api/v1/calls', 200, { calls: [], next: null, live: [] }],
  ['/api/v1/calls/recent', 200, { calls: [{ limit: 50 }], live: [] }],
  ['/api/v1/calls/recent?limit=200', 200, { calls: [{ limit: 200 }], live: [] }],
  [`/api/v1/calls/${known}/bundle`, 200, { schema: 1, callId: known }],
  [`/api/v1/calls/${known}/events`, 200, { events: [first] }],
  [
    `/api/v1/calls/${known}`,
    200,
    {
      callId: known,
      live: false,
      bundle: { schema: 1, callId: known },
      record: recordWith({ callId: known }),
      handoffs: [handoffWith({ id: `of ${known}` })],
      transfers: [{ transfer: 't1', callId: known }],
      callbacks: [{ when: 'tomorrow', callId: known }],
      recordings: [],
    },
  ],
  [`/api/v1/handoffs?limit=3&callId=${known}`, 200, { handoffs: [handoffWith({ id: `of ${known}` })], next: null }],
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
  ['/api/v1/nothing', 404],
])('%s: %i with words', async (path, status) => {
  const answer = await get(path);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect([answer.status, await answer.json()]).toEqual([
    status,
    { type: 'about:blank', title: expect.stringMatching(/^\w/), status, detail: expect.stringMatching(/\w/) },
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
  const wrong = await fetch(`${url}/api/v1/calls`, { method: 'POST' });
  expect([wrong.status, wrong.headers.get('allow'), await wrong.json()]).toEqual([
    405,
    'GET',
    expect.objectContaining({ status: 405, title: 'Method Not Allowed' }),
  ]);
});
