import type { Express, Request, Response } from 'express';
import type { Clock } from '../../../infra/clock.ts';
import type { Figures, FiguresQuery, ReadFigures } from '../../../store/figures/figures.ts';
import { onlyAllowed, sendProblem, unlessAway } from '../console-answers.ts';
import type { Log } from '../deps.ts';
import type { Description } from '../describe.ts';
import { type FigureTable, figuresQuery, figuresSchema, figureTables } from '../schemas/figures.ts';
import { columnsOf, sendCsv, wantsCsv } from './csv.ts';
import { fileName } from './listing.ts';
import { queryOf, readQuery } from './query.ts';

/** Where figures come from. A rejection means that the store is away. */
export interface FiguresDeps {
  readonly readFigures: ReadFigures;
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Log;
}

const path = '/api/v1/figures';

export const describeFigures: Description = {
  [`GET ${path}`]: {
    summary: 'Figures of a period, in days',
    description: 'Percentiles of times, never means alone, and n next to every share. By default of the last 30 days.',
    query: figuresQuery,
    answers: { 200: { description: 'All figures; as CSV one of their tables.', schema: figuresSchema, csv: true } },
  },
};

const dayMs = 86_400_000;
const defaultDays = 30;
/** A year, and a little more to compare it with the one before. */
const mostDays = 400;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The days that are asked for, or what is wrong with them. */
export const daysOf = (
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): Pick<FiguresQuery, 'from' | 'to'> | { readonly problem: string } => {
  const to = asked.to ?? dayOf(now);
  const from = asked.from ?? dayOf(Date.parse(to) - (defaultDays - 1) * dayMs);
  if (from > to) return { problem: `from must not be after to: ${from} is after ${to}` };
  if (Date.parse(to) - Date.parse(from) >= mostDays * dayMs)
    return { problem: `from must be at most ${mostDays} days before to; ask for a shorter period` };
  return { from, to };
};

const rowsOf = (figures: Figures, table: FigureTable): readonly object[] => {
  const found = figures[table];
  return Array.isArray(found) ? found : [found];
};

async function* onePage(rows: readonly object[]): AsyncGenerator<readonly object[]> {
  yield rows;
}

const readAsked = async (deps: FiguresDeps, request: Request, response: Response): Promise<void> => {
  const read = readQuery(queryOf(request), figuresQuery);
  if ('problem' in read) return sendProblem(response, 400, read.problem);
  const { format, separator = ',', table = 'days', line } = read.value;
  const days = daysOf(read.value, deps.clock.wall());
  if ('problem' in days) return sendProblem(response, 400, days.problem);
  const figures = await deps.readFigures({ ...days, line });
  if (!wantsCsv(request, format)) {
    response.json(figures);
    return;
  }
  await sendCsv(response, {
    name: fileName(`figures-${table}`, { line, ...days }),
    columns: columnsOf(figureTables[table]),
    separator,
    pages: onePage(rowsOf(figures, table)),
  });
};

/** `GET /api/v1/figures`. Expects that foreign names are refused before. */
export const serveFigures = (app: Express, deps: FiguresDeps): void => {
  app
    .route(path)
    .get(unlessAway(deps.log, (request, response) => readAsked(deps, request, response)))
    .all(onlyAllowed('GET'));
};
