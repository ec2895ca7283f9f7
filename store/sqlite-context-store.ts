import { type CallId, parseCallId, term, type WallTime, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import type { SqlRow } from '../infra/sqlite-engine.ts';
import { type CallArchive, erasedOwner, type RewrittenLog } from './call-archive.ts';
import type { Append, AppendResult, CallSummary, Claim, ContextStore, StoredCall, UnfinishedCall } from './context-store.ts';
import { type LogCodec, logCodec } from './log-codec.ts';
import { plainVault } from './vault.ts';

/** `context_call.touched_at`: wall time of the last append (of the claim, before one). `context_mark`: `wordless` or `erased`. */
export const contextTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS context_call (
      call_id TEXT PRIMARY KEY, term INTEGER NOT NULL, owner TEXT NOT NULL, last_seq INTEGER NOT NULL, touched_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS context_event (
      call_id TEXT NOT NULL REFERENCES context_call ON DELETE CASCADE, seq INTEGER NOT NULL, event TEXT NOT NULL,
      PRIMARY KEY (call_id, seq)
    ) STRICT, WITHOUT ROWID`,
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS context_mark (
      call_id TEXT PRIMARY KEY REFERENCES context_call ON DELETE CASCADE, mark TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS context_call_touched ON context_call (touched_at)' },
  {
    sql: `CREATE TABLE IF NOT EXISTS context_unfinished (
      call_id TEXT PRIMARY KEY REFERENCES context_call ON DELETE CASCADE, touched_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
] as const;

const selectHead = `SELECT call_id, term, owner, last_seq, mark FROM context_call LEFT JOIN context_mark USING (call_id)
  WHERE call_id = ?1`;
const selectEvents = 'SELECT seq, event FROM context_event WHERE call_id = ?1 ORDER BY seq';

const claimCall = `INSERT INTO context_call VALUES (?1, 1, ?2, 0, ?3)
  ON CONFLICT DO UPDATE SET term = term + 1, owner = excluded.owner`;

const touchClaimed = `INSERT INTO context_unfinished VALUES (?1, ?2)
  ON CONFLICT DO UPDATE SET touched_at = max(touched_at, excluded.touched_at)`;
const selectUnfinished =
  'SELECT call_id, touched_at FROM context_unfinished WHERE touched_at <= ?1 ORDER BY touched_at LIMIT ?2';

/** A few of the expired calls at each claim: the file stays bounded, and no call waits for a large clean-up. */
const deleteExpired = `DELETE FROM context_call WHERE call_id IN
  (SELECT call_id FROM context_call WHERE touched_at < ?1 AND call_id <> ?2 ORDER BY touched_at LIMIT 20)`;

const unmark = 'DELETE FROM context_mark WHERE call_id = ?1';
const deleteOld = `DELETE FROM context_call WHERE call_id IN
  (SELECT call_id FROM context_call WHERE touched_at < ?1 ORDER BY touched_at LIMIT ?2) RETURNING call_id`;
const selectWorded = `SELECT call_id FROM context_call WHERE touched_at < ?1 AND last_seq > 0
  AND NOT EXISTS (SELECT 1 FROM context_mark WHERE context_mark.call_id = context_call.call_id)
  ORDER BY touched_at, call_id LIMIT ?2 OFFSET ?3`;

/** ?1 call, ?2 texts as a JSON array; where one is empty, what is stored stays. Each does nothing when the log has not as many. */
const hasAsMany = 'EXISTS (SELECT 1 FROM context_call WHERE call_id = ?1 AND last_seq = json_array_length(?2))';
const replaceEvents = `INSERT OR REPLACE INTO context_event SELECT ?1, batch.key + 1, batch.value FROM json_each(?2) AS batch
  WHERE batch.value <> '' AND ${hasAsMany}`;
const markWordless = `INSERT OR REPLACE INTO context_mark SELECT ?1, 'wordless' WHERE ${hasAsMany} RETURNING mark`;

/** ?1 calls as a JSON array. */
const theseCalls = 'call_id IN (SELECT value FROM json_each(?1))';
const eraseEvents = `DELETE FROM context_event WHERE ${theseCalls}`;
const eraseHeads = `UPDATE context_call SET term = term + 1, owner = '${erasedOwner}', last_seq = 0 WHERE ${theseCalls}`;
const eraseUnfinished = `DELETE FROM context_unfinished WHERE ${theseCalls}`;
const markErased = `INSERT OR REPLACE INTO context_mark SELECT call_id, 'erased' FROM context_call WHERE ${theseCalls}`;

/** ?1 call, ?2 term, ?3 owner, ?4 first seq, ?5 now, ?6 events as a JSON array of texts. Each does nothing unless the append may happen. */
const createCall = 'INSERT INTO context_call SELECT ?1, ?2, ?3, 0, ?5 WHERE ?4 = 1 ON CONFLICT DO NOTHING';
const takeOver = 'UPDATE context_call SET term = ?2, owner = ?3 WHERE call_id = ?1 AND term < ?2 AND last_seq >= ?4 - 1';
const mayAppend = 'call_id = ?1 AND term = ?2 AND owner = ?3 AND last_seq >= ?4 - 1';
const insertEvents = `INSERT INTO context_event
  SELECT ?1, ?4 + batch.key, batch.value FROM context_call, json_each(?6) AS batch
  WHERE ${mayAppend} AND ?4 + batch.key > last_seq`;
const moveHead = `UPDATE context_call SET last_seq = max(last_seq, ?4 - 1 + json_array_length(?6)), touched_at = ?5 WHERE ${mayAppend}`;
const touchAppended = `INSERT INTO context_unfinished SELECT call_id, ?5 FROM context_call WHERE ${mayAppend}
  ON CONFLICT DO UPDATE SET touched_at = max(context_unfinished.touched_at, excluded.touched_at)`;

type Head = Omit<StoredCall, 'events' | 'damage'> & { readonly lastSeq: number };

/** A call that was erased has no events, and says so. */
const wasErased = (mark: unknown) => (mark === 'erased' ? { erased: { lastSeq: 0 } } : {});

/** Forgotten in one go. */
const oldAtATime = 200;

const headOf = (row: SqlRow | undefined): Head | undefined => {
  const callId = parseCallId(String(row?.['call_id']));
  if (row === undefined || callId === undefined) return undefined;
  return { callId, term: term(Number(row['term'])), owner: String(row['owner']), lastSeq: Number(row['last_seq']) };
};

const textsOf = (lastSeq: number, rows: readonly SqlRow[] = []): readonly (string | undefined)[] => {
  const stored = new Map(rows.map((row) => [Number(row['seq']), String(row['event'])]));
  return Array.from({ length: lastSeq }, (_, index) => stored.get(index + 1));
};

export interface SqliteContextStoreOptions {
  readonly clock: Clock;
  readonly keepDays: number;
  /** By default nothing is sealed. */
  readonly codec?: LogCodec;
}

export class SqliteContextStore implements ContextStore, CallArchive {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #codec: LogCodec;

  /** Needs `contextTables` in the database. */
  constructor(sqlite: Sqlite, { clock, keepDays, codec = logCodec(plainVault) }: SqliteContextStoreOptions) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#keepMs = keepDays * 86_400_000;
    this.#codec = codec;
  }

  async claim(callId: CallId, owner: string): Promise<Claim> {
    const now = this.#clock.wall();
    const [, , , , [row] = [], rows] = await this.#sqlite.run('claim a call', [
      { sql: deleteExpired, values: [now - this.#keepMs, callId] },
      { sql: claimCall, values: [callId, owner, now] },
      { sql: unmark, values: [callId] },
      { sql: touchClaimed, values: [callId, now] },
      { sql: selectHead, values: [callId] },
      { sql: selectEvents, values: [callId] },
    ]);
    const head = headOf(row) ?? { callId, term: term(1), owner, lastSeq: 0 };
    return { kind: 'claimed', term: head.term, ...(await this.#codec.decode(callId, textsOf(head.lastSeq, rows))) };
  }

  async append({ callId, term: ofTerm, owner, events }: Append): Promise<AppendResult> {
    const [first] = events;
    if (first === undefined) return { kind: 'appended' };
    const who = [callId, ofTerm, owner, first.seq];
    const now = this.#clock.wall();
    const values = [...who, now, JSON.stringify(await this.#codec.encode(callId, events))];
    const [[row] = []] = await this.#sqlite.run('append to a call', [
      { sql: selectHead, values: [callId] },
      { sql: createCall, values: [...who, now] },
      { sql: takeOver, values: who },
      { sql: insertEvents, values },
      { sql: moveHead, values },
      { sql: touchAppended, values: [...who, now] },
    ]);
    const before = headOf(row) ?? { term: term(0), owner, lastSeq: 0 };
    if (ofTerm < before.term || (ofTerm === before.term && owner !== before.owner))
      return { kind: 'stale', term: before.term, owner: before.owner };
    return first.seq > before.lastSeq + 1 ? { kind: 'gap', lastSeq: before.lastSeq } : { kind: 'appended' };
  }

  async load(callId: CallId): Promise<StoredCall | undefined> {
    const [[row] = [], rows] = await this.#sqlite.run('load a call', [
      { sql: selectHead, values: [callId] },
      { sql: selectEvents, values: [callId] },
    ]);
    const head = headOf(row);
    if (head === undefined) return undefined;
    const log = await this.#codec.decode(callId, textsOf(head.lastSeq, rows));
    return { callId, term: head.term, owner: head.owner, ...wasErased(row?.['mark']), ...log };
  }

  async recent(limit: number): Promise<readonly CallSummary[]> {
    const sql = 'SELECT * FROM context_call WHERE last_seq > 0 ORDER BY touched_at DESC, call_id LIMIT ?1';
    const [rows = []] = await this.#sqlite.run('list calls', [{ sql, values: [limit] }]);
    return rows.map(headOf).filter((head) => head !== undefined);
  }

  async worded(
    before: WallTime,
    { limit, skip = 0 }: { readonly limit: number; readonly skip?: number },
  ): Promise<readonly CallId[]> {
    const values = [before, limit, skip];
    const [rows = []] = await this.#sqlite.run('list old calls', [{ sql: selectWorded, values }]);
    return rows.flatMap((row) => parseCallId(String(row['call_id'])) ?? []);
  }

  async rewrite({ callId, lastSeq, events }: RewrittenLog): Promise<boolean> {
    const texts = events.length === 0 ? [] : await this.#codec.encode(callId, events);
    const places = Array.from({ length: lastSeq }, () => '');
    for (const [index, { seq }] of events.entries()) places[seq - 1] = texts[index] ?? '';
    const values = [callId, JSON.stringify(places)];
    const [, marked = []] = await this.#sqlite.run('rewrite a call', [
      { sql: replaceEvents, values },
      { sql: markWordless, values },
    ]);
    return marked.length > 0;
  }

  async erase(callIds: readonly CallId[]): Promise<void> {
    const values = [JSON.stringify(callIds)];
    const statements = [eraseEvents, eraseHeads, markErased, eraseUnfinished].map((sql) => ({ sql, values }));
    await this.#sqlite.run('erase calls', statements);
  }

  async forgetOld(): Promise<number> {
    const values = [this.#clock.wall() - this.#keepMs, oldAtATime];
    const [gone = []] = await this.#sqlite.run('forget old calls', [{ sql: deleteOld, values }]);
    return gone.length;
  }

  async unfinished({
    untouchedForMs,
    limit,
  }: {
    untouchedForMs: number;
    limit: number;
  }): Promise<readonly UnfinishedCall[]> {
    const values = [this.#clock.wall() - untouchedForMs, limit];
    const [rows = []] = await this.#sqlite.run('list unfinished calls', [{ sql: selectUnfinished, values }]);
    return rows.flatMap((row) => {
      const callId = parseCallId(String(row['call_id']));
      return callId === undefined ? [] : [{ callId, touchedAt: wallTime(Number(row['touched_at'])) }];
    });
  }

  async finish(callId: CallId): Promise<void> {
    const sql = 'DELETE FROM context_unfinished WHERE call_id = ?1';
    await this.#sqlite.run('finish a call', [{ sql, values: [callId] }]);
  }

  async ping(): Promise<void> {
    await this.#sqlite.run('take a write', [{ sql: 'SELECT 1' }]); // every transaction is a writing one from its start
  }

  close(): Promise<void> {
    return this.#sqlite.close();
  }
}
