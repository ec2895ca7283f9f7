import { once } from 'node:events';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import { WebhookDesk } from '../../../gateway/webhooks/desk.ts';
import type { Tried } from '../../../gateway/webhooks/sender.ts';
import type { Texts } from '../../../store/texts.ts';
import { deliveriesIn } from '../../../store/webhooks/delivery-log.ts';
import { endpointsIn } from '../../../store/webhooks/endpoints.ts';
import { webhookTypes } from '../../../store/webhooks/types.ts';
import { FakeClock } from '../../world/clock.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { emptyConsole } from './console-world.ts';

let away = false;
let texts = memoryTexts();
let changes = 0;
let sent: { readonly secret: string; readonly type: string }[] = [];
const clock = new FakeClock();
const tried: Tried = { outcome: 'delivered', status: 204, durationMs: 3, error: null };

const unlessAway = <Result>(act: () => Promise<Result>): Promise<Result> =>
  away ? Promise.reject(new Error('redis://secret is away')) : act();
const kept: Texts = {
  put: (key, text) => unlessAway(() => texts.put(key, text)),
  putFirst: (key, text) => unlessAway(() => texts.putFirst(key, text)),
  get: (key) => unlessAway(() => texts.get(key)),
  swap: (key, before, after) => unlessAway(() => texts.swap(key, before, after)),
  drop: (key) => unlessAway(() => texts.drop(key)),
};
const log = deliveriesIn(kept);
const webhooks = new WebhookDesk({
  endpoints: endpointsIn(kept),
  log,
  deliveries: {
    send: async ({ secret }, { payload }) => {
      sent.push({ secret, type: payload.type });
      return tried;
    },
  },
  allow: new Set(['127.0.0.1:8090']),
  clock,
  onChange: () => {
    changes += 1;
  },
});
const server = hardenedServer(
  consoleApp({
    ...emptyConsole(),
    webhooks,
  }),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const address = server.address();
const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/v1/webhooks`;

beforeEach(() => {
  texts = memoryTexts();
  [changes, sent] = [0, []];
});
afterEach(() => {
  away = false;
});

const ask = async (asked: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const [method = '', path = ''] = asked.split(' ');
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text), headers: response.headers };
};

const url = 'https://hooks.example.com/calls';
const made = async (more = {}) => (await ask('POST', { url, ...more })).json;

describe('endpoints', () => {
  test('one is made, seen, changed and deleted; its secret is shown once', async () => {
    const created = await ask('POST', { url });
    expect(created.status).toBe(201);
    expect(created.headers.get('cache-control')).toBe('no-store');
    const { secret, ...shown } = created.json;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toEqual({
      ...{ id: expect.stringMatching(/^we_[0-9a-f]{24}$/), url, events: webhookTypes, enabled: true, disabledWhy: null },
      ...{ createdAt: new Date(clock.wall()).toISOString(), olderSecretUntil: null },
    });
    const { id } = shown;
    expect((await ask('GET')).json).toEqual({ webhooks: [shown] });
    expect((await ask(`GET /${id}`)).json).toEqual(shown);
    const changed = await ask(`PATCH /${id}`, { enabled: false, events: ['call.ended', 'call.started', 'call.ended'] });
    expect(changed.json).toEqual({ ...shown, enabled: false, events: ['call.started', 'call.ended'] });
    expect((await ask(`PATCH /${id}`, { url: 'https://other.example.com' })).json.url).toBe('https://other.example.com/');
    expect(changes).toBe(3);
    expect((await ask(`DELETE /${id}`)).status).toBe(204);
    expect((await ask(`DELETE /${id}`)).status).toBe(404);
    expect((await ask('GET')).json).toEqual({ webhooks: [] });
  });

  test('a new secret: for a day the one before signs, too', async () => {
    const { id, secret } = await made();
    const rotated = await ask(`POST /${id}/rotate`);
    expect(rotated.json.secret).not.toBe(secret);
    expect(rotated.json.olderSecretUntil).toBe(new Date(clock.wall() + 86_400_000).toISOString());
    expect(await texts.get('endpoints')).toContain(secret);
    clock.advance(86_400_001);
    expect((await ask(`GET /${id}`)).json.olderSecretUntil).toBeNull();
  });

  test('a test is sent at once, also to one that is turned off', async () => {
    const { id, secret } = await made({ enabled: false });
    expect((await ask(`POST /${id}/test`)).json).toEqual(tried);
    expect(sent).toEqual([{ secret, type: 'webhook.test' }]);
  });

  test('what was delivered', async () => {
    const { id } = await made();
    expect((await ask(`GET /${id}/deliveries`)).json).toEqual({ deliveries: [] });
    const delivery = { ...tried, id: 'm1', type: 'call.ended', callId: null, at: '2026-01-01T00:00:00.000Z' } as const;
    await log.add(id, delivery);
    expect((await ask(`GET /${id}/deliveries`)).json).toEqual({ deliveries: [delivery] });
  });

  test('ten are the most', async () => {
    for (let count = 0; count < 10; count++) await made();
    const eleventh = await ask('POST', { url });
    expect([eleventh.status, eleventh.text]).toEqual([400, expect.stringContaining('delete one first')]);
  });
});

describe('refused, in words', () => {
  test.each<[string, unknown, readonly [number, string]]>([
    ['no body', undefined, [415, 'application/json']],
    ['no JSON', '{', [400, 'must be JSON']],
    ['a list', [], [400, 'send a JSON object']],
    ['no URL', {}, [400, 'url must be a text']],
    ['a private URL', { url: 'https://10.0.0.1/' }, [400, 'not an IP address']],
    ['plain http', { url: 'http://hooks.example.com/' }, [400, 'must be https']],
    ['no such event', { url, events: ['call.begun'] }, [400, 'events must be of: call.started']],
    ['no events', { url, events: [] }, [400, 'events must not be empty']],
    ['an unknown field', { url, secret: 'mine' }, [400, 'only url, events and enabled']],
    ['too much', JSON.stringify({ url, x: 'x'.repeat(20_000) }), [413, '']],
  ])('POST: %s', async (_, body, [status, words]) => {
    const answer = await ask('POST', body);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
    expect((await ask('GET')).json).toEqual({ webhooks: [] });
  });

  test('PATCH to a private URL changes nothing', async () => {
    const { id } = await made();
    expect((await ask(`PATCH /${id}`, { url: 'https://localhost/' })).status).toBe(400);
    expect((await ask(`GET /${id}`)).json.url).toBe(url);
  });

  test.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/test'],
    ['POST', '/rotate'],
    ['GET', '/deliveries'],
  ])('%s of an endpoint that is not there%s', async (method, path) => {
    expect((await ask(`${method} /we_0${path}`, method === 'PATCH' ? { enabled: true } : undefined)).status).toBe(404);
  });

  test.each([
    ['PUT', ''],
    ['DELETE', ''],
    ['POST', '/we_0'],
    ['GET', '/we_0/test'],
    ['GET', '/we_0/rotate'],
    ['POST', '/we_0/deliveries'],
  ])('%s %s', async (method, path) => expect((await ask(`${method} ${path}`)).status).toBe(405));

  test('a page of another origin can change nothing', async () => {
    const { id } = await made();
    const foreign = { origin: 'https://evil.example' };
    const all = [
      await ask('POST', { url }, foreign),
      await ask(`PATCH /${id}`, { enabled: false }, foreign),
      await ask(`DELETE /${id}`, undefined, foreign),
      await ask(`POST /${id}/test`, undefined, foreign),
      await ask(`POST /${id}/rotate`, undefined, foreign),
    ];
    expect(all.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect([changes, sent]).toEqual([1, []]);
  });

  test('the store is away: 503, without its address', async () => {
    const { id } = await made();
    away = true;
    for (const answer of [await ask('GET'), await ask('POST', { url }), await ask(`POST /${id}/rotate`)]) {
      expect(answer.status).toBe(503);
      expect(answer.text).not.toContain('secret');
    }
  });
});
