import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Payload } from '../../../gateway/webhooks/payload.ts';
import { Sender, type SenderOptions } from '../../../gateway/webhooks/sender.ts';
import { systemClock } from '../../../infra/clock.ts';
import { type Answer, endpointAt, secretOf, startTarget, type WebhookTarget } from './targets.ts';

const targets: WebhookTarget[] = [];
afterEach(() => {
  for (const target of targets.splice(0)) target.close();
});

const payload: Payload = { type: 'webhook.test', timestamp: '2026-01-01T00:00:00.000Z', data: { text: 'grüße ✓' } };
const letter = { id: 'msg-1', payload };

const started = async (answer?: Answer): Promise<WebhookTarget> => {
  const target = await startTarget(answer);
  targets.push(target);
  return target;
};

const senderFor = (target: WebhookTarget, more: Partial<SenderOptions> = {}): Sender =>
  new Sender({ clock: systemClock, allow: new Set([`127.0.0.1:${target.port}`]), ...more });

const firstOf = ({ received: [first] }: WebhookTarget) => {
  if (first === undefined) throw new Error('nothing came');
  return first;
};

describe('what is sent', () => {
  it("is signed so that somebody else's code verifies it, and nothing else", async () => {
    const target = await started();
    const tried = await senderFor(target).send(endpointAt(target.url), letter);
    expect(tried).toEqual({ outcome: 'delivered', status: 204, durationMs: expect.any(Number), error: null });
    const { body, headers } = firstOf(target);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'msg-1',
      host: `127.0.0.1:${target.port}`,
    });
    expect(new Webhook(secretOf(1)).verify(body, headers)).toEqual(payload);
    expect(() => new Webhook(secretOf(2)).verify(body, headers)).toThrow();
    expect(() => new Webhook(secretOf(1)).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(secretOf(1)).verify(body, { ...headers, 'webhook-id': 'msg-2' })).toThrow();
  });

  it('is signed by both secrets while one is changed, and by the new one alone afterwards', async () => {
    const target = await started();
    const rotating = (until: string) =>
      endpointAt(target.url, { secret: secretOf(2), older: { secret: secretOf(1), until } });
    await senderFor(target).send(rotating('2999-01-01T00:00:00.000Z'), letter);
    await senderFor(target).send(rotating('2000-01-01T00:00:00.000Z'), letter);
    const [during, after] = target.received;
    if (during === undefined || after === undefined) throw new Error('nothing came');
    for (const secret of [secretOf(1), secretOf(2)]) new Webhook(secret).verify(during.body, during.headers);
    expect(during.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    new Webhook(secretOf(2)).verify(after.body, after.headers);
    expect(after.headers['webhook-signature']).toMatch(/^v1,\S{44}$/);
  });
});

