import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { inTurns } from '../../../infra/in-turns.ts';
import type { Separator } from '../schemas/parameters.ts';

/** One value of a row. */
export type Cell = string | number | boolean | null;

/**
 * A spreadsheet takes what begins so for a formula, and runs it; callers and tools decide what stands in a cell. Where the lists of a
 * country have another separator than the file, a spreadsheet splits cells at it, in spite of quotes: what begins so behind one is guarded, too.
 */
const formulaStart = /^(?=[\t\r\n]|\s*"*[=+\-@＝＋－＠])|(?=[=+\-@＝＋－＠])(?<=[,;\t\r\n]"*)/g;

const quoted = (text: string): string => `"${text.replace(formulaStart, "'").replaceAll('"', '""')}"`;

/** Where `;` separates, a number has a decimal comma: a point would make a date of it. */
const numberIn = (separator: Separator, value: number): string =>
  separator === ';' ? String(value).replace('.', ',') : String(value);

const written = (cell: Cell, separator: Separator): string => {
  if (typeof cell === 'string') return quoted(cell);
  if (typeof cell === 'number') return numberIn(separator, cell);
  return cell === null ? '' : String(cell);
};

/** One line, as RFC 4180 has it. Each text is quoted, and nothing else is. */
export const csvLine = (cells: readonly Cell[], separator: Separator = ','): string =>
  `${cells.map((cell) => written(cell, separator)).join(separator)}\r\n`;

/** Where a column is in a record. */
export type Column = readonly string[];

const unwrapped = (schema: unknown): unknown => {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  return schema;
};

/** The columns of records that have a schema: objects in it are taken apart, all else is one column. */
export const columnsOf = (schema: z.ZodObject, place: Column = []): readonly Column[] =>
  Object.entries(schema.shape).flatMap(([name, inner]) => {
    const kind = unwrapped(inner);
    return kind instanceof z.ZodObject ? columnsOf(kind, [...place, name]) : [[...place, name]];
  });

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** A list of words in one cell; anything deeper as JSON. */
const cellOf = (value: unknown): Cell => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  const isWords = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
  if (isWords) return value.join('; ');
  const isEmpty = Object.keys(value).length === 0;
  return isEmpty ? null : JSON.stringify(value);
};

/** A record as a row. */
export const rowOf = (columns: readonly Column[], record: object): readonly Cell[] =>
  columns.map((column) => cellOf(column.reduce<unknown>(fieldOf, record)));

/** A file of rows. */
export interface CsvFile {
  /** Without its ending. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly separator: Separator;
  /** Records, some at a time. */
  readonly pages: AsyncIterable<readonly object[]>;
}

/** Until what was written is read, or nobody reads it any more. */
const drained = (response: Response): Promise<void> =>
  new Promise((done) => {
    const over = (): void => {
      response.off('drain', over).off('close', over);
      done();
    };
    response.on('drain', over).on('close', over);
  });

// A spreadsheet reads UTF-8 by this mark. No line of `sep=` beside it: Excel would forget the mark for it, and programs take it for a row.
const byteOrderMark = '\ufeff';

/** So many rows are made into text in one go, which takes less than a millisecond. */
const atATime = 20;

/** Writes a file while it is made, as fast as it is read: it is never whole in memory. */
export const sendCsv = async (response: Response, { name, columns, separator, pages }: CsvFile): Promise<void> => {
  const names = columns.map((column) => column.join('.'));
  let head = byteOrderMark + csvLine(names, separator);
  const iterator = pages[Symbol.asyncIterator]();
  // The first page is there before the head is sent: a store that is away is still an error then.
  let page = await iterator.next();
  response
    .status(200)
    .set('Content-Type', 'text/csv; charset=utf-8; header=present')
    .set('Content-Disposition', `attachment; filename="${name.replaceAll(/[^\w.]+/g, '-')}.csv"`);
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  while (page.done !== true && !response.destroyed) {
    // Calls go on in this process: an export that is read fast must not keep them waiting.
    await othersTurn();
    const lines = await inTurns(page.value, atATime, (record) => csvLine(rowOf(columns, record), separator));
    if (!response.write(head + lines.join(''))) await drained(response);
    head = '';
    page = await iterator.next();
  }
  response.end(head);
};

/** Whether CSV is wanted: by the query, or by what the client accepts best. */
export const wantsCsv = (request: Request, format: 'json' | 'csv' | undefined): boolean =>
  format === undefined ? request.accepts(['json', 'csv']) === 'csv' : format === 'csv';
