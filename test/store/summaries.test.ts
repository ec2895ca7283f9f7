import { describe, expect, it } from 'vitest';
import { term, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { jobHandlers, summariseJob } from '../../store/jobs.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { decodeSummary } from '../../store/summaries.ts';
import { type Summarise, summariseCall } from '../../store/summarise-call.ts';
import { newCallId } from '../contracts/context-store.ts';
import { summaryStoreContract } from '../contracts/summary-store.ts';
import { redisAvailable, startRedis } from '../world/redis-server.ts';

const opened = async (text: string): Promise<Stores> => {
  const url = parseStoreUrl(text);
  if ('problem' in url) throw new Error(url.problem);
  return openStores(url, { clock: systemClock, log: { info: () => {}, warn: () => {} } });
};

summaryStoreContract('SQLite', async () => {
  const stores = await opened('sqlite::memory:');
  return { summaries: stores.summaries, close: () => stores.close() };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  summaryStoreContract('Redis', async () => {
    const redis = await startRedis();
    const stores = await opened(redis.url);
    await expect.poll(() => stores.summaries.get(newCallId()), { timeout: 10_000 }).toBeUndefined();
    const close = async () => {
      await stores.close();
      await redis.stop();
    };
    return { summaries: stores.summaries, close };
  });
});

it.each(['{', 'null', '{"through":1,"turns":2,"text":"a"}', '{"through":"a","turns":2}'])(
  'a stored summary that is broken counts as none: %s',
  (stored) => {
    expect(decodeSummary(stored)).toBeUndefined();
  },
);

/** A stored call in which the caller has said so many things. */
const callWith = async (stores: Stores, turns: number) => {
  const callId = newCallId();
  await stores.contexts.claim(callId, 'node');
  const says = async (from: number, to: number) => {
    const events = Array.from({ length: to - from }, (_, index) => ({
      type: 'caller-said' as const,
      turn: `t${from + index}`,
      text: `words ${from + index}`,
      seq: from + index + 1,
      term: term(1),
      at: wallTime(1_767_225_600_000 + from + index),
    }));
    await stores.contexts.append({ callId, term: term(1), owner: 'node', events });
  };
  await says(0, turns);
  return { callId, says };
};

describe('the summary of a call', () => {
  const requests: Parameters<Summarise>[0][] = [];
  const summarise: Summarise = async (request) => {
    requests.push(request);
    return `summary ${requests.length}`;
  };

  it('covers all but the newest turns, and goes on where it stopped', async () => {
    const stores = await opened('sqlite::memory:');
    requests.length = 0;
    const { callId, says } = await callWith(stores, 40);
    await summariseCall(stores, summarise, callId);
    expect(requests[0]?.before).toBeUndefined();
    expect(requests[0]?.turns.map(({ said }) => said)).toEqual(Array.from({ length: 28 }, (_, index) => `words ${index}`));
    expect(await stores.summaries.get(callId)).toEqual({ through: 't27', turns: 28, text: 'summary 1' });

    await summariseCall(stores, summarise, callId);
    expect(requests).toHaveLength(1); // nothing new

    await says(40, 60);
    await summariseCall(stores, summarise, callId);
    expect(requests[1]).toMatchObject({ before: 'summary 1' });
    expect(requests[1]?.turns.map(({ said }) => said)).toEqual(
      Array.from({ length: 20 }, (_, index) => `words ${28 + index}`),
    );
    expect(await stores.summaries.get(callId)).toEqual({ through: 't47', turns: 48, text: 'summary 2' });
    await stores.close();
  });

  it('is a job, if there is somebody to do it, and one that fails is tried again by the queue', async () => {
    const stores = await opened('sqlite::memory:');
    const { callId } = await callWith(stores, 40);
    const { data, key } = summariseJob(callId, 40);
    expect([data, key]).toEqual([{ callId }, `${callId}-s40`]);
    expect(jobHandlers(stores)).not.toHaveProperty('summarise-call'); // left to a process that has a text model
    const failing = jobHandlers(stores, { summarise: () => Promise.reject(new Error('429')) })['summarise-call'];
    await expect(failing?.(data)).rejects.toThrow('429');
    await jobHandlers(stores, { summarise })['summarise-call']?.(data);
    expect(await stores.summaries.get(callId)).toMatchObject({ turns: 28 });
    await stores.close();
  });

  it('of a short call, or one that nobody knows, is not asked for', async () => {
    const stores = await opened('sqlite::memory:');
    requests.length = 0;
    await summariseCall(stores, summarise, (await callWith(stores, 15)).callId);
    await summariseCall(stores, summarise, newCallId());
    expect(requests).toEqual([]);
    await stores.close();
  });
});
