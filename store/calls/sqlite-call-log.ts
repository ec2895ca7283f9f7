import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Sqlite } from '../../infra/sqlite.ts';
import type { SqlRow } from '../../infra/sqlite-engine.ts';
import { type Page, type PageQuery, pageOf, type ScannedList } from '../paging.ts';
import type { CallLog } from './call-log.ts';
import type { CallRecord } from './record.ts';
import { decodeCallRecord, encodeCallRecord } from './wire.ts';

/** `started_at`: wall-clock milliseconds. */
export const callTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS call_record (
      call_id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, caller TEXT, record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS call_record_started ON call_record (started_at, call_id)' },
  { sql: 'CREATE INDEX IF NOT EXISTS call_record_caller ON call_record (caller, started_at) WHERE caller IS NOT NULL' },
] as const;

const byCaller = `SELECT record FROM call_record WHERE caller = ?1 AND started_at >= ?2 ORDER BY started_at, call_id LIMIT 50`;
const behindPlace = `SELECT started_at, call_id, record FROM call_record WHERE (started_at, call_id) < (?1, ?2)
  ORDER BY started_at DESC, call_id DESC LIMIT ?3`;

export class SqliteCallLog implements CallLog {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;

  /** Needs `callTables` in the database. */
  constructor(sqlite: Sqlite, { clock, keepDays }: { readonly clock: Clock; readonly keepDays: number }) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#keepMs = keepDays * 86_400_000;
  }

  async write(record: CallRecord): Promise<void> {
    await this.#sqlite.run('record a call', [
      { sql: 'DELETE FROM call_record WHERE started_at < ?1', values: [this.#clock.wall() - this.#keepMs] },
      {
        sql: 'INSERT OR REPLACE INTO call_record VALUES (?1, ?2, ?3, ?4)',
        values: [record.callId, Date.parse(record.startedAt), record.caller, encodeCallRecord(record)],
      },
    ]);
  }

  async get(callId: CallId): Promise<CallRecord | undefined> {
    const sql = 'SELECT record FROM call_record WHERE call_id = ?1';
    const [rows] = await this.#sqlite.run('find a call record', [{ sql, values: [callId] }]);
    return recordsIn(rows)[0];
  }

  async page(query: PageQuery<CallRecord>): Promise<Page<CallRecord>> {
    const scan: ScannedList<CallRecord>['scan'] = async ({ at, id }, limit) => {
      const [rows = []] = await this.#sqlite.run('list call records', [{ sql: behindPlace, values: [at, id, limit] }]);
      return rows.map((row) => ({
        at: Number(row['started_at']),
        id: String(row['call_id']),
        text: String(row['record']),
      }));
    };
    return await pageOf({ scan, decode: decodeCallRecord }, query);
  }

  async ofCaller(caller: string, from: number): Promise<readonly CallRecord[]> {
    const [rows] = await this.#sqlite.run("list a caller's calls", [{ sql: byCaller, values: [caller, from] }]);
    return recordsIn(rows);
  }
}

const recordsIn = (rows: readonly SqlRow[] = []): readonly CallRecord[] =>
  rows.flatMap((row) => decodeCallRecord(String(row['record'])) ?? []);
