import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import type { DeadJob, JobKey } from '../../../infra/queue/queue.ts';
import { emptyConsole } from './console-world.ts';

const dead: DeadJob = {
  name: 'analyse-call',
  key: `CA${'1'.repeat(32)}-1-9-analyse`,
  data: { callId: `CA${'1'.repeat(32)}` },
  attempts: 5,
  error: 'no model answered',
  diedAt: Date.UTC(2026, 0, 1),
};
const counts = { 'analyse-call': { waiting: 1, delayed: 2, active: 3, dead: 4 } };
let away = false;
let retried: JobKey[] = [];
let limits: number[] = [];
const stored = async <Value>(value: Value): Promise<Value> => {
  if (away) throw new Error('redis://secret is away');
  return value;
};
const errors: object[] = [];
const server = hardenedServer(
  consoleApp({
    ...emptyConsole(),
    jobs: {
      counts: () => stored(counts),
      dead: (limit) => {
        limits.push(limit);
        return stored([dead]);
      },
      retry: async (job) => {
        retried.push(job);
        return stored(job.name === dead.name && job.key === dead.key);
      },
    },
    log: { info() {}, warn() {}, error: (facts) => errors.push(facts) },
  }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

beforeEach(() => {
  away = false;
  retried = [];
  limits = [];
});

const ask = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const asked = request({ port, method, path, headers: { host: `localhost:${port}`, ...headers } });
  asked.end();
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const part of answer) text += part;
  return { status: Number(answer.statusCode), headers: answer.headers, text, body: text === '' ? null : JSON.parse(text) };
};
const retryPath = `/api/v1/jobs/dead/${dead.name}/${dead.key}/retry`;

test('counts by name', async () => {
  const answer = await ask('GET', '/api/v1/jobs');
  expect([answer.status, answer.body]).toEqual([200, { jobs: counts }]);
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('the dead, with what is known of them', async () => {
  const answer = await ask('GET', '/api/v1/jobs/dead?limit=7');
  expect([answer.status, answer.body]).toEqual([200, { dead: [{ ...dead, diedAt: '2026-01-01T00:00:00.000Z' }] }]);
  await ask('GET', '/api/v1/jobs/dead');
  expect(limits).toEqual([7, 50]);
});

test.each(['0', '201', '-1', 'all', '', '1e2', '1.5'])('limit=%s is refused with words', async (limit) => {
  const answer = await ask('GET', `/api/v1/jobs/dead?limit=${limit}`);
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('whole number from 1 to 200');
  expect(limits).toEqual([]);
});

test('a dead job is tried again', async () => {
  const answer = await ask('POST', retryPath);
  expect([answer.status, answer.body]).toEqual([202, { name: dead.name, key: dead.key, state: 'waiting' }]);
  expect(retried).toEqual([{ name: dead.name, key: dead.key }]);
});

test.each([
  'analyse-call/unknown',
  'unknown/a',
  'analyse-call/a%20b',
  'analyse-call/a:b',
  `analyse-call/${'x'.repeat(201)}`,
])('there is no dead job %s', async (job) => {
  const answer = await ask('POST', `/api/v1/jobs/dead/${job}/retry`);
  expect(answer.status).toBe(404);
  expect(answer.text).toContain('/api/v1/jobs/dead lists them');
});

test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { host: 'evil.example' }])(
  'a page of another origin changes nothing: %j',
  async (headers) => {
    expect([403, 421]).toContain((await ask('POST', retryPath, { host: `localhost:${port}`, ...headers })).status);
    expect(retried).toEqual([]);
  },
);

test.each([
  ['POST', '/api/v1/jobs', 'GET'],
  ['DELETE', '/api/v1/jobs/dead', 'GET'],
  ['GET', retryPath, 'POST'],
])('%s %s is not allowed', async (method, path, allow) => {
  const answer = await ask(method, path);
  expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
  expect(retried).toEqual([]);
});

test.each([
  ['GET', '/api/v1/jobs'],
  ['GET', '/api/v1/jobs/dead'],
  ['POST', retryPath],
])('%s %s says when the store is away, and no more', async (method, path) => {
  away = true;
  const answer = await ask(method, path);
  expect(answer.status).toBe(503);
  expect(answer.text).not.toContain('secret');
  expect(answer.text).toContain('try again');
  expect(errors.length).toBeGreaterThan(0);
});
