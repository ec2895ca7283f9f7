import type { Clock } from '../infra/clock.ts';
import { messageOf, ThroughlineError } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import { RedisLink } from '../infra/redis.ts';
import { openSqlite } from '../infra/sqlite.ts';
import { type SealingKey, sealingKey } from './context/seal.ts';
import { secretKeepDays } from './house-secrets.ts';
import { type KeyRing, type Rewrapped, TextKeyRing } from './key-ring.ts';
import { RedisTexts } from './redis-texts.ts';
import { SqliteTexts, textTables } from './sqlite-texts.ts';
import { keyStoreBeside, type StoreUrl } from './store-url.ts';
import type { ListedTexts } from './texts.ts';

/** What is stored is sealed, with these. */
export interface SealSetup {
  /** 32 bytes each: the current seal key, then the old one of a rotation. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
  /** Where the keys of calls are kept. By default beside a SQLite file, or in the Redis that has the calls. */
  readonly keyStore?: StoreUrl;
}

/** An open store of keys. */
export interface OpenedKeys {
  /** Keys of one kind. `keepDays`: how long one is kept that nobody uses any more, longer than anything that is sealed with it. */
  ring(kind: string, keepDays: number): KeyRing;
  /** Puts the keys of every ring under the current seal key. */
  rewrap(): Promise<Rewrapped>;
  close(): Promise<void>;
}

interface KeysSetup {
  readonly store: StoreUrl;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Opens the rings. Rejects with `seal-key-unknown` when the keys are under another seal key, and SQLite with `store-unavailable` when the file can't be used. Redis is
 * waited for for a moment; then it connects in the background, unchecked, which the log tells.
 */
export const openKeys = async ({ keys, keyStore }: SealSetup, setup: KeysSetup): Promise<OpenedKeys> => {
  const where = keyStore ?? keyStoreBeside(setup.store);
  const { texts, close } = where.kind === 'sqlite' ? await sqliteTexts(where.path, setup) : redisTexts(where, setup);
  const [current, ...older] = keys;
  const sealKeys: readonly [SealingKey, ...SealingKey[]] = [sealingKey(current), ...older.map(sealingKey)];
  const rings: KeyRing[] = [];
  const ring = (kind: string, keepDays: number): KeyRing => {
    const made = new TextKeyRing({ sealKeys, texts: texts(kind, keepDays), clock: setup.clock });
    rings.push(made);
    return made;
  };
  const rewrap = async (): Promise<Rewrapped> => {
    const done = await Promise.all(rings.map((each) => each.rewrap()));
    const sum = (of: keyof Rewrapped) => done.reduce((total, each) => total + each[of], 0);
    return { moved: sum('moved'), locked: sum('locked') };
  };
  try {
    await ring('key-check', secretKeepDays).make('check');
  } catch (error) {
    if (where.kind === 'sqlite' || !isAway(error)) {
      await close();
      throw error;
    }
    setup.log.warn({ error: messageOf(error) }, 'the seal key could not be checked');
  }
  return { ring, rewrap, close };
};

const isAway = (error: unknown): boolean => error instanceof ThroughlineError && error.code === 'store-unavailable';

interface KeyTexts {
  readonly texts: (kind: string, keepDays: number) => ListedTexts;
  readonly close: () => Promise<void>;
}

const sqliteTexts = async (path: string, { clock }: KeysSetup): Promise<KeyTexts> => {
  const sqlite = openSqlite(path, { erases: true });
  try {
    await sqlite.run('open the key store', textTables);
  } catch (error) {
    await sqlite.close();
    throw error;
  }
  return { texts: (kind, keepDays) => new SqliteTexts(sqlite, { kind, clock, keepDays }), close: () => sqlite.close() };
};

const redisTexts = ({ target }: Extract<StoreUrl, { kind: 'redis' }>, { clock, log }: KeysSetup): KeyTexts => {
  const link = new RedisLink({ target, role: 'keys', clock, log });
  return { texts: (kind, keepDays) => new RedisTexts(link, { kind, keepDays }), close: async () => link.close() };
};
