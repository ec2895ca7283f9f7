import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ApiDeps, described } from '../../../gateway/http/api.ts';
import type { Operation } from '../../../gateway/http/describe.ts';
import { openapiDocument } from '../../../gateway/http/openapi.ts';
import { openConsole } from './console-world.ts';

const response = z.looseObject({
  content: z.record(z.string(), z.unknown()).default({}),
  headers: z.record(z.string(), z.unknown()).default({}),
});
const operation = z.looseObject({
  responses: z.record(z.string(), response),
  requestBody: z.looseObject({ required: z.boolean() }).optional(),
});
const document = z
  .looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) })
  .parse(openapiDocument(described));

const away = () => Promise.reject(new Error('away'));
const allAway: Partial<ApiDeps> = {
  ...{ bundle: away, events: away, recent: away, transfers: away, callbacks: away, readFigures: away, recording: away },
  callLog: { get: away, page: away },
  handoffLog: { list: away, page: away },
  killSwitch: { state: { on: false, by: null, since: null }, put: away },
  jobs: { counts: away, dead: away, retry: away },
  suggestions: { list: away, calls: away, accept: away, dismiss: away, withdraw: away },
  erasures: { order: away, find: away },
  audit: { note: async () => {}, list: away, verify: away },
  webhooks: {
    ...{ list: away, find: away, create: away, update: away },
    ...{ remove: away, rotate: away, test: away, deliveries: away },
  },
};
const receipt = { askedAt: '2026-01-01T00:00:00.000Z', state: 'queued', calls: 0, liveCalls: 0, doneAt: null } as const;
const { server, port } = await openConsole({
  erasures: { order: async () => ({ id: '1', ...receipt }), find: async () => undefined },
});
const { server: awayServer, port: awayPort } = await openConsole(allAway);
afterAll(() => {
  server.close();
  awayServer.close();
});

/** A body that is right, of each operation that has one. */
const bodies: Readonly<Record<string, string>> = {
  'PUT /api/v1/switch': '{"on":true}',
  'POST /api/v1/erasures': '{"number":"+14155550134"}',
  'POST /api/v1/webhooks': '{"url":"https://hooks.example.com/"}',
  'PATCH /api/v1/webhooks/{id}': '{"enabled":true}',
};

const idIn = (place: string): string => {
  if (place.includes('calls/{id}')) return `CA${'1'.repeat(32)}`;
  return place.includes('erasures') ? '0'.repeat(24) : 'x';
};

interface Asked {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly at?: number;
}

/** Asks, and holds the answer against the document: its status and its type are in it. */
const ask = async (route: string, { query = '', headers = {}, body = bodies[route] ?? '', at = port }: Asked = {}) => {
  const [method = '', place = ''] = route.split(' ');
  const path = place.replace(/\{\w+\}/g, idIn(place)) + query;
  const sent = body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const asked = request({ port: at, method, path, headers: { host: 'localhost', ...sent, ...headers } }).end(body);
  const [answer] = await once(asked, 'response');
  answer.resume();
  const told = document.paths[place]?.[method.toLowerCase()]?.responses[String(answer.statusCode)];
  expect(told, `${route}${query}: ${answer.statusCode} is described`).toBeDefined();
  const [type] = String(answer.headers['content-type'] ?? '').split(';');
  if (type !== '') expect(Object.keys(told?.content ?? {}), `${route}${query}`).toContain(type);
  if ('content-disposition' in answer.headers) expect(Object.keys(told?.headers ?? {})).toContain('Content-Disposition');
  return answer.statusCode;
};

const operations = described.flatMap((part) => Object.entries(part));
const notHealth = operations.filter(([, { isHealth = false }]) => !isHealth);
const withBody = operations.filter(([, { body }]) => body !== undefined);
const named = (those: readonly (readonly [string, Operation])[]) => those.map(([route, each]) => ({ route, ...each }));

describe('what is answered is what the description says', () => {
  test.each(named(operations))('$route: nothing wrong', async ({ route }) => {
    expect(await ask(route)).toBeLessThan(500);
  });

  test.each(named(notHealth))('$route: an unknown parameter is 400', async ({ route }) => {
    expect(await ask(route, { query: '?foo=1' })).toBe(400);
  });

  test.each(named(notHealth))('$route: under a foreign name 421', async ({ route }) => {
    expect(await ask(route, { headers: { host: 'evil.example' } })).toBe(421);
  });

  test.each(named(notHealth.filter(([route]) => !route.startsWith('GET'))))(
    '$route: from a foreign page 403',
    async ({ route }) => {
      expect(await ask(route, { headers: { origin: 'https://evil.example' } })).toBe(403);
    },
  );

  test.each(named(operations.filter(([, each]) => each.named !== undefined)))('$route: 404', async ({ route }) => {
    expect(await ask(route)).toBe(404);
  });

  test.each(named(notHealth))('$route: with the store away', async ({ route, needsNoStore = false }) => {
    expect(await ask(route, { at: awayPort })).toBe(needsNoStore ? 200 : 503);
  });

  test.each(named(withBody))('$route: bodies that can not be read', async ({ route }) => {
    expect(await ask(route, { body: '{' })).toBe(400);
    expect(await ask(route, { body: 'on', headers: { 'content-type': 'text/plain' } })).toBe(415);
    expect(await ask(route, { body: JSON.stringify('x'.repeat(20_000)) })).toBe(413);
  });

  test.each(named(withBody))('$route: a body is as optional as it says', async ({ route, isBodyOptional = false }) => {
    const [method = '', place = ''] = route.split(' ');
    expect(document.paths[place]?.[method.toLowerCase()]?.requestBody?.required).toBe(!isBodyOptional);
    const status = await ask(route, { body: '', at: awayPort });
    if (isBodyOptional) expect(status).toBe(503);
    else expect([400, 415]).toContain(status);
  });

  test.each(['calls', 'handoffs', 'figures'])('%s as a file', async (list) => {
    expect(await ask(`GET /api/v1/${list}`, { query: '?format=csv' })).toBe(200);
  });

  test('there is a right body for each operation that needs one', () => {
    expect(Object.keys(bodies).toSorted()).toEqual(
      withBody.flatMap(([route, { isBodyOptional }]) => (isBodyOptional === true ? [] : [route])).toSorted(),
    );
  });
});
