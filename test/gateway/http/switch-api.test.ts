import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import { emptyConsole } from './console-world.ts';

const off = { on: false, by: null, since: null };
let puts: boolean[] = [];
let store: 'there' | 'away' | 'held' = 'there';
const killSwitch = {
  get state() {
    const on = puts.at(-1);
    return on === undefined ? off : { on, by: 'api', since: '2026-01-01T00:00:00.000Z' };
  },
  put: async (on: boolean) => {
    if (store === 'away') throw new Error('redis://secret is away');
    if (store === 'held') return 'held' as const;
    puts.push(on);
    return 'put' as const;
  },
};
const server = hardenedServer(
  consoleApp({
    ...emptyConsole(),
    jobs: { counts: async () => ({}), dead: async () => [], retry: async () => false },
    killSwitch,
    log: { info() {}, warn() {}, error() {} },
  }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

beforeEach(() => {
  puts = [];
  store = 'there';
});

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As a browser or a script would send it: node's fetch can't choose `Host` and `Origin`. */
const ask = async ({ method = 'PUT', body = '{"on":true}', headers = {} }: Asked) => {
  const asked = request({
    ...{ port, method, path: '/api/v1/switch' },
    headers: { host: `localhost:${port}`, 'content-type': 'application/json', 'content-length': body.length, ...headers },
  });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const part of answer) text += part;
  return { status: answer.statusCode, headers: answer.headers, text };
};

test('it is off, is put on, and is put off', async () => {
  expect(await ask({ method: 'GET', body: '' })).toMatchObject({ status: 200, text: JSON.stringify(off) });
  const on = await ask({});
  expect([on.status, JSON.parse(on.text)]).toEqual([200, { on: true, by: 'api', since: '2026-01-01T00:00:00.000Z' }]);
  expect(on.headers['cache-control']).toBe('no-store');
  expect((await ask({ body: '{ "on": false }' })).status).toBe(200);
  expect(puts).toEqual([true, false]);
});

test.each<[string, Asked, number]>([
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'on=true' }, 415],
  ['text, which a page may send without asking', { headers: { 'content-type': 'text/plain' } }, 415],
  ['no content type', { headers: { 'content-type': '' } }, 415],
  ['no JSON', { body: 'on' }, 400],
  ['a text', { body: '{"on":"true"}' }, 400],
  ['a number', { body: '{"on":1}' }, 400],
  ['a list', { body: '[true]' }, 400],
  ['null', { body: 'null' }, 400],
  ['nothing', { body: '' }, 400],
  ['by its prototype', { body: '{"__proto__":{"on":true}}' }, 400],
  ['too much', { body: `{"on":true,"x":"${'x'.repeat(2_000)}"}` }, 413],
  ['POST', { method: 'POST' }, 405],
  ['DELETE', { method: 'DELETE' }, 405],
])('%s: refused', async (_, asked, status) => {
  expect((await ask(asked)).status).toBe(status);
  expect(puts).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['a page of another origin', { origin: 'https://evil.example' }],
  ['a page that hides its origin', { origin: 'null' }],
  ['a page of another port', { origin: 'http://localhost:3000' }],
  ['a page whose origin begins like ours', { origin: `http://localhost:${port}.evil.example` }],
  ['what the browser calls another site', { 'sec-fetch-site': 'cross-site' }],
  ['what the browser calls the same site', { 'sec-fetch-site': 'same-site' }],
  ['another origin, from the same site', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
])('CSRF: %s can not put it', async (_, headers) => {
  expect((await ask({ headers })).status).toBe(403);
  expect(puts).toEqual([]);
});

test('CSRF: a name that somebody else may own can not put it, whatever the origin says', async () => {
  const headers = { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' };
  expect((await ask({ headers })).status).toBe(421);
  expect(puts).toEqual([]);
});

test('CSRF: a browser that asks first is not let', async () => {
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
  const answer = await ask({ method: 'OPTIONS', body: '', headers: preflight });
  expect(answer.status).toBe(405);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['a page of the console', { origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' }],
  ['a page of the console behind TLS', { host: 'console.example.com', origin: 'https://console.example.com' }],
  ['an address typed by hand', { 'sec-fetch-site': 'none' }],
  ['a script', {}],
])('%s can', async (_, headers) => {
  expect((await ask({ headers })).status).toBe(200);
  expect(puts).toEqual([true]);
});

test('the store is away: nothing changes, and what helps is said', async () => {
  store = 'away';
  const answer = await ask({});
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('THROUGHLINE_KILL_SWITCH=on');
  expect(answer.text).not.toContain('secret');
});

test('the setting holds it on: 409', async () => {
  store = 'held';
  expect((await ask({ body: '{"on":false}' })).status).toBe(409);
});
