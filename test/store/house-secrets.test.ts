import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import { sealingKey } from '../../store/context/seal.ts';
import { houseSecretsIn } from '../../store/house-secrets.ts';
import { TextKeyRing } from '../../store/key-ring.ts';
import type { SealSetup } from '../../store/open-keys.ts';
import type { Stores } from '../../store/stores.ts';
import { plainVault, type Vault, vaultOf } from '../../store/vault.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { patiently } from '../world/patience.ts';
import { type RedisServer, redisAvailable, startRedis } from '../world/redis-server.ts';
import { caller, newSealKey, openSealed, wordyCall } from './erasure-world.ts';

const note = { at: '2026-01-01T10:00:00.000Z', who: null, did: 'read', what: 'GET /x', from: '127.0.0.1' } as const;

/** What a start does to the secrets of a store. `newPlace` names an empty one. */
const secretsAtAStart = (name: string, newPlace: () => string): void => {
  describe(`a start over ${name}`, () => {
    const open = (place: string, sealing?: SealSetup): Promise<Stores> =>
      patiently(() => openSealed(place, { clock: systemClock, ...(sealing === undefined ? {} : { sealing }) }));
    const hashOf = async (stores: Stores) => (await stores.callerHasher())(caller);
    const during = async <Result>(stores: Stores, use: (stores: Stores) => Promise<Result>): Promise<Result> => {
      try {
        return await use(stores);
      } finally {
        await stores.close();
      }
    };

    /** A store that was used. */
    const used = async (place: string, sealing?: SealSetup): Promise<string> =>
      await during(await open(place, sealing), async (stores) => {
        await wordyCall(stores, systemClock).then((call) => call.end());
        await stores.audit.note(note);
        return await hashOf(stores);
      });

    it.each([
      ['no seal key', undefined, /THROUGHLINE_SEAL_KEY to/],
      ['a wrong seal key', { keys: [newSealKey()] }, /THROUGHLINE_SEAL_KEY_OLD/],
    ] as const)('is refused with %s, and what was sealed is as it was', async (_, sealing, told) => {
      const [place, right] = [newPlace(), { keys: [newSealKey()] } as const];
      const before = await used(place, right);
      await expect(open(place, sealing)).rejects.toMatchObject({
        ...{ code: 'seal-key-unknown', message: expect.stringMatching(told) },
      });
      await during(await open(place, right), async (stores) => {
        expect(await hashOf(stores)).toBe(before);
        expect(await stores.audit.verify()).toMatchObject({ kind: 'whole', entries: 1 });
        const { id } = await stores.erasures.order(caller);
        await stores.erasures.carryOut(id);
        const receipt = await stores.erasures.find(id);
        expect((receipt?.calls ?? 0) + (receipt?.liveCalls ?? 0)).toBe(1);
      });
    });

    it('with a new seal key and the one before goes on with the same secrets', async () => {
      const [place, old, current] = [newPlace(), newSealKey(), newSealKey()];
      const before = await used(place, { keys: [old] });
      await during(await open(place, { keys: [current, old] }), async (stores) => {
        expect(await hashOf(stores)).toBe(before);
        await stores.rewrapKeys?.();
      });
      expect(await during(await open(place, { keys: [current] }), hashOf)).toBe(before);
    });

    it('with a seal key for the first time keeps the secrets, and seals them', async () => {
      const place = newPlace();
      const before = await used(place);
      const sealing = { keys: [newSealKey()] } as const;
      await during(await open(place, sealing), async (stores) => {
        expect(await hashOf(stores)).toBe(before);
        expect(await stores.audit.verify()).toMatchObject({ kind: 'whole' });
      });
      await expect(open(place)).rejects.toMatchObject({ code: 'seal-key-unknown' });
      expect(await during(await open(place, sealing), hashOf)).toBe(before);
    });
  });
};

const folder = mkdtempSync(join(tmpdir(), 'throughline-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;
const next = (): number => {
  places += 1;
  return places;
};

secretsAtAStart('SQLite', () => `sqlite:${join(folder, `${next()}.db`)}`);

describe.skipIf(!redisAvailable())('over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  secretsAtAStart('Redis', () => `${server.url.slice(0, -1)}${next() % 16}`);
});

describe('a secret', () => {
  const keyTexts = memoryTexts();
  const vaultUnder = (key: Uint8Array, texts = keyTexts): Vault =>
    vaultOf(new TextKeyRing({ sealKeys: [sealingKey(key)], texts, clock: systemClock }));
  const right = newSealKey();

  it.each([
    ['no seal key', plainVault],
    ['another seal key', vaultUnder(newSealKey())],
    ['another key store', vaultUnder(right, memoryTexts())],
  ])('that can not be opened with %s is never made anew', async (_, vault) => {
    const texts = memoryTexts();
    const secret = await houseSecretsIn(texts, vaultUnder(right)).find('callers');
    const stored = await texts.get('callers');
    const locked = houseSecretsIn(texts, vault);
    await expect(locked.find('callers')).rejects.toMatchObject({ code: 'seal-key-unknown' });
    await expect(locked.find('callers')).rejects.toMatchObject({ code: 'seal-key-unknown' });
    await expect(locked.check()).rejects.toMatchObject({ code: 'seal-key-unknown' });
    expect(await texts.get('callers')).toBe(stored);
    expect(await houseSecretsIn(texts, vaultUnder(right)).find('callers')).toEqual(secret);
  });

  it('is the same for all who ask for it first at the same moment', async () => {
    const texts = memoryTexts();
    const asked = await Promise.all(Array.from({ length: 5 }, () => houseSecretsIn(texts, vaultUnder(right)).find('audit')));
    expect(new Set(asked.map((each) => Buffer.from(each).toString('hex'))).size).toBe(1);
  });

  it('that nobody asked for is not made by a check', async () => {
    const texts = memoryTexts();
    await houseSecretsIn(texts, vaultUnder(right)).check();
    expect(await texts.get('callers')).toBeUndefined();
  });
});
