import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import type { SqlRow } from '../infra/sqlite-engine.ts';
import type { ListedTexts } from './texts.ts';

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
  /** How long a text is kept that is put without a time of its own. */
  readonly keepDays: number;
}

export class SqliteTexts implements ListedTexts {
  readonly #sqlite: Sqlite;
  readonly #options: SqliteTextsOptions;

  /** Needs `textTables` in the database. */
  constructor(sqlite: Sqlite, options: SqliteTextsOptions) {
    this.#sqlite = sqlite;
    this.#options = options;
  }

  async put(key: string, text: string, keepMs?: number): Promise<void> {
    await this.#sqlite.run(`keep a ${this.#options.kind}`, [
      this.#forget(),
      { sql: 'INSERT OR REPLACE INTO kept_text VALUES (?1, ?2, ?3, ?4)', values: this.#row(key, text, keepMs) },
    ]);
  }

  async swap(key: string, before: string, after: string): Promise<boolean> {
    const sql = `UPDATE kept_text SET text = ?4, forget_at = ?3 WHERE kind = ?1 AND key = ?2 AND text = ?5 AND forget_at > ?6
      RETURNING key`;
    const [rows = []] = await this.#sqlite.run(`change a ${this.#options.kind}`, [
      { sql, values: [...this.#row(key, after, undefined), before, this.#options.clock.wall()] },
    ]);
    return rows.length > 0;
  }

  async putFirst(key: string, text: string, keepMs?: number): Promise<string> {
    const [, , rows = []] = await this.#sqlite.run(`keep the first ${this.#options.kind}`, [
      this.#forget(),
      { sql: 'INSERT OR IGNORE INTO kept_text VALUES (?1, ?2, ?3, ?4)', values: this.#row(key, text, keepMs) },
      this.#find(key),
    ]);
    return textOf(rows) ?? text;
  }

  async get(key: string): Promise<string | undefined> {
    const [rows = []] = await this.#sqlite.run(`find a ${this.#options.kind}`, [this.#find(key)]);
    return textOf(rows);
  }

  async drop(keys: readonly string[]): Promise<void> {
    const sql = 'DELETE FROM kept_text WHERE kind = ?1 AND key IN (SELECT value FROM json_each(?2))';
    const { kind } = this.#options;
    await this.#sqlite.run(`forget a ${kind}`, [{ sql, values: [kind, JSON.stringify(keys)] }]);
  }

  async page(after: string, limit: number): Promise<{ readonly keys: readonly string[]; readonly next?: string }> {
    const sql = 'SELECT key FROM kept_text WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3';
    const { kind } = this.#options;
    const [rows = []] = await this.#sqlite.run(`list each ${kind}`, [{ sql, values: [kind, after, limit] }]);
    const keys = rows.map((row) => String(row['key']));
    const next = keys.length === limit ? keys.at(-1) : undefined;
    return next === undefined ? { keys } : { keys, next };
  }

  /** What is over. */
  #forget() {
    return { sql: 'DELETE FROM kept_text WHERE forget_at <= ?1', values: [this.#options.clock.wall()] };
  }

  #find(key: string) {
    const { kind, clock } = this.#options;
    const sql = 'SELECT text FROM kept_text WHERE kind = ?1 AND key = ?2 AND forget_at > ?3';
    return { sql, values: [kind, key, clock.wall()] };
  }

  #row(key: string, text: string, keepMs: number | undefined) {
    const { kind, clock, keepDays } = this.#options;
    return [kind, key, clock.wall() + Math.max(1, Math.round(keepMs ?? keepDays * 86_400_000)), text];
  }
}

const textOf = ([row]: readonly SqlRow[]): string | undefined => (row === undefined ? undefined : String(row['text']));
