import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../infra/clock.ts';
import type { JobData } from '../../infra/queue/queue.ts';
import { queueColumns } from '../../infra/queue/sqlite-queue.ts';
import { openSqlite, type Sqlite } from '../../infra/sqlite.ts';
import { addColumns } from '../../infra/sqlite-columns.ts';
import { openStores } from '../../store/stores.ts';

const log = { info: () => {}, warn: () => {} };
const soon = { timeout: 15_000, interval: 20 };

/** As version 0.1.0 made the table. */
const oldTable = `CREATE TABLE IF NOT EXISTS job (
  name TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
  attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL, lease_until INTEGER NOT NULL DEFAULT 0,
  worker TEXT NOT NULL DEFAULT '', error TEXT, PRIMARY KEY (name, key)
) STRICT`;
const oldAdd = 'INSERT INTO job (name, key, data, due_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-columns-'));
  path = join(folder, 'old.db');
  const old = new DatabaseSync(path);
  old.exec(oldTable);
  old.prepare(oldAdd).run('greet', 'waits', '{"n":1}', 1);
  old.exec("INSERT INTO job VALUES ('greet', 'died', '{\"n\":2}', 'dead', 5, 1700000000000, 0, 'w', 'it was never well')");
  old.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const columnsOf = (): readonly string[] => {
  const database = new DatabaseSync(path);
  const names = database.prepare("SELECT name FROM pragma_table_info('job')").all();
  database.close();
  return names.map(({ name }) => String(name));
};

it('a file of an earlier version opens, with the jobs that are in it', async () => {
  const stores = await openStores({ kind: 'sqlite', path }, { clock: systemClock, log });
  expect((await stores.queue.counts())['greet']).toEqual({ waiting: 1, delayed: 0, active: 0, dead: 1 });
  expect(await stores.queue.dead(5)).toEqual([
    { name: 'greet', key: 'died', data: { n: 2 }, attempts: 5, error: 'it was never well', diedAt: 1_700_000_000_000 },
  ]);
  const seen: JobData[] = [];
  await stores.queue.retry({ name: 'greet', key: 'died' });
  stores.queue.work({ greet: async (data) => void seen.push(data) });
  await stores.queue.add({ name: 'greet', key: 'new', data: { n: 3 }, attempts: 12, backoffMs: 10, delayMs: 1 });
  await vi.waitFor(() => expect(seen.map((data) => data['n']).sort()).toEqual([1, 2, 3]), soon);
  await stores.close();
});

it('a process of the earlier version goes on with the file', async () => {
  const stores = await openStores({ kind: 'sqlite', path }, { clock: systemClock, log });
  const old = new DatabaseSync(path, { timeout: 1_000 });
  old.prepare(oldAdd).run('greet', 'of-old', '{"n":4}', 1);
  old.close();
  expect((await stores.queue.counts())['greet']?.waiting).toBe(2);
  await stores.close();
});

it('two processes may open it at once', async () => {
  const open = () => openStores({ kind: 'sqlite', path }, { clock: systemClock, log });
  const both = await Promise.all([open(), open(), open()]);
  await Promise.all(both.map((stores) => stores.close()));
  expect(columnsOf()).toEqual(expect.arrayContaining(['max_attempts', 'backoff_ms']));
});

it('another process may be faster between the look and the change', async () => {
  const [sqlite, other] = [openSqlite(path), openSqlite(path)];
  const slow: Sqlite = {
    run: async (what, statements) => {
      if (what === 'bring its tables up to date') await addColumns(other, queueColumns);
      return sqlite.run(what, statements);
    },
    close: () => sqlite.close(),
  };
  await addColumns(slow, queueColumns);
  await Promise.all([sqlite.close(), other.close()]);
  expect(columnsOf().filter((name) => name === 'max_attempts')).toEqual(['max_attempts']);
});

it('what can not be added is said', async () => {
  const sqlite = openSqlite(path);
  const wrong = [{ table: 'nothing_here', column: 'x', type: 'TEXT' }] as const;
  await expect(addColumns(sqlite, wrong)).rejects.toMatchObject({ code: 'store-unavailable' });
  await addColumns(sqlite, [{ table: 'job', column: 'x', type: 'TEXT' }]);
  await addColumns(sqlite, [{ table: 'job', column: 'x', type: 'TEXT' }]);
  await sqlite.close();
  expect(columnsOf().filter((name) => name === 'x')).toEqual(['x']);
});
