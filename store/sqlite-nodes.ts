import { type CallId, parseCallId } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { Sqlite } from '../infra/sqlite.ts';
import { type NodeSign, type Nodes, type Roll, takenMs } from './nodes.ts';

export const nodeTables = [
  {
    sql: `CREATE TABLE IF NOT EXISTS node_sign (
      node TEXT NOT NULL PRIMARY KEY, beat INTEGER NOT NULL, takes_calls INTEGER NOT NULL, address TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  },
  {
    sql: 'CREATE TABLE IF NOT EXISTS node_taken (node TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  },
  {
    sql: `CREATE TABLE IF NOT EXISTS node_call (
      node TEXT NOT NULL, call_id TEXT NOT NULL, PRIMARY KEY (node, call_id)
    ) STRICT, WITHOUT ROWID`,
  },
] as const;

const isTaken = 'EXISTS (SELECT 1 FROM node_taken WHERE node = ?1)';

export class SqliteNodes implements Nodes {
  readonly #sqlite: Sqlite;
  readonly #clock: Clock;

  /** Needs `nodeTables` in the database. */
  constructor(sqlite: Sqlite, clock: Clock) {
    this.#sqlite = sqlite;
    this.#clock = clock;
  }

  async beat({ node, beat, takesCalls, address }: NodeSign): Promise<Roll> {
    const [, , taken = [], rows = []] = await this.#sqlite.run('give a sign', [
      { sql: 'DELETE FROM node_taken WHERE until < ?1', values: [this.#clock.wall()] },
      {
        sql: `INSERT OR REPLACE INTO node_sign SELECT ?1, ?2, ?3, ?4 WHERE NOT ${isTaken}`,
        values: [node, beat, takesCalls ? 1 : 0, address],
      },
      { sql: `SELECT ${isTaken} AS taken`, values: [node] },
      { sql: 'SELECT node, beat, takes_calls, address FROM node_sign' },
    ]);
    const signs = rows.map((row) => ({
      node: String(row['node']),
      beat: Number(row['beat']),
      takesCalls: row['takes_calls'] === 1,
      address: String(row['address']),
    }));
    return { isTaken: taken[0]?.['taken'] === 1, signs };
  }

  async has(node: string, callIds: readonly CallId[]): Promise<void> {
    const sql = 'INSERT OR IGNORE INTO node_call SELECT ?1, value FROM json_each(?2)';
    await this.#sqlite.run('note who has a call', [{ sql, values: [node, JSON.stringify(callIds)] }]);
  }

  async lets(node: string, callIds: readonly CallId[]): Promise<void> {
    const sql = 'DELETE FROM node_call WHERE node = ?1 AND call_id IN (SELECT value FROM json_each(?2))';
    await this.#sqlite.run('note who let a call go', [{ sql, values: [node, JSON.stringify(callIds)] }]);
  }

  async take(node: string, beat: number): Promise<boolean> {
    const [, rows = []] = await this.#sqlite.run('take a process for dead', [
      {
        sql: 'INSERT OR IGNORE INTO node_taken SELECT node, ?3 FROM node_sign WHERE node = ?1 AND beat = ?2',
        values: [node, beat, this.#clock.wall() + takenMs],
      },
      { sql: `SELECT ${isTaken} AS taken`, values: [node] },
    ]);
    return rows[0]?.['taken'] === 1;
  }

  async takeCall(node: string): Promise<CallId | undefined> {
    const [rows = []] = await this.#sqlite.run('take a call of a dead process', [
      {
        sql: `DELETE FROM node_call WHERE node = ?1 AND ${isTaken}
          AND call_id = (SELECT call_id FROM node_call WHERE node = ?1 LIMIT 1) RETURNING call_id`,
        values: [node],
      },
      {
        sql: `DELETE FROM node_sign WHERE node = ?1 AND ${isTaken} AND NOT EXISTS (SELECT 1 FROM node_call WHERE node = ?1)`,
        values: [node],
      },
    ]);
    return rows[0] === undefined ? undefined : parseCallId(String(rows[0]['call_id']));
  }

  async leave(node: string): Promise<void> {
    await this.#sqlite.run('leave', [
      { sql: 'DELETE FROM node_sign WHERE node = ?1', values: [node] },
      { sql: 'DELETE FROM node_call WHERE node = ?1', values: [node] },
    ]);
  }
}
