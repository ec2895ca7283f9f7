import type { Express, Request, Response } from 'express';
import type { z } from 'zod';
import { fitsHandoff } from '../../../store/handoffs/filter.ts';
import type { HandoffLog } from '../../../store/handoffs/log.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import type { Page, PageQuery } from '../../../store/paging.ts';
import { onlyAllowed, sendProblem, unlessAway } from '../console-answers.ts';
import type { Log } from '../deps.ts';
import type { Description } from '../describe.ts';
import { handoffListQuery, handoffListSchema, type handoffQuery, handoffSchema } from '../schemas/handoff.ts';
import { columnsOf, sendCsv, wantsCsv } from './csv.ts';
import { withoutNames } from './exported.ts';
import { allPages, fileName, filterOf, pageQueryOf, rowsAtOnce } from './listing.ts';
import { queryOf, readQuery } from './query.ts';

/** The records of handoffs. A rejection means that the store is away. */
export interface HandoffsDeps {
  readonly handoffLog: Pick<HandoffLog, 'list' | 'page'>;
  readonly log: Log;
}

const path = '/api/v1/handoffs';

export const describeHandoffs: Description = {
  [`GET ${path}`]: {
    summary: 'Handoffs between agents, newest first',
    description: 'Filters can be combined. A filter that few handoffs fit gives short pages: go on until `next` is null.',
    query: handoffListQuery,
    answers: { 200: { description: 'A page of handoffs.', schema: handoffListSchema, csv: true } },
  },
};

const mostOfCall = 200;

/** Handoffs of one call are few, and have a list of their own. */
const ofCall = async (
  { handoffLog }: Pick<HandoffsDeps, 'handoffLog'>,
  callId: HandoffRecord['callId'],
  { from = -Infinity, until = Infinity, fits = () => true }: PageQuery<HandoffRecord>,
): Promise<Page<HandoffRecord>> => {
  const records = await handoffLog.list({ limit: mostOfCall, callId });
  const isIn = ({ requestedAt }: HandoffRecord) => Date.parse(requestedAt) >= from && Date.parse(requestedAt) < until;
  return { items: records.filter((record) => isIn(record) && fits(record)), next: null };
};

type Asked = Omit<z.output<typeof handoffQuery>, 'format'>;

/** A page of handoffs, as it was asked for. */
export const handoffPage = (deps: Pick<HandoffsDeps, 'handoffLog'>, asked: Asked): Promise<Page<HandoffRecord>> => {
  const query = pageQueryOf<HandoffRecord>(asked, filterOf(asked, fitsHandoff));
  return asked.callId === undefined ? deps.handoffLog.page(query) : ofCall(deps, asked.callId, query);
};

const listHandoffs = async (deps: HandoffsDeps, request: Request, response: Response): Promise<void> => {
  const query = queryOf(request);
  const read = readQuery(query, handoffListQuery);
  if ('problem' in read) return sendProblem(response, 400, read.problem);
  const { format, separator = ',', ...asked } = read.value;
  if (!wantsCsv(request, format)) {
    const { items, next } = await handoffPage(deps, asked);
    response.json({ handoffs: items, next });
    return;
  }
  if (query.has('limit')) return sendProblem(response, 400, 'limit is not for CSV, which has all rows');
  const pages = allPages((cursor) => handoffPage(deps, { ...asked, limit: rowsAtOnce, cursor }), asked.cursor);
  await sendCsv(response, {
    name: fileName('handoffs', asked),
    columns: columnsOf(handoffSchema),
    separator,
    pages: withoutNames(pages),
  });
};

/** `GET /api/v1/handoffs`. Expects that foreign names are refused before. */
export const serveHandoffs = (app: Express, deps: HandoffsDeps): void => {
  app
    .route(path)
    .get(unlessAway(deps.log, (request, response) => listHandoffs(deps, request, response)))
    .all(onlyAllowed('GET'));
};
