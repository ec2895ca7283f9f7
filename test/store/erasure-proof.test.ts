import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import type { SealSetup } from '../../store/open-keys.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { knownOf, newSealKey, openSealed, urlOf, words, wordsIn, wordyCall } from './erasure-world.ts';
import { clockThatJumps } from './jumping-clock.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-erasure-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** All bytes of a folder's files, as text. */
const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n');

/** A way to keep calls, and to copy them as a backup does. */
interface Place {
  readonly store: string;
  readonly sealing?: SealSetup;
  /** Copies what is there now: all its bytes, and how to open the copy. */
  copy(): Promise<{ readonly bytes: string; readonly store: string }>;
}

const allWords = words.toSorted();

/** A caller's call is stored, copied and erased; then the copy is read with today's keys. */
const eraseAndRead = async ({ store, sealing, copy }: Place) => {
  const { clock, jump } = clockThatJumps();
  const setup = { clock, ...(sealing === undefined ? {} : { sealing }) };
  const stores = await openSealed(store, setup);
  const call = await wordyCall(stores, clock);
  await call.end();
  jump(120_000);
  const [before, after] = [await copy(), await copy()];
  const read = async (copied: string) => {
    const opened = await openSealed(copied, setup);
    const known = await knownOf(opened, call.callId);
    const stored = await opened.contexts.load(call.callId);
    await opened.close();
    return { words: wordsIn(known).toSorted(), stored };
  };
  const readBefore = await read(before.store);
  const { id } = await stores.erasures.order('+14155550134');
  await stores.erasures.carryOut(id);
  expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1, liveCalls: 0 });
  const live = wordsIn(await knownOf(stores, call.callId));
  await stores.close();
  return { bytes: wordsIn(after.bytes), before: readBefore, after: await read(after.store), live };
};

const expectErased = ({ bytes, before, after, live }: Awaited<ReturnType<typeof eraseAndRead>>): void => {
  expect(before.words).toEqual(allWords); // the search finds what is there
  expect(before.stored?.events.length).toBe(8);
  expect(live).toEqual([]);
  expect(bytes).toEqual([]);
  expect(after.words).toEqual([]);
  expect(after.stored).toMatchObject({ events: [], erased: { lastSeq: 8 } });
  expect(after.stored?.damage).toBeUndefined();
};

/** The file with its write-ahead log, wherever it stands. */
const copySqlite = (path: string): string => {
  const copied = join(newFolder(), 'copy.db');
  for (const end of ['', '-wal']) if (existsSync(path + end)) copyFileSync(path + end, copied + end);
  return copied;
};

describe('D13: a copy of the calls from before an erasure', () => {
  const onSqlite = (keys: readonly [Uint8Array] | undefined): Place => {
    const path = join(newFolder(), 'calls.db');
    const keyFile = `${path}.keys.db`;
    return {
      store: `sqlite:${path}`,
      ...(keys === undefined ? {} : { sealing: { keys, keyStore: urlOf(`sqlite:${keyFile}`) } }),
      copy: async () => {
        const copied = copySqlite(path);
        const bytes = bytesIn(join(copied, '..'));
        return { bytes, store: `sqlite:${copied}` };
      },
    };
  };

  it('SQLite, with its write-ahead log: has no word, and reads as erased', async () => {
    expectErased(await eraseAndRead(onSqlite([newSealKey()])));
  });

  it('SQLite without sealing: the same search finds every word in the copy', async () => {
    const { bytes, after, live } = await eraseAndRead(onSqlite(undefined));
    expect(bytes.toSorted()).toEqual(allWords);
    expect(after.words).toEqual(allWords);
    expect(live).toEqual([]);
  });

  describe.skipIf(!redisAvailable())('Redis', () => {
    const start = async (options: Parameters<typeof startRedis>[0]): Promise<RedisServer> => {
      const server = await startRedis(options);
      ends.push(() => server.stop());
      return server;
    };

    const onRedis = async (sealed: boolean): Promise<Place> => {
      const folder = newFolder();
      const data = await start({ appendonly: true, config: { dir: folder } });
      const keys = await start({ appendonly: true });
      return {
        store: data.url,
        ...(sealed ? { sealing: { keys: [newSealKey()], keyStore: urlOf(keys.url) } } : {}),
        copy: async () => {
          const copied = newFolder();
          cpSync(folder, copied, { recursive: true });
          return { bytes: bytesIn(copied), store: (await start({ appendonly: true, config: { dir: copied } })).url };
        },
      };
    };

    it('an append-only file: has no word, and reads as erased', async () => {
      expectErased(await eraseAndRead(await onRedis(true)));
    });

    it('without sealing: the same search finds every word in the copy', async () => {
      const { bytes, after, live } = await eraseAndRead(await onRedis(false));
      expect(bytes.toSorted()).toEqual(allWords);
      expect(after.words).toEqual(allWords);
      expect(live).toEqual([]);
    });
  });
});

describe('D12: what is stored under a seal key that is changed', () => {
  it('is read and written all the while, and without the old key at the end', async () => {
    const path = join(newFolder(), 'calls.db');
    const [old, current] = [newSealKey(), newSealKey()];
    const open = (...keys: [Uint8Array, ...Uint8Array[]]) =>
      openSealed(`sqlite:${path}`, { clock: systemClock, sealing: { keys } });
    const first = await open(old);
    const calls = [];
    for (let count = 0; count < 3; count += 1) calls.push(await wordyCall(first, systemClock));
    await first.close();
    const rotating = await open(current, old);
    const [, moved] = await Promise.all([
      wordyCall(rotating, systemClock).then((call) => calls.push(call)),
      rotating.rewrapKeys?.(),
    ]);
    expect(moved?.moved).toBeGreaterThanOrEqual(3);
    expect(moved?.locked).toBe(0);
    await rotating.close();
    const after = await open(current);
    for (const { callId } of calls) expect(wordsIn(await knownOf(after, callId)).length).toBeGreaterThan(5);
    await after.close();
    await expect(open(old)).rejects.toMatchObject({ code: 'seal-key-unknown' });
  });
});
