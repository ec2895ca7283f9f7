import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqlite } from '../../infra/sqlite.ts';
import { callTables, SqliteCallLog } from '../../store/calls/sqlite-call-log.ts';
import { SqliteTallies, tallyTables } from '../../store/figures/sqlite-tallies.ts';
import { handoffTables, SqliteHandoffLog } from '../../store/handoffs/sqlite-handoff-log.ts';
import { contextTables, SqliteContextStore } from '../../store/sqlite-context-store.ts';
import { callLogContract } from '../contracts/call-log.ts';
import { contextStoreContract } from '../contracts/context-store.ts';
import { handoffLogContract } from '../contracts/handoff-log.ts';
import { talliesContract } from '../contracts/tallies.ts';
import { FakeClock } from '../world/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder, 'new', 'folder', `${files}.db`);
};

for (const [name, path] of [
  ['SQLite in a file', newFile],
  ['SQLite in memory', () => ':memory:'],
] as const) {
  contextStoreContract(name, async (clock) => {
    const sqlite = openSqlite(path());
    await sqlite.run('prepare', contextTables);
    return new SqliteContextStore(sqlite, { clock, keepDays: 30 });
  });
  callLogContract(name, async () => {
    const [sqlite, clock] = [openSqlite(path()), new FakeClock()];
    await sqlite.run('prepare', callTables);
    return { log: new SqliteCallLog(sqlite, { clock, keepDays: 400 }), clock, close: () => sqlite.close() };
  });
  talliesContract(name, async () => {
    const sqlite = openSqlite(path());
    await sqlite.run('prepare', tallyTables);
    return { tallies: new SqliteTallies(sqlite, { clock: new FakeClock(), keepDays: 400 }), close: () => sqlite.close() };
  });
  handoffLogContract(name, async () => {
    const sqlite = openSqlite(path());
    await sqlite.run('prepare', handoffTables);
    return { log: new SqliteHandoffLog(sqlite, { keepDays: 30 }), close: () => sqlite.close() };
  });
}
