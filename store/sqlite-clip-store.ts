import type { Sqlite } from '../infra/sqlite.ts';
import { type Clip, type ClipStore, decodeClip, encodeClip } from './clips.ts';

export const clipTables = [
  { sql: 'CREATE TABLE IF NOT EXISTS clip (key TEXT PRIMARY KEY, clip TEXT NOT NULL) STRICT, WITHOUT ROWID' },
] as const;

export class SqliteClipStore implements ClipStore {
  readonly #sqlite: Sqlite;

  /** Needs `clipTables` in the database. */
  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  async put(key: string, clip: Clip): Promise<void> {
    await this.#sqlite.run('keep a clip', [
      { sql: 'INSERT OR REPLACE INTO clip VALUES (?1, ?2)', values: [key, encodeClip(clip)] },
    ]);
  }

  async get(key: string): Promise<Clip | undefined> {
    const [rows = []] = await this.#sqlite.run('find a clip', [
      { sql: 'SELECT clip FROM clip WHERE key = ?1', values: [key] },
    ]);
    const [row] = rows;
    return row === undefined ? undefined : decodeClip(String(row['clip']));
  }
}
