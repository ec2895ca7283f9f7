import type { CallId } from '../../infra/brand.ts';
import type { Sqlite } from '../../infra/sqlite.ts';
import type { SqlRow } from '../../infra/sqlite-engine.ts';
import { type Page, type PageQuery, pageOf, type ScannedList } from '../paging.ts';
import { plainVault } from '../vault.ts';
import type { HandoffArchive, HandoffLog } from './log.ts';
import type { HandoffRecord } from './record.ts';
import { type RecordCodec, recordCodec } from './record-codec.ts';
import { wordlessMark } from './wire.ts';

export const handoffTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS handoff (
      id TEXT PRIMARY KEY, call_id TEXT NOT NULL, requested_at TEXT NOT NULL, record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS handoff_requested ON handoff (requested_at)' },
  { sql: 'CREATE INDEX IF NOT EXISTS handoff_call ON handoff (call_id, requested_at)' },
] as const;

export interface SqliteHandoffLogOptions {
  readonly keepDays: number;
  /** By default nothing is sealed. */
  readonly codec?: RecordCodec;
}

const textOf = (row: SqlRow): string => String(row['record']);

const behindPlace = `SELECT requested_at, id, record FROM handoff WHERE (requested_at, id) < (?1, ?2)
  ORDER BY requested_at DESC, id DESC LIMIT ?3`;

/** As stored. The last moment that has a year of four digits stands for all behind it. */
const isoOf = (at: number): string => new Date(Math.min(at, 253_402_300_799_999)).toISOString();

export class SqliteHandoffLog implements HandoffLog, HandoffArchive {
  readonly #sqlite: Sqlite;
  readonly #keepMs: number;
  readonly #codec: RecordCodec;

  /** Needs `handoffTables` in the database. */
  constructor(sqlite: Sqlite, { keepDays, codec = recordCodec(plainVault) }: SqliteHandoffLogOptions) {
    this.#sqlite = sqlite;
    this.#keepMs = keepDays * 86_400_000;
    this.#codec = codec;
  }

  async write(record: HandoffRecord): Promise<void> {
    const values = [record.id, record.callId, record.requestedAt, await this.#codec.encode(record)];
    const oldest = new Date(Date.parse(record.requestedAt) - this.#keepMs).toISOString();
    await this.#sqlite.run('record a handoff', [
      { sql: 'DELETE FROM handoff WHERE requested_at < ?1', values: [oldest] },
      { sql: 'INSERT OR REPLACE INTO handoff VALUES (?1, ?2, ?3, ?4)', values },
    ]);
  }

  async list({ limit, callId }: { readonly limit: number; readonly callId?: string }): Promise<readonly HandoffRecord[]> {
    const where = callId === undefined ? '' : 'WHERE call_id = ?2';
    const sql = `SELECT record FROM handoff ${where} ORDER BY requested_at DESC, id DESC LIMIT ?1`;
    const values = callId === undefined ? [limit] : [limit, callId];
    const [rows = []] = await this.#sqlite.run('list handoffs', [{ sql, values }]);
    return await this.#codec.decode(rows.map(textOf));
  }

  async worded(before: string, limit: number): Promise<readonly HandoffRecord[]> {
    const sql = `SELECT record FROM handoff WHERE requested_at < ?1 AND instr(record, ?2) = 0 ORDER BY requested_at LIMIT ?3`;
    const [rows = []] = await this.#sqlite.run('list old handoffs', [{ sql, values: [before, wordlessMark, limit] }]);
    return await this.#codec.decode(rows.map(textOf));
  }

  async erase(callIds: readonly CallId[]): Promise<void> {
    const sql = 'DELETE FROM handoff WHERE call_id IN (SELECT value FROM json_each(?1))';
    await this.#sqlite.run('erase handoffs', [{ sql, values: [JSON.stringify(callIds)] }]);
  }

  async page(query: PageQuery<HandoffRecord>): Promise<Page<HandoffRecord>> {
    const scan: ScannedList<HandoffRecord>['scan'] = async ({ at, id }, limit) => {
      const values = [isoOf(at), id, limit];
      const [rows = []] = await this.#sqlite.run('list handoffs', [{ sql: behindPlace, values }]);
      return rows.map((row) => ({
        at: Date.parse(String(row['requested_at'])),
        id: String(row['id']),
        text: textOf(row),
      }));
    };
    return await pageOf({ scan, decode: this.#codec.decodeOne }, query);
  }
}
