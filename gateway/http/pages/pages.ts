import { createHash } from 'node:crypto';
import type { Express, Request, RequestHandler, Response } from 'express';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import { messageOf } from '../../../infra/errors.ts';
import type { CallLog } from '../../../store/calls/call-log.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import type { Figures, ReadFigures } from '../../../store/figures/figures.ts';
import type { HandoffLog } from '../../../store/handoffs/log.ts';
import { callPage } from '../../console/call-page.ts';
import { callsPage } from '../../console/calls-page.ts';
import { consoleStyle } from '../../console/console-style.ts';
import { figuresPage } from '../../console/figures-page.ts';
import { notice } from '../../console/frame.ts';
import { handoffsPage } from '../../console/handoffs-page.ts';
import { callTotal, handoffTotal } from '../../console/list-total.ts';
import type { ShownSuggestion } from '../../console/suggestions.ts';
import { onlyAllowed } from '../console-answers.ts';
import type { Log } from '../deps.ts';
import type { Description } from '../describe.ts';
import { recordPage } from '../rest/calls.ts';
import { daysOf } from '../rest/figures.ts';
import { handoffPage } from '../rest/handoffs.ts';
import { queryOf, readQuery } from '../rest/query.ts';
import { callQuery, noQuery } from '../schemas/call.ts';
import { figuresQuery } from '../schemas/figures.ts';
import { handoffQuery } from '../schemas/handoff.ts';

/** Where the console's pages come from. A rejection means that the store is away. */
export interface PagesDeps {
  readonly callLog: Pick<CallLog, 'get' | 'page'>;
  readonly handoffLog: Pick<HandoffLog, 'list' | 'page'>;
  readonly readFigures: ReadFigures;
  /** Context events in order; `undefined` when nobody knows the call. */
  events(callId: CallId): Promise<readonly ContextEvent[] | undefined>;
  /** Advice out of many handoffs; undefined: nobody looks for any. */
  readonly advice?: (asked: { readonly line: string | undefined }) => Promise<readonly ShownSuggestion[]>;
  /** The calls that this process serves now. */
  live(): readonly CallId[];
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Log;
}

const page = (summary: string): Description[string] => ({
  summary,
  answers: { 200: { description: 'HTML without scripts.', text: 'text/html' } },
});

const figuresPageQuery = figuresQuery.pick({ from: true, to: true, line: true });
const callsPageQuery = callQuery.omit({ limit: true, format: true });
const handoffsPageQuery = handoffQuery.omit({ limit: true, format: true });

export const describePages: Description = {
  'GET /': { ...page('A page: the figures of a period'), query: figuresPageQuery },
  'GET /calls': { ...page('A page: calls that are over'), query: callsPageQuery },
  'GET /calls/{id}': { ...page('A page: one call'), named: { id: 'The id of a call.' } },
  'GET /handoffs': { ...page('A page: handoffs'), query: handoffsPageQuery },
};

/** Nothing runs, nothing is loaded but our recordings, nothing frames it; the one style is known by its hash; forms go back here alone. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(consoleStyle).digest('base64')}'`,
  // Recordings.
  "media-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const sendPage = (response: Response, document: string, status = 200): void => {
  response
    .status(status)
    .set({
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      'X-Robots-Tag': 'noindex, nofollow',
      // Without any, browsers keep from us which page a form is on, and what changes something is refused.
      'Referrer-Policy': 'same-origin',
    })
    .type('html')
    .send(document);
};

/** A page that says what came of a form. */
export const sendNotice = (response: Response, [title, words]: readonly [string, string], status: number): void =>
  sendPage(response, notice(title, words), status);

/** The page of a path that has none. */
export const missingPage = (response: Response): void =>
  sendPage(response, notice('Nothing here', 'There is no such page on this console.'), 404);

type Asking = (request: Request, response: Response) => Promise<string | { readonly problem: string }>;

/** Sends a page, or one that says what is wrong. */
const shown =
  (log: Log, ask: Asking): RequestHandler =>
  async (request, response) => {
    try {
      const made = await ask(request, response);
      if (typeof made === 'string') sendPage(response, made, response.statusCode);
      else sendPage(response, notice('That could not be read', `In the address, ${made.problem}.`), 400);
    } catch (thrown) {
      log.error({ path: request.path, error: messageOf(thrown) }, 'the store did not answer');
      const words = 'Our records can not be reached. Calls go on. Reload this page in a few seconds.';
      sendPage(response, notice('Not available at the moment', words), 503);
    }
  };

/** The query of a page: an empty field of a form asks for nothing. */
const filled = (request: Request): URLSearchParams =>
  new URLSearchParams([...queryOf(request)].filter(([, value]) => value !== ''));

