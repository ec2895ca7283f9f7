import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, type Sqlite } from '../../infra/sqlite.ts';

const table = { sql: 'CREATE TABLE IF NOT EXISTS word (word TEXT PRIMARY KEY) STRICT' };
const add = (word: string) => ({ sql: 'INSERT INTO word VALUES (?1)', values: [word] });
const all = { sql: 'SELECT word FROM word ORDER BY word' };

describe('Sqlite', () => {
  let folder: string;
  const ends: (() => unknown)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'throughline-sqlite-'));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const open = (path: string): Sqlite => {
    const sqlite = openSqlite(path);
    ends.push(() => sqlite.close());
    return sqlite;
  };
  const words = async (sqlite: Sqlite): Promise<unknown[]> =>
    (await sqlite.run('read', [all]))[0]?.map((row) => row['word']) ?? [];

  for (const place of ['file', 'memory']) {
    const path = (): string => (place === 'file' ? join(folder, 'a', 'b.db') : ':memory:');

    it(`in ${place}: runs all statements in one transaction and gives each one's rows`, async () => {
      const sqlite = open(path());
      expect(await sqlite.run('write', [table, add('b'), add('a'), all])).toEqual([
        [],
        [],
        [],
        [{ word: 'a' }, { word: 'b' }],
      ]);
    });

    it(`in ${place}: a statement that fails takes the whole transaction with it`, async () => {
      const sqlite = open(path());
      await sqlite.run('write', [table, add('a')]);
      const failed = sqlite.run('write twice', [add('b'), add('a')]);
      await expect(failed).rejects.toMatchObject({ code: 'store-unavailable', facts: { what: 'write twice' } });
      expect(await words(sqlite)).toEqual(['a']);
    });

    it(`in ${place}: rejects after close, which can be called twice and lets what was asked before end`, async () => {
      const sqlite = open(path());
      const asked = sqlite.run('write', [table, add('a'), all]);
      await Promise.all([sqlite.close(), sqlite.close()]);
      expect((await asked)[2]).toEqual([{ word: 'a' }]);
      await expect(words(sqlite)).rejects.toMatchObject({ code: 'store-unavailable' });
    });
  }

  it('who asks one thing after another does not wait for company; who asks much does', async () => {
    const sqlite = open(join(folder, 'a', 'b.db'));
    await sqlite.run('prepare', [table]);
    const inTurn = async (times: number): Promise<number> => {
      const started = performance.now();
      for (let asked = 0; asked < times; asked += 1) await words(sqlite);
      return performance.now() - started;
    };
    expect(await inTurn(20)).toBeLessThan(1_000);
    await inTurn(12);
    expect(await inTurn(5)).toBeGreaterThan(300);
  });

  it('two databases in memory are two', async () => {
    const [one, two] = [open(':memory:'), open(':memory:')];
    await one.run('write', [table, add('a')]);
    await two.run('write', [table]);
    expect(await words(two)).toEqual([]);
  });

  it('two connections to one file see each other', async () => {
    const path = join(folder, 'shared.db');
    const [one, two] = [open(path), open(path)];
    await one.run('prepare', [table]);
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : two).run('write', [add(`w${n}`)])));
    expect((await words(two)).length).toBe(20);
  });

  it('rejects while another writer holds the file, without stopping this thread, and recovers', async () => {
    const path = join(folder, 'locked.db');
    const sqlite = open(path);
    await sqlite.run('prepare', [table]);
    const tick = vi.fn();
    const ticking = setInterval(tick, 5);
    ends.push(() => clearInterval(ticking));
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN IMMEDIATE');
    ends.push(() => holder.close());
    await expect(sqlite.run('write', [add('a')])).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(tick.mock.calls.length).toBeGreaterThan(20);
    holder.exec('COMMIT');
    await sqlite.run('write', [add('a')]);
    expect(await words(sqlite)).toEqual(['a']);
  });

  it('rejects where no file can be, and works once it can', async () => {
    const place = join(folder, 'taken');
    writeFileSync(place, 'a file, not a folder');
    const sqlite = open(join(place, 'x.db'));
    await expect(sqlite.run('open', [table])).rejects.toMatchObject({ code: 'store-unavailable' });
    rmSync(place);
    mkdirSync(place);
    await sqlite.run('open', [table]);
    expect(await words(sqlite)).toEqual([]);
  });

  it('refuses a file that is something else, and leaves it as it is', async () => {
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'shopping list '.repeat(500));
    await expect(open(path).run('open', [table])).rejects.toMatchObject({ code: 'store-unavailable' });
  });
});
