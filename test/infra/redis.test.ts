import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink, type RedisTarget } from '../../infra/redis.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';

const soon = { timeout: 10_000, interval: 20 };

describe.skipIf(!redisAvailable())('RedisLink', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const start = async (options?: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
    const server = await startRedis(options);
    ends.push(() => server.stop());
    return server;
  };
  const link = (target: RedisTarget, said: string[] = []): RedisLink => {
    const log = { info: (_: object, text: string) => said.push(text), warn: (_: object, text: string) => said.push(text) };
    const opened = new RedisLink({ target, role: 'test', clock: systemClock, log });
    ends.push(() => opened.close());
    return opened;
  };
  const single = (port: number, access: Partial<RedisTarget> = {}): RedisTarget =>
    ({ kind: 'single', node: { host: '127.0.0.1', port }, db: 0, tls: false, ...access }) as RedisTarget;
  const count = (on: RedisLink): Promise<number> => on.call('count', (client) => client.incr('count'));

  it('the first call waits for the connection', async () => {
    const server = await start();
    expect(await count(link(single(server.port)))).toBe(1);
  });

  it('rejects with store-unavailable where there is no Redis, and works once there is', async () => {
    const server = await start();
    await server.kill9();
    const said: string[] = [];
    const opened = link(single(server.port), said);
    await expect(count(opened)).rejects.toMatchObject({ code: 'store-unavailable', facts: { what: 'count' } });
    await server.restart();
    await vi.waitFor(async () => expect(await count(opened)).toBeGreaterThan(0), soon);
    expect(said).toEqual(['redis connection lost', 'redis connection is back']);
  });

  it('a call that was given up while Redis was away never runs later', async () => {
    const server = await start({ appendonly: true });
    const opened = link(single(server.port));
    expect(await count(opened)).toBe(1);
    await server.kill9();
    const given = await Promise.allSettled([count(opened), count(opened), count(opened)]);
    expect(given.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await server.restart();
    await vi.waitFor(async () => expect(await count(opened)).toBe(2), { timeout: 10_000, interval: 5_000 });
  });

  it('B46: rejects while Redis hangs, and works when it goes on', async () => {
    const server = await start();
    const opened = link(single(server.port));
    await count(opened);
    server.freeze();
    await expect(count(opened)).rejects.toMatchObject({ code: 'store-unavailable' });
    server.thaw();
    await vi.waitFor(async () => expect(await count(opened)).toBeGreaterThan(1), soon);
  });

  it('rejects with store-unavailable when the password is wrong, without telling it', async () => {
    const server = await start({ config: { requirepass: 'right-password' } });
    expect(await count(link(single(server.port, { password: 'right-password' })))).toBe(1);
    const wrong = await count(link(single(server.port, { password: 'wrong-password' }))).catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'store-unavailable' });
    expect(String(wrong)).not.toContain('wrong-password');
  });

  it('runs a script that the server does not know yet, and again after it forgot it', async () => {
    const server = await start();
    const opened = link(single(server.port));
    const script = { lua: 'return {KEYS[1], ARGV[1]}', sha1: '3e7ab9ae8a6d2d3e2b7e0ad5b5c2a7f9a6b7c8d9' };
    const run = () => opened.script('try', script, { keys: ['a'], values: ['b'] });
    expect(await run()).toEqual(['a', 'b']);
    await server.restart();
    await vi.waitFor(async () => expect(await run()).toEqual(['a', 'b']), soon);
  });

  it('rejects at once after close', async () => {
    const server = await start();
    const opened = link(single(server.port));
    await count(opened);
    opened.close();
    await expect(count(opened)).rejects.toMatchObject({ code: 'store-unavailable' });
  });
});
