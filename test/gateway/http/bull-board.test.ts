import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import { bullBoard } from '../../../gateway/http/bull-board.ts';
import { ms } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import { BullmqQueue } from '../../../infra/queue/bullmq-queue.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../world/redis-server.ts';
import { BrowserPage, chromium } from './browser.ts';
import { emptyConsole } from './console-world.ts';

const log = { info() {}, warn() {}, error() {} };

describe.skipIf(!redisAvailable())('Bull Board on the console', () => {
  let redis: RedisServer;
  let queue: BullmqQueue;
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    redis = await startRedis();
    const target = { kind: 'single', node: { host: '127.0.0.1', port: redis.port }, db: 0, tls: false } as const;
    const timing = { attempts: 1, backoff: ms(1) };
    queue = new BullmqQueue({ target, clock: systemClock, log, names: ['analyse-call', 'record-handoff'], timing });
    server = hardenedServer(consoleApp({ ...emptyConsole(), board: await bullBoard(queue.queues), jobs: queue, log }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    queue.work({ 'analyse-call': () => Promise.reject(new Error('no model answered')) });
    await queue.add({ name: 'analyse-call', key: 'dead-one', data: { callId: 'CA1' } });
    await queue.add({ name: 'record-handoff', key: 'waits', data: { callId: 'CA2' } });
    await vi.waitFor(async () => expect(await queue.dead(5)).toHaveLength(1), { timeout: 10_000 });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await queue.close();
    await redis.stop();
  });

  const ask = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
    const asked = request({ port, method, path, headers: { host: `localhost:${port}`, ...headers } });
    asked.end();
    const [answer] = await once(asked, 'response');
    let text = '';
    for await (const part of answer) text += part;
    return { status: Number(answer.statusCode), headers: answer.headers, text };
  };

  it('answers with its page and what it knows of the queues', async () => {
    const page = await ask('GET', '/queues/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain(
      "script-src 'self';style-src 'self' 'unsafe-inline';", // its page links to fonts elsewhere
    );
    expect(page.headers['x-powered-by']).toBeUndefined();
    const told = await ask('GET', '/queues/api/queues');
    expect(told.text).toContain('analyse-call');
    expect(told.text).toContain('record-handoff');
  });

  const retryPath = '/queues/api/queues/analyse-call/key-dead-one/retry';

  it('names and pages of others get nothing and change nothing', async () => {
    expect((await ask('GET', '/queues/', { host: 'evil.example' })).status).toBe(421);
    expect((await ask('GET', '/queues/api/queues', { host: 'evil.example' })).status).toBe(421);
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await ask('PUT', retryPath, headers)).status).toBe(403);
    expect(await queue.dead(5)).toHaveLength(1);
  });

  it('its own page may try a job again', async () => {
    expect(await queue.dead(5)).toMatchObject([{ key: 'dead-one', attempts: 1 }]);
    const answer = await ask('PUT', retryPath, { origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' });
    expect(answer.status).toBeLessThan(300);
    await vi.waitFor(async () => expect(await queue.dead(5)).toMatchObject([{ key: 'dead-one', attempts: 2 }]), {
      timeout: 10_000,
    });
  });

  it.skipIf(chromium === undefined)('shows the queues in a browser, and asks nobody else for anything', async () => {
    const browser = await BrowserPage.open(chromium ?? '');
    try {
      await browser.goTo(`http://127.0.0.1:${port}/queues/`);
      await browser.until("document.body.innerText.includes('analyse-call')");
      await browser.until("document.body.innerText.includes('record-handoff')");
      await browser.goTo(`http://127.0.0.1:${port}/queues/queue/analyse-call?status=failed`);
      await browser.until("document.body.innerText.includes('dead-one')");
      await browser.until("document.body.innerText.includes('no model answered')");
      const strange = `performance.getEntriesByType('resource').filter(({ name, responseStatus }) =>
        new URL(name).host !== location.host && responseStatus !== 0).length`;
      expect(await browser.evaluate(strange)).toBe(0);
      const picture: unknown = await browser.send('Page.captureScreenshot', { format: 'png' });
      const data: unknown = typeof picture === 'object' && picture !== null ? Reflect.get(picture, 'data') : '';
      if (process.env['BOARD_PICTURE'] !== undefined)
        await writeFile(process.env['BOARD_PICTURE'], Buffer.from(String(data), 'base64'));
      expect(String(data).length).toBeGreaterThan(10_000);
    } finally {
      await browser.close();
    }
  });
});
