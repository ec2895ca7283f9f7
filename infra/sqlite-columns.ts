import type { Sqlite } from './sqlite.ts';

/** A column that files of earlier versions lack. It may be null: SQLite fills no rows in. */
export interface AddedColumn {
  readonly table: string;
  readonly column: string;
  readonly type: 'INTEGER' | 'REAL' | 'TEXT';
}

const missing = async (sqlite: Sqlite, columns: readonly AddedColumn[]): Promise<readonly AddedColumn[]> => {
  const known = await sqlite.run(
    'look at its tables',
    columns.map(({ table }) => ({ sql: 'SELECT name FROM pragma_table_info(?1)', values: [table] })),
  );
  return columns.filter(({ column }, index) => known[index]?.every(({ name }) => name !== column) !== false);
};

/**
 * Brings tables of a file that an earlier version made up to date. An earlier version goes on with such a file: it does not know the
 * columns. Rejects with `store-unavailable`. Two processes may open the same file at once.
 */
export const addColumns = async (sqlite: Sqlite, columns: readonly AddedColumn[]): Promise<void> => {
  const lacking = await missing(sqlite, columns);
  if (lacking.length === 0) return;
  try {
    await sqlite.run(
      'bring its tables up to date',
      lacking.map(({ table, column, type }) => ({ sql: `ALTER TABLE ${table} ADD COLUMN ${column} ${type}` })),
    );
  } catch (error) {
    // Another process was faster.
    if ((await missing(sqlite, columns)).length > 0) throw error;
  }
};