/** What a list was asked for, without where it goes on. */
const askedOf = (query: URLSearchParams): Readonly<Record<string, string>> => {
  const { cursor: _, ...asked } = Object.fromEntries(query);
  return asked;
};

const onPage = 50;
/** A filter that few fit gives short pages: so many are looked through for one that is shown. */
const mostPages = 5;

type Listed<Item> = { readonly items: readonly Item[]; readonly next: string | null };

const filledPage = async <Item>(
  read: (cursor: string | undefined) => Promise<Listed<Item>>,
  start?: string,
): Promise<Listed<Item>> => {
  let page = await read(start);
  for (let pages = 1; page.items.length === 0 && page.next !== null && pages < mostPages; pages += 1)
    page = await read(page.next);
  return page;
};

/** Today, UTC. */
const todayOf = ({ clock }: PagesDeps): string => new Date(clock.wall()).toISOString().slice(0, 10);

const figures =
  (deps: PagesDeps): Asking =>
  async (request) => {
    const read = readQuery(filled(request), figuresPageQuery);
    if ('problem' in read) return read;
    const { line } = read.value;
    const now = deps.clock.wall();
    const days = daysOf(read.value, now);
    if ('problem' in days) return days;
    const [found, suggestions] = await Promise.all([deps.readFigures({ ...days, line }), deps.advice?.({ line })]);
    return figuresPage({ figures: found, today: todayOf(deps), suggestions });
  };

const day = /^\d{4}-\d\d-\d\d$/;

/** The figures of the period of a list, if it has one of whole days: what they count, nobody has to. */
const figuresOf = async (
  { readFigures, clock }: PagesDeps,
  { from = '', to = '', line, cursor }: Readonly<Record<'from' | 'to' | 'line' | 'cursor', string | undefined>>,
): Promise<Figures | undefined> => {
  if (!day.test(from) || !day.test(to) || cursor !== undefined) return undefined;
  const days = daysOf({ from, to }, clock.wall());
  return 'problem' in days ? undefined : await readFigures({ ...days, line });
};

const calls =
  (deps: PagesDeps): Asking =>
  async (request) => {
    const query = filled(request);
    const read = readQuery(query, callsPageQuery);
    if ('problem' in read) return read;
    const { from, to, line, cursor: start } = read.value;
    const [list, counted] = await Promise.all([
      filledPage((cursor) => recordPage(deps, { ...read.value, limit: onPage, cursor }), start),
      figuresOf(deps, { from, to, line, cursor: start }),
    ]);
    const asked = askedOf(query);
    const total = counted === undefined ? undefined : callTotal(counted, asked);
    return callsPage({ ...list, asked, total, today: todayOf(deps), isFirst: start === undefined, live: deps.live() });
  };

const handoffs =
  (deps: PagesDeps): Asking =>
  async (request) => {
    const query = filled(request);
    const read = readQuery(query, handoffsPageQuery);
    if ('problem' in read) return read;
    const { from, to, line, cursor: start } = read.value;
    const [list, counted] = await Promise.all([
      filledPage((cursor) => handoffPage(deps, { ...read.value, limit: onPage, cursor }), start),
      figuresOf(deps, { from, to, line, cursor: start }),
    ]);
    const asked = askedOf(query);
    const total = counted === undefined ? undefined : handoffTotal(counted, asked);
    return handoffsPage({ ...list, asked, total, today: todayOf(deps), isFirst: start === undefined });
  };

const mostHandoffs = 200;

const call =
  (deps: PagesDeps): Asking =>
  async (request, response) => {
    const callId = parseCallId(String(request.params['id']));
    if (callId === undefined) return { problem: 'a call id is CA and 32 hex digits' };
    const read = readQuery(queryOf(request), noQuery);
    if ('problem' in read) return read;
    const [events, record, records] = await Promise.all([
      deps.events(callId),
      deps.callLog.get(callId),
      deps.handoffLog.list({ limit: mostHandoffs, callId }),
    ]);
    if ((events === undefined || events.length === 0) && record === undefined) {
      response.status(404);
      return notice('No such call', 'Nobody knows a call of this id.');
    }
    return callPage({
      callId,
      events: events ?? [],
      record,
      handoffs: records.toReversed(),
      isLive: deps.live().includes(callId),
    });
  };

/** The pages for people. Expects that names which are not ours are refused before. */
export const servePages = (app: Express, deps: PagesDeps): void => {
  app
    .route('/')
    .get(shown(deps.log, figures(deps)))
    .all(onlyAllowed('GET'));
  app
    .route('/calls')
    .get(shown(deps.log, calls(deps)))
    .all(onlyAllowed('GET'));
  app
    .route('/calls/:id')
    .get(shown(deps.log, call(deps)))
    .all(onlyAllowed('GET'));
  app
    .route('/handoffs')
    .get(shown(deps.log, handoffs(deps)))
    .all(onlyAllowed('GET'));
};
