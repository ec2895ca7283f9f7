import type { Clock } from '../../infra/clock.ts';
import type { Sqlite } from '../../infra/sqlite.ts';
import type { Contribution, Tallies, Tally, TallyQuery } from './tallies.ts';
import { countsIn } from './wire.ts';

/** `tally_source.given`: what a source gave, as a JSON array of `[kind, name, field, n]`. */
export const tallyTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS tally (
      kind TEXT NOT NULL, day TEXT NOT NULL, line TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, n INTEGER NOT NULL,
      PRIMARY KEY (kind, day, line, name, field)
    ) STRICT, WITHOUT ROWID`,
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS tally_source (
      source TEXT PRIMARY KEY, day TEXT NOT NULL, line TEXT NOT NULL, given TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS tally_source_day ON tally_source (day)' },
] as const;

/** `rows` of `[kind, name, field, n]`, added `sign` times. */
const addRows = (from: string, sign: string): string => `INSERT INTO tally
  SELECT e.value ->> 0, given.day, given.line, e.value ->> 1, e.value ->> 2, ${sign} (e.value ->> 3)
  FROM ${from} AS given, json_each(given.given) AS e WHERE true
  ON CONFLICT DO UPDATE SET n = n + excluded.n`;

/** ?1 source, ?2 day, ?3 line, ?4 what it gives. The same again does nothing. */
const takeBack = addRows('(SELECT * FROM tally_source WHERE source = ?1 AND given <> ?4)', '-');
const give = addRows(
  '(SELECT ?2 AS day, ?3 AS line, ?4 AS given WHERE NOT EXISTS (SELECT 1 FROM tally_source WHERE source = ?1 AND given = ?4))',
  '',
);
const remember = 'INSERT OR REPLACE INTO tally_source VALUES (?1, ?2, ?3, ?4)';

const readAll = `SELECT day, line, name, json_group_object(field, n) AS counts FROM tally
  WHERE kind = ?1 AND day BETWEEN ?2 AND ?3 AND n <> 0`;

export class SqliteTallies implements Tallies {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;
  readonly #keepMs: number;
  /** Days before it were cleared by this process. */
  #cleared = '';

  /** Needs `tallyTables` in the database. */
  constructor(sqlite: Sqlite, { clock, keepDays }: { readonly clock: Clock; readonly keepDays: number }) {
    this.#sqlite = sqlite;
    this.#clock = clock;
    this.#keepMs = keepDays * 86_400_000;
  }

  async put(source: string, { day, line, rows }: Contribution): Promise<void> {
    const given = JSON.stringify(rows.map(({ kind, name, field, n }) => [kind, name, field, n]));
    await this.#sqlite.run('add to the figures', [
      ...this.#clear(),
      { sql: takeBack, values: [source, null, null, given] },
      { sql: give, values: [source, day, line, given] },
      { sql: remember, values: [source, day, line, given] },
    ]);
  }

  async read({ kind, from, to, line, name }: TallyQuery): Promise<readonly Tally[]> {
    const values = [kind, from, to, ...(line === undefined ? [] : [line]), ...(name === undefined ? [] : [name])];
    const ofLine = line === undefined ? '' : 'AND line = ?4';
    const ofName = name === undefined ? '' : `AND name = ?${values.length}`;
    const sql = `${readAll} ${ofLine} ${ofName} GROUP BY day, line, name`;
    const [rows = []] = await this.#sqlite.run('read the figures', [{ sql, values }]);
    return rows.map((row) => ({
      day: String(row['day']),
      line: String(row['line']),
      name: String(row['name']),
      counts: countsIn(String(row['counts'])),
    }));
  }

  async lines(): Promise<readonly string[]> {
    const sql = 'SELECT DISTINCT line FROM tally_source ORDER BY line';
    const [rows = []] = await this.#sqlite.run('list the lines', [{ sql }]);
    return rows.map((row) => String(row['line']));
  }

  /** What is older than figures are kept, once a day. */
  #clear() {
    const oldest = new Date(this.#clock.wall() - this.#keepMs).toISOString().slice(0, 10);
    if (oldest === this.#cleared) return [];
    this.#cleared = oldest;
    return [
      { sql: 'DELETE FROM tally WHERE day < ?1', values: [oldest] },
      { sql: 'DELETE FROM tally_source WHERE day < ?1', values: [oldest] },
    ];
  }
}
