import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { addSums } from './sqlite-sums.ts';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

/** One SQL statement with its `?1`, `?2` … */
export interface SqlStatement {
  readonly sql: string;
  readonly values?: readonly SqlValue[];
}

/** Rows of each statement, or why none of them was done. */
export type SqlOutcome = { readonly rows: readonly (readonly SqlRow[])[] } | { readonly error: unknown };

/** How long a statement waits for another process's write before it fails with "database is locked". */
const busyTimeoutMs = 1_500;

/** How a database deals with what is deleted. */
export interface SqliteManner {
  /**
   * What is deleted is at once nowhere in the file or beside it: it is overwritten, and there is no write-ahead log, in which it would stay. Writes take a
   * millisecond, and readers wait for them.
   */
  readonly erases?: boolean;
}

/** An open SQLite database; synchronous. `path` may be `:memory:`. The file's directory is created. */
export class SqliteEngine {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(path: string, { erases = false }: SqliteManner = {}) {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    this.#database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    this.#database.exec(erases ? 'PRAGMA secure_delete = ON' : 'PRAGMA secure_delete = FAST');
    this.#database.exec(erases ? 'PRAGMA journal_mode = TRUNCATE' : 'PRAGMA journal_mode = WAL');
    this.#database.exec('PRAGMA synchronous = NORMAL'); // survives a killed process; a power cut may cost the last moments
    this.#database.exec('PRAGMA foreign_keys = ON');
    this.#database.function('add_sums', { deterministic: true }, addSums);
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

  /**
   * Runs several requests in one transaction: one write to the disk for all. Each is done or not on its own; gives its rows or its
   * error. Throws when none could be done.
   */
  runTogether(requests: readonly (readonly SqlStatement[])[]): readonly SqlOutcome[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = requests.map((statements) => this.#runAlone(statements));
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #runAlone(statements: readonly SqlStatement[]): SqlOutcome {
    this.#database.exec('SAVEPOINT request');
    try {
      const rows = statements.map(({ sql, values = [] }) => this.#prepare(sql).all(...values));
      this.#database.exec('RELEASE request');
      return { rows };
    } catch (error) {
      // The whole transaction may be gone, say on a full disk: then nothing of it was done.
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('ROLLBACK TO request');
      this.#database.exec('RELEASE request');
      return { error };
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
