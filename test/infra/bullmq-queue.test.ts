import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { BullmqQueue } from '../../infra/queue/bullmq-queue.ts';
import { RedisLink, type RedisTarget } from '../../infra/redis.ts';
import { benchAtOnce, benchNames, jobQueueContract } from '../contracts/job-queue.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';

const silent = { info: () => {}, warn: () => {} };

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  let databases = 0;
  jobQueueContract('BullMQ', async () => {
    databases += 1;
    const target: RedisTarget = {
      kind: 'single',
      node: { host: '127.0.0.1', port: server.port },
      db: databases % 16,
      tls: false,
    };
    const link = new RedisLink({ target, role: 'test', clock: systemClock, log: silent });
    await link.call('empty', (client) => client.flushdb());
    link.close();
    return {
      open: (timing) =>
        new BullmqQueue({ target, clock: systemClock, log: silent, names: benchNames, atOnce: benchAtOnce, timing }),
      end: async () => {},
    };
  });
});
