import { type CallId, parseCallId, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import type { CallerIndex, NotedCall } from './caller-index.ts';

export const callerIndexTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS caller_call (
      hash TEXT NOT NULL, call_id TEXT NOT NULL, noted_at INTEGER NOT NULL, PRIMARY KEY (hash, call_id)
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS caller_call_noted ON caller_call (noted_at)' },
] as const;

export class SqliteCallerIndex implements CallerIndex {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;

  /** Needs `callerIndexTables` in the database. */
  constructor(sqlite: Sqlite, { clock, keepDays }: { readonly clock: Clock; readonly keepDays: number }) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#keepMs = keepDays * 86_400_000;
  }

  async note(hash: string, callId: CallId): Promise<void> {
    const now = this.#clock.wall();
    await this.#sqlite.run('note whose call it is', [
      { sql: 'DELETE FROM caller_call WHERE noted_at < ?1', values: [now - this.#keepMs] },
      { sql: 'INSERT OR IGNORE INTO caller_call VALUES (?1, ?2, ?3)', values: [hash, callId, now] },
    ]);
  }

  async callsOf(hash: string): Promise<readonly NotedCall[]> {
    const sql = 'SELECT call_id, noted_at FROM caller_call WHERE hash = ?1 ORDER BY noted_at, call_id';
    const [rows = []] = await this.#sqlite.run("list a caller's calls", [{ sql, values: [hash] }]);
    return rows.flatMap((row) => {
      const callId = parseCallId(String(row['call_id']));
      return callId === undefined ? [] : [{ callId, notedAt: wallTime(Number(row['noted_at'])) }];
    });
  }

  async forget(hash: string, callIds: readonly CallId[]): Promise<void> {
    const sql = 'DELETE FROM caller_call WHERE hash = ?1 AND call_id IN (SELECT value FROM json_each(?2))';
    await this.#sqlite.run("forget a caller's calls", [{ sql, values: [hash, JSON.stringify(callIds)] }]);
  }
}
