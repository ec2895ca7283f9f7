import type { Sqlite } from '../infra/sqlite.ts';
import type { AuditTexts } from './audit-log.ts';

export const auditTables = [
  { sql: 'CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT' },
] as const;

const newest = 'SELECT seq, entry FROM audit ORDER BY seq DESC LIMIT 1';
/** ?1 the first `seq`, ?2 texts as a JSON array. */
const insertNext = `INSERT INTO audit SELECT ?1 + batch.key, batch.value FROM json_each(?2) AS batch
  WHERE (SELECT coalesce(max(seq), 0) FROM audit) = ?1 - 1 RETURNING seq`;

export class SqliteAuditTexts implements AuditTexts {
  readonly #sqlite: Sqlite;

  /** Needs `auditTables` in the database. */
  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  async add(seq: number, texts: readonly string[]): Promise<boolean> {
    const [added = []] = await this.#sqlite.run('audit', [{ sql: insertNext, values: [seq, JSON.stringify(texts)] }]);
    return added.length > 0;
  }

  async read(from: number, count: number): Promise<readonly (string | undefined)[]> {
    const sql = 'SELECT seq, entry FROM audit WHERE seq >= ?1 AND seq < ?1 + ?2';
    const [rows = []] = await this.#sqlite.run('read the audit log', [{ sql, values: [from, count] }]);
    const entries = new Map(rows.map((row) => [Number(row['seq']), String(row['entry'])]));
    return Array.from({ length: count }, (_, index) => entries.get(from + index));
  }

  async last(): Promise<{ readonly seq: number; readonly text?: string }> {
    const [[row] = []] = await this.#sqlite.run('read the audit log', [{ sql: newest }]);
    return row === undefined ? { seq: 0 } : { seq: Number(row['seq']), text: String(row['entry']) };
  }
}
