import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { epoch, parseCallId, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import type { ContextFact } from '../../store/context/event.ts';
import { recordHandoffJob } from '../../store/jobs.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores } from '../../store/stores.ts';
import { committed } from '../store/committed.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const callId = parseCallId(`CA${'7'.repeat(32)}`);
const facts: readonly ContextFact[] = [
  { type: 'call-started', from: '+15005550006', to: '+15005550010', line: 'acme', ivr: {} },
  {
    type: 'handoff-requested',
    epoch: epoch(2),
    from: 'support',
    to: 'technical',
    reason: 'still a 401',
    trigger: 'expertise',
  },
  committed(2, { switchMs: 300, factsCarried: 4 }),
];

describe('gateway/worker.ts', () => {
  it.skipIf(!redisAvailable())('works the jobs of a Redis store in a process of its own, and ends in order', async () => {
    const redis = await startRedis();
    const url = parseStoreUrl(redis.url);
    if ('problem' in url || callId === undefined) throw new Error('no store');
    const stores = await openStores(url, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
    const { term } = await stores.contexts.claim(callId, 'node-1');
    const events = facts.map((fact, index) => ({ ...fact, seq: index + 1, term, at: wallTime(1_767_225_600_000 + index) }));
    await stores.contexts.append({ callId, term, owner: 'node-1', events });
    await stores.queue.add(recordHandoffJob({ callId, term, epoch: epoch(2) }));
    expect(await stores.handoffs.list({ limit: 10 })).toEqual([]);

    const script = join(import.meta.dirname, '..', '..', 'gateway', 'worker.ts');
    const worker = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      env: { PATH: process.env['PATH'], STORE: redis.url },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
      await expect
        .poll(() => stores.handoffs.list({ limit: 10 }), { timeout: 15_000 })
        .toMatchObject([{ from: 'support', to: 'technical', reason: 'still a 401', outcome: 'committed', switchMs: 300 }]);
    } finally {
      worker.kill('SIGTERM');
    }
    const [code] = await once(worker, 'exit');
    expect(code).toBe(0);
    await stores.close();
    await redis.stop();
  });

  it('refuses a store that lives in the memory of another process', async () => {
    const script = join(import.meta.dirname, '..', '..', 'gateway', 'worker.ts');
    const worker = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
      env: { PATH: process.env['PATH'], STORE: 'sqlite::memory:' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const words: string[] = [];
    worker.stderr.on('data', (data: Buffer) => words.push(data.toString()));
    const [code] = await once(worker, 'exit');
    expect(code).toBe(1);
    expect(words.join('')).toMatch(/STORE/);
  });
});
