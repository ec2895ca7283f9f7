import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/** One SQL statement with its `?1`, `?2` … */
export interface SqlStatement {
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/** How long a statement waits for another process's write before it fails with "database is locked". */
const busyTimeoutMs = 1_500;

/** An open SQLite database; synchronous. `path` may be `:memory:`. The file's directory is created. */
export class SqliteEngine {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(path: string) {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    this.#database.exec('PRAGMA journal_mode = WAL');
    this.#database.exec('PRAGMA synchronous = NORMAL'); // survives a killed process; a power cut may cost the last moments
    this.#database.exec('PRAGMA foreign_keys = ON');
  }

  /** Runs all statements in one transaction, or none; returns each one's rows. */
  run(statements: readonly SqlStatement[]): readonly (readonly SqlRow[])[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const rows = statements.map(({ sql, values = [] }) => this.#prepare(sql).all(...values));
      this.#database.exec('COMMIT');
      return rows;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
