import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { decodeCursor, type Place } from '../../store/paging.ts';
import { onlyAllowed, sendProblem } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description, Operation } from './describe.ts';
import { sendNotice } from './pages/pages.ts';
import { queryOf, readQuery, withoutQuery } from './rest/query.ts';
import {
  callsBehindQuery,
  callsBehindSchema,
  deciderBody,
  suggestionListSchema,
  suggestionSchema,
} from './schemas/suggestions.ts';

/** What came of a wish to decide. `suggestion`: as it leaves the house. */
type Decision =
  | { readonly kind: 'done'; readonly suggestion: unknown }
  | { readonly kind: 'refused'; readonly status: 404 | 409; readonly why: string };

/** Suggestions about who should answer. A rejection means that the store is away. */
export interface SuggestionsDeps {
  readonly suggestions: {
    list(): Promise<unknown>;
    /** A page of the calls behind one; undefined: there is no such suggestion. */
    calls(
      id: string,
      query: { readonly limit: number; readonly cursor?: Place },
    ): Promise<{ readonly items: readonly unknown[]; readonly next: string | null } | undefined>;
    accept(id: string, by: string | null): Promise<Decision>;
    dismiss(id: string, by: string | null): Promise<Decision>;
    withdraw(id: string): Promise<Decision>;
  };
  readonly log: Log;
}

const path = '/api/v1/suggestions';
const named = { id: 'The id of a suggestion.' };

const decision = (summary: string): Operation => ({
  summary,
  description: 'Pages of other origins can not. The body may be left out.',
  named,
  body: deciderBody,
  isBodyOptional: true,
  answers: {
    200: { description: 'The suggestion as it is now.', schema: suggestionSchema },
    404: { description: 'No such suggestion.' },
    409: { description: 'It can not be decided so now.' },
  },
});

export const describeSuggestions: Description = {
  [`GET ${path}`]: {
    summary: 'Advice out of many handoffs: who should answer whom directly',
    answers: { 200: { description: 'Suggestions, by what was decided.', schema: suggestionListSchema } },
  },
  [`GET ${path}/{id}/calls`]: {
    summary: 'The calls behind a suggestion, newest first',
    named,
    query: callsBehindQuery,
    answers: {
      200: { description: 'A page of calls.', schema: callsBehindSchema },
      404: { description: 'No such suggestion.' },
    },
  },
  [`POST ${path}/{id}/accept`]: decision('Accept a suggestion: it becomes a rule of who answers'),
  [`POST ${path}/{id}/dismiss`]: decision('Dismiss a suggestion'),
  [`POST ${path}/{id}/withdraw`]: decision('Take a decision back'),
};

const longestName = 100;
const wanted = `send nothing, or { "by": "who decides" } as JSON, with 1 to ${longestName} characters`;

/** What somebody says of who they are: null: nothing; undefined: nothing that we take. */
const byOf = (body: Buffer): string | null | undefined => {
  if (body.length === 0) return null;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    if (!Object.hasOwn(parsed, 'by')) return null;
    const by: unknown = Reflect.get(parsed, 'by');
    return typeof by === 'string' && /\S/.test(by) && /^\P{Cc}{1,100}$/u.test(by) ? by.trim() : undefined;
  } catch {
    return undefined;
  }
};

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? '0') > 0;

/** Who decides, as they say; or what is wrong with the request. */
const deciderOf = (
  request: Request,
): { readonly by: string | null } | { readonly status: 400 | 415; readonly wrong: string } => {
  const body: unknown = request.body;
  if (!Buffer.isBuffer(body))
    return hasBody(request) ? { status: 415, wrong: `Content-Type must be application/json; ${wanted}` } : { by: null };
  const by = byOf(body);
  return by === undefined ? { status: 400, wrong: wanted } : { by };
};

const nameOf = (request: Request): string => String(request.params['id']);

const fresh: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Answers, or says that the store is away. */
const answering =
  (log: Log, answer: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  async (request, response) => {
    try {
      await answer(request, response);
    } catch (thrown) {
      log.error({ path, error: messageOf(thrown) }, 'suggestions: the store did not answer');
      const words = 'the store can not be reached at the moment; calls go on, try again';
      const advice = request.method === 'POST' ? `; GET ${path} then says whether it was done` : '';
      sendProblem(response, 503, words + advice);
    }
  };

/** Whether a button of our pages was pressed: then people read the answer. */
const isForm = ({ headers }: Request): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true && headers['content-length'] === '0';

const tell = (response: Response, decision: Decision): void => {
  if (decision.kind === 'refused') sendNotice(response, ['That could not be done', decision.why], decision.status);
  else sendNotice(response, ['Done', 'It holds from the next call on, in every process.'], 200);
};

const deciding =
  (decide: (id: string, by: string | null) => Promise<Decision>) =>
  async (request: Request, response: Response): Promise<void> => {
    const decider = deciderOf(request);
    if ('wrong' in decider) return sendProblem(response, decider.status, decider.wrong);
    const decision = await decide(nameOf(request), decider.by);
    if (isForm(request)) tell(response, decision);
    else if (decision.kind === 'done') response.json(decision.suggestion);
    else sendProblem(response, decision.status, decision.why);
  };

/** `GET /api/v1/suggestions`, the calls behind one, and what is decided about it. Expects that foreign names and pages are refused before. */
export const serveSuggestions = (app: Express, { suggestions, log }: SuggestionsDeps): void => {
  const list = answering(log, async (_request, response) => {
    response.json(await suggestions.list());
  });
  const calls = answering(log, async (request, response) => {
    const read = readQuery(queryOf(request), callsBehindQuery);
    if ('problem' in read) return sendProblem(response, 400, read.problem);
    const { limit } = read.value;
    const cursor = read.value.cursor === undefined ? undefined : decodeCursor(read.value.cursor);
    const page = await suggestions.calls(nameOf(request), cursor === undefined ? { limit } : { limit, cursor });
    if (page === undefined) sendProblem(response, 404, 'no such suggestion');
    else response.json({ calls: page.items, next: page.next });
  });
  app.route(path).all(fresh, withoutQuery).get(list).all(onlyAllowed('GET'));
  app.route(`${path}/:id/calls`).all(fresh).get(calls).all(onlyAllowed('GET'));
  const readBody = express.raw({ type: 'application/json', limit: 1_024, inflate: false });
  const deciders = {
    accept: (id: string, by: string | null) => suggestions.accept(id, by),
    dismiss: (id: string, by: string | null) => suggestions.dismiss(id, by),
    withdraw: (id: string) => suggestions.withdraw(id),
  };
  for (const [name, decide] of Object.entries(deciders))
    app
      .route(`${path}/:id/${name}`)
      .all(fresh, withoutQuery)
      .post(readBody, answering(log, deciding(decide)))
      .all(onlyAllowed('POST'));
};
