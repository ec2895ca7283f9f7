import type { Express, Request, Response } from 'express';
import type { z } from 'zod';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { CallLog } from '../../../store/calls/call-log.ts';
import { callsFitting } from '../../../store/calls/filter.ts';
import type { CallRecord } from '../../../store/calls/record.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import { recordedParts } from '../../../store/context/recorded-parts.ts';
import type { HandoffLog } from '../../../store/handoffs/log.ts';
import type { Page } from '../../../store/paging.ts';
import { onlyAllowed, sendProblem, unlessAway } from '../console-answers.ts';
import type { Log } from '../deps.ts';
import type { Description } from '../describe.ts';
import {
  bundleSchema,
  callListQuery,
  callListSchema,
  type callQuery,
  callSchema,
  eventsSchema,
  noQuery,
  recentCallsSchema,
  recentQuery,
  wholeCallSchema,
} from '../schemas/call.ts';
import { columnsOf, sendCsv, wantsCsv } from './csv.ts';
import { allPages, fileName, filterOf, pageQueryOf, rowsAtOnce } from './listing.ts';
import { queryOf, readQuery } from './query.ts';

/** What is known of calls. A rejection means that the store is away. */
export interface CallsDeps {
  /** Calls that are over, by their records. */
  readonly callLog: Pick<CallLog, 'get' | 'page'>;
  /** The bundle in the shape that leaves the house; `undefined` when nobody knows the call. */
  bundle(callId: CallId): Promise<unknown>;
  /** Context events in order; `undefined` when nobody knows the call. */
  events(callId: CallId): Promise<readonly ContextEvent[] | undefined>;
  /** The calls that something was written of last, newest first. */
  recent(limit: number): Promise<readonly unknown[]>;
  readonly handoffLog: Pick<HandoffLog, 'list' | 'page'>;
  /** Transfers of a call to people, each with the link to the person's page; the oldest first. */
  transfers(callId: CallId): Promise<readonly unknown[]>;
  /** When its caller wants to be called back, and about what. */
  callbacks(callId: CallId): Promise<readonly unknown[]>;
  /** The calls that this process serves now. */
  live(): readonly CallId[];
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Log;
}

const path = '/api/v1/calls';
const named = { id: 'The id of a call.' };
const noSuchCall = { 400: { description: 'No id of a call.' }, 404: { description: 'Nobody knows this call.' } };

export const describeCalls: Description = {
  [`GET ${path}`]: {
    summary: 'Calls that are over, newest first',
    description: 'Filters can be combined. A filter that few calls fit gives short pages: go on until `next` is null.',
    query: callListQuery,
    answers: { 200: { description: 'A page of calls.', schema: callListSchema, csv: true } },
  },
  [`GET ${path}/recent`]: {
    summary: 'The calls that something was written of last, running ones too',
    query: recentQuery,
    answers: { 200: { description: 'Calls, newest first.', schema: recentCallsSchema } },
  },
  [`GET ${path}/{id}`]: {
    summary: 'All of one call',
    named,
    answers: { 200: { description: 'The call.', schema: wholeCallSchema }, ...noSuchCall },
  },
  [`GET ${path}/{id}/bundle`]: {
    summary: 'What is known of a call',
    named,
    answers: { 200: { description: 'The context bundle.', schema: bundleSchema }, ...noSuchCall },
  },
  [`GET ${path}/{id}/events`]: {
    summary: 'The log that a bundle is folded from',
    named,
    answers: { 200: { description: 'Events, in order.', schema: eventsSchema }, ...noSuchCall },
  },
};

const mostHandoffs = 200;

type Asked = Omit<z.output<typeof callQuery>, 'format'>;

/** A page of calls, as it was asked for. */
export const recordPage = (
  { callLog, clock }: Pick<CallsDeps, 'callLog' | 'clock'>,
  asked: Asked,
): Promise<Page<CallRecord>> => callLog.page(pageQueryOf<CallRecord>(asked, filterOf(asked, callsFitting(clock.wall()))));

const listCalls = async (deps: CallsDeps, request: Request, response: Response): Promise<void> => {
  const query = queryOf(request);
  const read = readQuery(query, callListQuery);
  if ('problem' in read) return sendProblem(response, 400, read.problem);
  const { format, separator = ',', ...asked } = read.value;
  if (!wantsCsv(request, format)) {
    const { items, next } = await recordPage(deps, asked);
    response.json({ calls: items, next, live: deps.live() });
    return;
  }
  if (query.has('limit')) return sendProblem(response, 400, 'limit is not for CSV, which has all rows');
  const pages = allPages((cursor) => recordPage(deps, { ...asked, limit: rowsAtOnce, cursor }), asked.cursor);
  await sendCsv(response, { name: fileName('calls', asked), columns: columnsOf(callSchema), separator, pages });
};

const wholeCall = async (deps: CallsDeps, callId: CallId): Promise<unknown> => {
  const [bundle, record] = await Promise.all([deps.bundle(callId), deps.callLog.get(callId)]);
  if (bundle === undefined && record === undefined) return undefined;
  const [events = [], handoffs, transfers, callbacks] = await Promise.all([
    deps.events(callId),
    deps.handoffLog.list({ limit: mostHandoffs, callId }),
    deps.transfers(callId),
    deps.callbacks(callId),
  ]);
  return {
    callId,
    live: deps.live().includes(callId),
    record: record ?? null,
    bundle: bundle ?? null,
    handoffs,
    transfers,
    callbacks,
    recordings: recordedParts(events).map(({ end, ...part }) => ({ ...part, end: end ?? null })),
  };
};

/** `GET /api/v1/calls` and what is under it. Expects that foreign names are refused before. */
export const serveCalls = (app: Express, deps: CallsDeps): void => {
  /** `undefined` from `read` means that there is no such call. */
  const ofCall = (read: (callId: CallId) => Promise<unknown>) =>
    unlessAway(deps.log, async (request, response) => {
      const callId = parseCallId(String(request.params['id']));
      if (callId === undefined) return sendProblem(response, 400, 'a call id is CA and 32 hex digits');
      const asked = readQuery(queryOf(request), noQuery);
      if ('problem' in asked) return sendProblem(response, 400, asked.problem);
      const body = await read(callId);
      if (body === undefined) return sendProblem(response, 404, `no call ${callId}`);
      response.json(body);
    });
  const recent = unlessAway(deps.log, async (request, response) => {
    const read = readQuery(queryOf(request), recentQuery);
    if ('problem' in read) return sendProblem(response, 400, read.problem);
    response.json({ calls: await deps.recent(read.value.limit), live: deps.live() });
  });
  const events = async (callId: CallId) => {
    const found = await deps.events(callId);
    return found === undefined ? undefined : { events: found };
  };
  app
    .route(path)
    .get(unlessAway(deps.log, (request, response) => listCalls(deps, request, response)))
    .all(onlyAllowed('GET'));
  app.route(`${path}/recent`).get(recent).all(onlyAllowed('GET'));
  app
    .route(`${path}/:id`)
    .get(ofCall((callId) => wholeCall(deps, callId)))
    .all(onlyAllowed('GET'));
  app
    .route(`${path}/:id/bundle`)
    .get(ofCall((callId) => deps.bundle(callId)))
    .all(onlyAllowed('GET'));
  app.route(`${path}/:id/events`).get(ofCall(events)).all(onlyAllowed('GET'));
};
