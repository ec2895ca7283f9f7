import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import { type CallerMemory, decodePast, encodePast, hashOf, type PastCall, withCall } from './caller-memory.ts';

export const callerTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS caller (
      number_hash TEXT PRIMARY KEY, forget_at INTEGER NOT NULL, calls TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS caller_forget ON caller (forget_at)' },
] as const;

export class SqliteCallerMemory implements CallerMemory {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;

  /** Needs `callerTables` in the database. */
  constructor(sqlite: Sqlite, options: { readonly clock: Clock; readonly keepDays: number }) {
    this.#sqlite = sqlite;
    this.#clock = options.clock;
    this.#keepMs = options.keepDays * 86_400_000;
  }

  async remember(number: string, call: PastCall): Promise<void> {
    const calls = withCall(await this.recall(number), call);
    const now = this.#clock.wall();
    await this.#sqlite.run('remember a caller', [
      { sql: 'DELETE FROM caller WHERE forget_at <= ?1', values: [now] },
      {
        sql: 'INSERT OR REPLACE INTO caller VALUES (?1, ?2, ?3)',
        values: [hashOf(number), now + this.#keepMs, encodePast(calls)],
      },
    ]);
  }

  async recall(number: string): Promise<readonly PastCall[]> {
    const [rows = []] = await this.#sqlite.run('recall a caller', [
      {
        sql: 'SELECT calls FROM caller WHERE number_hash = ?1 AND forget_at > ?2',
        values: [hashOf(number), this.#clock.wall()],
      },
    ]);
    const [row] = rows;
    return row === undefined ? [] : decodePast(String(row['calls']));
  }
}