describe('what comes back', () => {
  it.each([
    [200, 'delivered', null],
    [299, 'delivered', null],
    [410, 'gone', 'the endpoint says that it is gone (410)'],
    [404, 'failed', 'the endpoint answered 404'],
    [500, 'failed', 'the endpoint answered 500'],
    [304, 'failed', 'redirects are not followed (304); give the URL that it leads to'],
  ])('%i: %s', async (status, outcome, error) => {
    const target = await started((response) => response.writeHead(status).end());
    expect(await senderFor(target).send(endpointAt(target.url), letter)).toMatchObject({ outcome, status, error });
  });

  it.each([301, 302, 303, 307, 308])('%i to a private address is not followed', async (status) => {
    const inside = await started();
    const target = await started((response) => response.writeHead(status, { location: inside.url }).end());
    const allow = new Set([`127.0.0.1:${target.port}`, `127.0.0.1:${inside.port}`]);
    const tried = await senderFor(target, { allow }).send(endpointAt(target.url), letter);
    expect(tried).toMatchObject({ outcome: 'failed', status, error: expect.stringContaining('not followed') });
    expect(inside.received).toEqual([]);
  });

  it('30 MB of it: cut after 64 KiB, and the status counts', async () => {
    let written = 0;
    const part = Buffer.alloc(65_536, 'x');
    const target = await started((response) => {
      response.writeHead(200);
      const write = (): void => {
        while (written < 30_000_000 && !response.destroyed) {
          written += part.length;
          if (!response.write(part)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    expect(await senderFor(target).send(endpointAt(target.url), letter)).toMatchObject({
      outcome: 'delivered',
      status: 200,
    });
    await vi.waitFor(() => expect(target.open()).toBe(0));
    expect(written).toBeLessThan(15_000_000);
  });

  it('a slow drip of it ends in time, and the status counts', async () => {
    const target = await started((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const tried = await senderFor(target, { withinMs: 300 }).send(endpointAt(target.url), letter);
    expect(tried).toMatchObject({ outcome: 'delivered', status: 200 });
    expect(tried.durationMs).toBeGreaterThanOrEqual(290);
    expect(tried.durationMs).toBeLessThan(2_000);
    await vi.waitFor(() => expect(target.open()).toBe(0));
  });

  it('a slow drip of its head is no answer', async () => {
    const target = await started((response) => {
      const drip = setInterval(() => response.socket?.write('H'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const tried = await senderFor(target, { withinMs: 300 }).send(endpointAt(target.url), letter);
    expect(tried).toMatchObject({ outcome: 'failed', status: null });
    await vi.waitFor(() => expect(target.open()).toBe(0));
  });

  it('silence: no answer, within the time', async () => {
    const target = await started(() => {});
    const tried = await senderFor(target, { withinMs: 200 }).send(endpointAt(target.url), letter);
    expect(tried).toMatchObject({ outcome: 'failed', status: null, error: 'no answer within 0.2 seconds' });
    await vi.waitFor(() => expect(target.open()).toBe(0));
  });

  it('nobody there: in words', async () => {
    const target = await started();
    target.close();
    const tried = await senderFor(target).send(endpointAt(target.url), letter);
    expect(tried).toMatchObject({ outcome: 'failed', status: null, error: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('where it goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-hooks-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=hooks.example.com',
      ],
      ...['-addext', 'subjectAltName=DNS:hooks.example.com', '-keyout', keyFile, '-out', certFile],
    ],
    { stdio: 'ignore' },
  );
  const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];

  /** The port is not 443 here, so it is checked as if allowed, but resolved as if not. */
  it('over TLS to the address that was checked, with SNI and Host of the name', async () => {
    const { post } = await import('../../../gateway/webhooks/post.ts');
    const names: unknown[] = [];
    const target = await startTarget(
      (response, request) => {
        names.push(Reflect.get(request.socket, 'servername'));
        response.writeHead(204).end();
      },
      { key, cert },
    );
    targets.push(target);
    const url = new URL(`https://hooks.example.com:${target.port}/hook`);
    const limits = { clock: systemClock, withinMs: 5_000, mostBytes: 65_536 };
    const sent = { headers: {}, body: '{}' };
    expect(await post({ url, addresses: ['127.0.0.1'] }, sent, { ...limits, ca: cert })).toEqual({
      kind: 'answered',
      status: 204,
    });
    expect(names).toEqual(['hooks.example.com']);
    expect(firstOf(target).headers['host']).toBe(`hooks.example.com:${target.port}`);
    const other = new URL(`https://other.example.com:${target.port}/hook`);
    expect((await post({ url: other, addresses: ['127.0.0.1'] }, sent, { ...limits, ca: cert })).kind).toBe('broken');
    expect((await post({ url, addresses: ['127.0.0.1'] }, sent, limits)).kind).toBe('broken');
    expect(target.received).toHaveLength(1);
  });

  const rebinding = (...answers: readonly string[][]) => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return answers[Math.min(asked.length, answers.length) - 1] ?? [];
    };
    return { asked, resolve };
  };

  it('a name that leads elsewhere the second time is asked for once, and only what was checked is connected to', async () => {
    const { asked, resolve } = rebinding(['127.0.0.77'], ['127.0.0.1']);
    const sender = new Sender({
      clock: systemClock,
      allow: new Set(),
      resolve,
      isPublic: (address) => address === '127.0.0.77',
    });
    const tried = await sender.send(endpointAt('https://hooks.example.com/hook'), letter);
    expect(asked).toEqual(['hooks.example.com']);
    expect(tried).toMatchObject({ outcome: 'failed', error: expect.stringContaining('127.0.0.77:443') });
  });

  it.each([['127.0.0.1'], ['169.254.169.254'], ['10.0.0.1', '8.8.8.8'], ['::ffff:127.0.0.1'], ['fd00::1']])(
    'a name that leads to %s is refused before anything is connected to',
    async (...addresses) => {
      const { asked, resolve } = rebinding(addresses);
      const tried = await new Sender({ clock: systemClock, allow: new Set(), resolve }).send(
        endpointAt('https://hooks.example.com/'),
        letter,
      );
      expect(tried).toMatchObject({ outcome: 'refused', status: null, error: expect.stringContaining('not public') });
      expect(asked).toHaveLength(1);
    },
  );

  it('a stored URL that may not be reached any more is refused', async () => {
    const { asked, resolve } = rebinding(['8.8.8.8']);
    const sender = new Sender({ clock: systemClock, allow: new Set(), resolve });
    expect(await sender.send(endpointAt('http://127.0.0.1:1/'), letter)).toMatchObject({ outcome: 'refused' });
    expect(asked).toEqual([]);
  });

  it('a name server that is slow or does not know: failed, in words and in time', async () => {
    const options = { clock: systemClock, allow: new Set<string>(), withinMs: 100 };
    const slow = new Sender({ ...options, resolve: () => new Promise(() => {}) });
    const endpoint = endpointAt('https://hooks.example.com/');
    expect(await slow.send(endpoint, letter)).toMatchObject({
      outcome: 'failed',
      error: "the URL's name was not found in time",
    });
    const unknown = new Sender({ ...options, resolve: () => Promise.reject(new Error('queryA ENOTFOUND')) });
    expect(await unknown.send(endpoint, letter)).toMatchObject({
      outcome: 'failed',
      error: expect.stringContaining('ENOTFOUND'),
    });
  });
});
