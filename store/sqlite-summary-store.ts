import type { CallId } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import { decodeSummary, encodeSummary, type Summary, type SummaryStore } from './summaries.ts';

export const summaryTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS summary (
      call_id TEXT PRIMARY KEY, made_at INTEGER NOT NULL, summary TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS summary_made ON summary (made_at)' },
] as const;

export class SqliteSummaryStore implements SummaryStore {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;

  /** Needs `summaryTables` in the database. */
  constructor(sqlite: Sqlite, options: { readonly clock: Clock; readonly keepDays: number }) {
    this.#sqlite = sqlite;
    this.#clock = options.clock;
    this.#keepMs = options.keepDays * 86_400_000;
  }

  async put(callId: CallId, summary: Summary): Promise<void> {
    const now = this.#clock.wall();
    await this.#sqlite.run('keep a summary', [
      { sql: 'DELETE FROM summary WHERE made_at < ?1', values: [now - this.#keepMs] },
      { sql: 'INSERT OR REPLACE INTO summary VALUES (?1, ?2, ?3)', values: [callId, now, encodeSummary(summary)] },
    ]);
  }

  async get(callId: CallId): Promise<Summary | undefined> {
    const [rows = []] = await this.#sqlite.run('find a summary', [
      { sql: 'SELECT summary FROM summary WHERE call_id = ?1', values: [callId] },
    ]);
    const [row] = rows;
    return row === undefined ? undefined : decodeSummary(String(row['summary']));
  }
}
