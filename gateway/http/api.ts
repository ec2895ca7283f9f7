import { isIP } from 'node:net';
import type { Express, Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { isLoopback } from '../config/values.ts';
import { bareExpress, endErrors, notAllowed } from './app.ts';
import { type AuditDeps, audited, serveAudit } from './audit.ts';
import { boardPath, serveBoard } from './bull-board.ts';
import { sendError } from './console-answers.ts';
import { type ErasureDeps, serveErasures } from './erasure-api.ts';
import { type HealthDeps, serveHealth } from './health.ts';
import { type JobsDeps, serveJobs } from './jobs-api.ts';
import { type SuggestionsDeps, serveSuggestions } from './suggestions-api.ts';
import { type SwitchDeps, serveSwitch } from './switch-api.ts';
import { serveWebhooks, type WebhooksDeps } from './webhooks-api.ts';

/** Where the console's answers come from. A rejection means that the store is away. */
export interface ApiDeps extends HealthDeps, SwitchDeps, JobsDeps, SuggestionsDeps, ErasureDeps, AuditDeps {
  /** Where the console listens: a name here is one that it answers to. */
  readonly consoleHost: string;
  /** The bundle in the shape that leaves the house; `undefined` when nobody knows the call. */
  bundle(callId: CallId): Promise<unknown>;
  /** Context events in order; `undefined` when nobody knows the call. */
  events(callId: CallId): Promise<readonly unknown[] | undefined>;
  /** The newest calls, newest first. */
  recent(limit: number): Promise<readonly unknown[]>;
  /** The newest handoff records, newest first. */
  handoffs(filter: { readonly limit: number; readonly callId?: CallId }): Promise<readonly unknown[]>;
  /** Transfers of a call to people, each with the link to the person's page; the oldest first. */
  transfers(callId: CallId): Promise<readonly unknown[]>;
  /** When its caller wants to be called back, and about what. */
  callbacks(callId: CallId): Promise<readonly unknown[]>;
  /** The calls that this process serves now. */
  live(): readonly CallId[];
  /** Endpoints of webhooks; undefined: there is no page for them. */
  readonly webhooks?: WebhooksDeps['webhooks'];
  /** Bull Board; undefined: there is none. */
  readonly board?: RequestHandler;
}

const defaultLimit = 50;
const maxLimit = 200;

/** What a request gets: a JSON value, or an error in our words. */
type Result =
  | { readonly kind: 'found'; readonly body: unknown }
  | { readonly kind: 'error'; readonly status: 400 | 404; readonly message: string };

type Handler = (request: Request) => Promise<Result>;

const found = (body: unknown): Result => ({ kind: 'found', body });
const badRequest = (message: string): Result => ({ kind: 'error', status: 400, message });
const notFound = (message: string): Result => ({ kind: 'error', status: 404, message });

const queryOf = (request: Request): URLSearchParams =>
  new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));

const limitOf = (request: Request): number | undefined => {
  const text = queryOf(request).get('limit');
  if (text === null) return defaultLimit;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= maxLimit ? limit : undefined;
};

const badLimit = badRequest(`limit must be a whole number from 1 to ${maxLimit}`);
const badCallId = badRequest('a call id is CA and 32 hex digits');

/** A handler for routes with `:id`; `undefined` from `read` means that there is no such call. */
const ofCall =
  (read: (callId: CallId) => Promise<unknown>): Handler =>
  async (request) => {
    const callId = parseCallId(String(request.params['id']));
    if (callId === undefined) return badCallId;
    const body = await read(callId);
    return body === undefined ? notFound(`no call ${callId}`) : found(body);
  };

const readers = (deps: ApiDeps): Readonly<Record<string, Handler>> => ({
  '/api/v1/calls': async (request) => {
    const limit = limitOf(request);
    return limit === undefined ? badLimit : found({ calls: await deps.recent(limit), live: deps.live() });
  },
  '/api/v1/calls/:id': ofCall(async (callId) => {
    const bundle = await deps.bundle(callId);
    if (bundle === undefined) return undefined;
    const [handoffs, transfers, callbacks] = await Promise.all([
      deps.handoffs({ limit: maxLimit, callId }),
      deps.transfers(callId),
      deps.callbacks(callId),
    ]);
    return { callId, live: deps.live().includes(callId), bundle, handoffs, transfers, callbacks };
  }),
  '/api/v1/calls/:id/bundle': ofCall((callId) => deps.bundle(callId)),
  '/api/v1/calls/:id/events': ofCall(async (callId) => {
    const events = await deps.events(callId);
    return events === undefined ? undefined : { events };
  }),
  '/api/v1/handoffs': async (request) => {
    const limit = limitOf(request);
    if (limit === undefined) return badLimit;
    const asked = queryOf(request).get('callId');
    const callId = asked === null ? undefined : parseCallId(asked);
    if (asked !== null && callId === undefined) return badCallId;
    return found({ handoffs: await deps.handoffs({ limit, ...(callId === undefined ? {} : { callId }) }) });
  },
});

/** An address, or a name that no public name server can point here: of this machine, or of the network it is in. */
const isOwnName = (host: string): boolean =>
  isLoopback(host) || isIP(host.replace(/^\[|\]$/g, '')) > 0 || /^[\w-]+$/.test(host);

/**
 * A web page may have its own name resolve to an address that only this network can reach, and its visitor's browser would then read
 * what callers said. It can't change the `Host` that the browser sends.
 */
const refuseForeignNames =
  (consoleHost: string): RequestHandler =>
  (request, response, next) => {
    const host = (request.headers.host ?? '').replace(/:\d{1,5}$/, '');
    if (isOwnName(host) || host.toLowerCase() === consoleHost.toLowerCase()) next();
    else sendError(response, 421, 'ask this console by its address, by localhost, or by the name in CONSOLE_HOST');
  };

/** The console port: what is known about calls, the kill switch, suggestions, health and metrics. */
export const consoleApp = (deps: ApiDeps): Express => {
  const app = bareExpress();
  app.use(helmet());
  serveHealth(app, deps);
  app.use(['/api', boardPath], refuseForeignNames(deps.consoleHost));
  app.use(['/api', boardPath], audited(deps));
  serveSwitch(app, deps);
  serveErasures(app, deps);
  serveAudit(app, deps);
  serveJobs(app, deps);
  const { webhooks, log } = deps;
  if (webhooks !== undefined) serveWebhooks(app, { webhooks, log });
  if (deps.board !== undefined) serveBoard(app, deps.board);
  serveSuggestions(app, deps);
  for (const [path, read] of Object.entries(readers(deps))) {
    app
      .route(path)
      .get(async (request, response) => {
        response.set('Cache-Control', 'no-store');
        try {
          const result = await read(request);
          if (result.kind === 'found') response.json(result.body);
          else sendError(response, result.status, result.message);
        } catch (thrown) {
          deps.log.error({ path, error: messageOf(thrown) }, 'the store did not answer');
          sendError(response, 503, 'the store can not be reached at the moment; calls go on, try again');
        }
      })
      .all(notAllowed('GET'));
  }
  app.use((request, response) => sendError(response, 404, `nothing at ${request.path.slice(0, 100)}`));
  app.use(endErrors(deps.log));
  return app;
};
