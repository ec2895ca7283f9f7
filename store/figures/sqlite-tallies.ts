import type { Clock } from '../../infra/clock.ts';
import { inTurns } from '../../infra/in-turns.ts';
import type { Sqlite } from '../../infra/sqlite.ts';
import type { Contribution, Tallies, Tally, TallyQuery } from './tallies.ts';
import { countsIn, slicesOf, sumsAtATime } from './wire.ts';

/**
 * `counts`: a JSON object of all fields of a sum, so that a month is a few thousand rows and not some hundred thousand. `given`: what a source gave, as
 * `[kind, name, counts]`.
 */
export const tallyTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS figure_sum (
      kind TEXT NOT NULL, day TEXT NOT NULL, line TEXT NOT NULL, name TEXT NOT NULL, counts TEXT NOT NULL,
      PRIMARY KEY (kind, day, line, name)
    ) STRICT, WITHOUT ROWID`,
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS figure_source (
      source TEXT PRIMARY KEY, day TEXT NOT NULL, line TEXT NOT NULL, given TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  { sql: 'CREATE INDEX IF NOT EXISTS figure_source_day ON figure_source (day)' },
  { sql: 'CREATE INDEX IF NOT EXISTS figure_source_line ON figure_source (line)' },
] as const;

/** The slices of what was given, added to the sums, or with -1 taken back. */
const addSlices = (from: string, sign: 1 | -1): string => `INSERT INTO figure_sum
  SELECT e.value ->> 0, given.day, given.line, e.value ->> 1, e.value -> 2
  FROM ${from} AS given, json_each(given.given) AS e WHERE true
  ON CONFLICT DO UPDATE SET counts = add_sums(figure_sum.counts, excluded.counts, ${sign})`;

/** ?1 source, ?2 day, ?3 line, ?4 what it gives. The same again does nothing. */
const takeBack = addSlices('(SELECT * FROM figure_source WHERE source = ?1 AND given <> ?4)', -1);
const give = addSlices(
  '(SELECT ?2 AS day, ?3 AS line, ?4 AS given WHERE NOT EXISTS (SELECT 1 FROM figure_source WHERE source = ?1 AND given = ?4))',
  1,
);
const remember = 'INSERT OR REPLACE INTO figure_source VALUES (?1, ?2, ?3, ?4)';

const readAll = `SELECT day, line, name, counts FROM figure_sum
  WHERE kind = ?1 AND day BETWEEN ?2 AND ?3 AND counts <> '{}'`;

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
    const given = JSON.stringify(slicesOf(rows));
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
    const sql = `${readAll} ${ofLine} ${ofName}`;
    const [rows = []] = await this.#sqlite.run('read the figures', [{ sql, values }]);
    return await inTurns(rows, sumsAtATime, (row) => ({
      day: String(row['day']),
      line: String(row['line']),
      name: String(row['name']),
      counts: countsIn(String(row['counts'])),
    }));
  }

  async lines(): Promise<readonly string[]> {
    const sql = 'SELECT DISTINCT line FROM figure_source ORDER BY line';
    const [rows = []] = await this.#sqlite.run('list the lines', [{ sql }]);
    return rows.map((row) => String(row['line']));
  }

  /** What is older than figures are kept, once a day. */
  #clear() {
    const oldest = new Date(this.#clock.wall() - this.#keepMs).toISOString().slice(0, 10);
    if (oldest === this.#cleared) return [];
    this.#cleared = oldest;
    return [
      { sql: 'DELETE FROM figure_sum WHERE day < ?1', values: [oldest] },
      { sql: 'DELETE FROM figure_source WHERE day < ?1', values: [oldest] },
    ];
  }
}
