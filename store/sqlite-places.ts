import type { CallId } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import { type Circle, leaseMs, type Places } from './places.ts';

/** `runs_out`: wall time. */
export const placeTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS place (
      circle TEXT NOT NULL, call_id TEXT NOT NULL, runs_out INTEGER NOT NULL, PRIMARY KEY (circle, call_id)
    ) STRICT, WITHOUT ROWID`,
  },
] as const;

/** ?1 call, ?2 circles as JSON `{name, most}`: those without a place for it. */
const fullCircles = `SELECT ring.value ->> 'name' AS name FROM json_each(?2) AS ring
  WHERE NOT EXISTS (SELECT 1 FROM place WHERE circle = ring.value ->> 'name' AND call_id = ?1)
  AND (SELECT count(*) FROM place WHERE circle = ring.value ->> 'name') >= ring.value ->> 'most'`;
/** ?3 when the place runs out. */
const takeAll = `INSERT OR REPLACE INTO place
  SELECT ring.value ->> 'name', ?1, ?3 FROM json_each(?2) AS ring WHERE NOT EXISTS (${fullCircles})`;

export class SqlitePlaces implements Places {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;

  /** Needs `placeTables` in the database. */
  constructor(sqlite: Sqlite, clock: Clock) {
    this.#sqlite = sqlite;
    this.#clock = clock;
  }

  async take(callId: CallId, circles: readonly Circle[]): Promise<string | undefined> {
    const now = this.#clock.wall();
    const rings = JSON.stringify(circles);
    const [, full = []] = await this.#sqlite.run('take a place', [
      { sql: 'DELETE FROM place WHERE runs_out <= ?1', values: [now] },
      { sql: fullCircles, values: [callId, rings] },
      { sql: takeAll, values: [callId, rings, now + leaseMs] },
    ]);
    const [first] = full;
    return first === undefined ? undefined : String(first['name']);
  }

  async keep(circle: string, callIds: readonly CallId[]): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO place SELECT ?1, value, ?3 FROM json_each(?2)';
    const values = [circle, JSON.stringify(callIds), this.#clock.wall() + leaseMs];
    await this.#sqlite.run('keep places', [{ sql, values }]);
  }

  async free(callId: CallId, circles: readonly string[]): Promise<void> {
    const sql = 'DELETE FROM place WHERE call_id = ?1 AND circle IN (SELECT value FROM json_each(?2))';
    await this.#sqlite.run('free a place', [{ sql, values: [callId, JSON.stringify(circles)] }]);
  }
}
