import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { parseStoreUrl } from '../../../store/store-url.ts';
import { openStores } from '../../../store/stores.ts';
import { decodeRules, rulesIn, suggestionId } from '../../../store/suggestions/rules.ts';
import { ruleAbout, ruleStoreContract } from '../../contracts/rule-store.ts';
import { FakeClock } from '../../world/clock.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { redisAvailable, startRedis } from '../../world/redis-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = { info: () => {}, warn: () => {} };
const tenYears = 10 * 366 * 86_400_000;

const storesAt = (url: string, clock = systemClock) => {
  const store = parseStoreUrl(url);
  if ('problem' in store) throw new Error(store.problem);
  return openStores(store, { clock, log });
};

let files = 0;
ruleStoreContract('SQLite in a file', async () => {
  files += 1;
  const url = `sqlite:${join(folder, `${files}.db`)}`;
  const clock = new FakeClock();
  const [one, other] = [await storesAt(url, clock), await storesAt(url, clock)];
  return {
    rules: one.rules,
    elsewhere: other.rules,
    yearsPass: async () => {
      clock.advance(tenYears);
      await one.killSwitch.put({ on: false, since: 'what is put clears away what ran out' });
    },
    close: async () => {
      await one.close();
      await other.close();
    },
  };
});

describe.skipIf(!redisAvailable())('over a real Redis', () => {
  ruleStoreContract('Redis', async () => {
    const redis = await startRedis();
    const url = `redis://127.0.0.1:${redis.port}/0`;
    const [one, other] = [await storesAt(url), await storesAt(url)];
    for (const stores of [one, other]) await expect.poll(() => stores.rules.of('acme'), { timeout: 10_000 }).toEqual([]);
    const client = new Redis(redis.port);
    return {
      rules: one.rules,
      elsewhere: other.rules,
      // The server's clock can't be moved, but what is left can be read: and taken off.
      yearsPass: async () => {
        const left = await client.pttl('tl:rule:acme');
        await client.pexpire('tl:rule:acme', left === -1 ? 60_000 : Math.max(1, left - tenYears));
      },
      close: async () => {
        await one.close();
        await other.close();
        client.disconnect();
        await redis.stop();
      },
    };
  });
});

describe('what is stored', () => {
  it.each(['', 'rules', 'null', '{}', '[null]', '[{}]', JSON.stringify([{ ...ruleAbout('x'), state: 'maybe' }])])(
    '%j is none of ours',
    (text) => {
      expect(decodeRules(text)).toEqual([]);
    },
  );

  it.each([
    { at: 'yesterday' },
    { by: 3 },
    { evidence: { ...ruleAbout('x').evidence, n: -1 } },
    { evidence: { ...ruleAbout('x').evidence, from: 'x' } },
    { to: undefined },
  ])('a rule with %j is left out, and the others stand', (change) => {
    expect(decodeRules(JSON.stringify([{ ...ruleAbout('x'), ...change }, ruleAbout('y')]))).toEqual([ruleAbout('y')]);
  });

  it('what is damaged does not keep anybody from deciding', async () => {
    const texts = memoryTexts();
    await texts.put('acme', '{');
    const rules = rulesIn(texts);
    await rules.change('acme', () => ({ rules: [ruleAbout('API key')], answer: undefined }));
    expect(await rules.of('acme')).toEqual([ruleAbout('API key')]);
  });

  it('who never gets to change anything is told', async () => {
    const rules = rulesIn({ ...memoryTexts(), get: async () => '[]', swap: async () => false });
    const decided = rules.change('acme', (all) => ({ rules: all, answer: undefined }));
    await expect(decided).rejects.toMatchObject({ code: 'rules-contended' });
  });
});

describe('the name of a suggestion', () => {
  const way = { line: 'acme', category: 'API key', from: 'support', to: 'technical' };

  it('is the same however the category is spelt', () => {
    expect(suggestionId(way)).toMatch(/^[0-9a-f]{16}$/);
    expect(suggestionId({ ...way, category: ' api-KEY' })).toBe(suggestionId(way));
  });

  it('is another for another line, category, or agent', () => {
    const others = [{ line: 'b' }, { category: 'SDK' }, { from: 'technical', to: 'support' }, { to: 'billing' }];
    const names = [way, ...others.map((other) => ({ ...way, ...other }))].map(suggestionId);
    expect(new Set(names).size).toBe(names.length);
    expect(suggestionId({ ...way, from: 'a","b', to: 'c' })).not.toBe(suggestionId({ ...way, from: 'a', to: 'b","c' }));
  });
});
