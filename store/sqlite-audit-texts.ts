import type { Sqlite } from '../infra/sqlite.ts';
import type { AuditTexts } from './audit-log.ts';

export const auditTables = [
  { sql: 'CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT' },
] as const;

const newest = 'SELECT coalesce(max(seq), 0) AS last FROM audit';

export class SqliteAuditTexts implements AuditTexts {
  readonly #sqlite: Sqlite;

  /** Needs `auditTables` in the database. */
  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  async add(seq: number, text: string): Promise<boolean> {
    const sql = `INSERT INTO audit SELECT ?1, ?2 WHERE (${newest}) = ?1 - 1 RETURNING seq`;
    const [added = []] = await this.#sqlite.run('audit', [{ sql, values: [seq, text] }]);
    return added.length > 0;
  }

  async read(from: number, count: number): Promise<readonly (string | undefined)[]> {
    const sql = 'SELECT seq, entry FROM audit WHERE seq >= ?1 AND seq < ?1 + ?2';
    const [rows = []] = await this.#sqlite.run('read the audit log', [{ sql, values: [from, count] }]);
    const entries = new Map(rows.map((row) => [Number(row['seq']), String(row['entry'])]));
    return Array.from({ length: count }, (_, index) => entries.get(from + index));
  }

  async last(): Promise<number> {
    const [[row] = []] = await this.#sqlite.run('read the audit log', [{ sql: newest }]);
    return Number(row?.['last'] ?? 0);
  }
}
