import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import type { Texts } from './texts.ts';

export const textTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS kept_text (
      kind TEXT NOT NULL, key TEXT NOT NULL, forget_at INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS kept_text_forget ON kept_text (forget_at)' },
] as const;

export interface SqliteTextsOptions {
  readonly kind: string;
  readonly clock: Clock;
  readonly keepDays: number;
}

export class SqliteTexts implements Texts {
  readonly #sqlite: Sqlite;
  readonly #options: SqliteTextsOptions;

  /** Needs `textTables` in the database. */
  constructor(sqlite: Sqlite, options: SqliteTextsOptions) {
    this.#sqlite = sqlite;
    this.#options = options;
  }

  async put(key: string, text: string): Promise<void> {
    const { kind, clock, keepDays } = this.#options;
    const now = clock.wall();
    await this.#sqlite.run(`keep a ${kind}`, [
      { sql: 'DELETE FROM kept_text WHERE forget_at <= ?1', values: [now] },
      {
        sql: 'INSERT OR REPLACE INTO kept_text VALUES (?1, ?2, ?3, ?4)',
        values: [kind, key, now + keepDays * 86_400_000, text],
      },
    ]);
  }

  async swap(key: string, before: string, after: string): Promise<boolean> {
    const { kind, clock, keepDays } = this.#options;
    const [rows = []] = await this.#sqlite.run(`change a ${kind}`, [
      {
        sql: 'UPDATE kept_text SET text = ?4, forget_at = ?5 WHERE kind = ?1 AND key = ?2 AND text = ?3 RETURNING key',
        values: [kind, key, before, after, clock.wall() + keepDays * 86_400_000],
      },
    ]);
    return rows.length > 0;
  }

  async get(key: string): Promise<string | undefined> {
    const { kind, clock } = this.#options;
    const [rows = []] = await this.#sqlite.run(`find a ${kind}`, [
      {
        sql: 'SELECT text FROM kept_text WHERE kind = ?1 AND key = ?2 AND forget_at > ?3',
        values: [kind, key, clock.wall()],
      },
    ]);
    const [row] = rows;
    return row === undefined ? undefined : String(row['text']);
  }
}
