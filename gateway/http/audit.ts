import type { Express, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { AuditLog, AuditNote } from '../../store/audit-log.ts';
import { redact } from '../../store/redact.ts';
import { onlyAllowed, sendProblem, unlessAway } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
import { queryOf, readQuery, withoutQuery } from './rest/query.ts';
import { auditCheckSchema, auditQuery, auditSchema } from './schemas/privacy.ts';

/** The record of who read or changed what over the console. */
export interface AuditDeps {
  readonly audit: AuditLog;
  readonly clock: Pick<Clock, 'wall'>;
  /** The header in which a proxy names who is logged in, in lower case; undefined: nobody is believed. */
  readonly consoleUserHeader: string | undefined;
  readonly log: Log;
}

const path = '/api/v1/audit';
/** Of what a client says of itself, in characters. */
const longest = 100;
const longestPath = 200;

const plain = (text: string, length: number): string => text.replace(/\p{Cc}/gu, '?').slice(0, length);

const headerOf = (request: Request, name: string): string => {
  const value = request.headers[name];
  return plain(Array.isArray(value) ? value.join(', ') : (value ?? ''), longest);
};

/** Where what a caller said, or what was said of them, is read: paths as routes have them, however somebody spells them. */
const tellsOfCalls = /^(\/api\/v1)?\/(calls\/.|handoffs(\/|$))/;

/** The path of the route that answered, like `/api/v1/calls/:id`; empty: none did. */
const routeOf = (request: Request): string => {
  const path: unknown = request.route?.path;
  return typeof path === 'string' ? path : '';
};

/** Whether a file to take away was served, whatever made us serve it. */
const isExport = (response: Response): boolean =>
  response.hasHeader('Content-Disposition') || /^text\/csv\b/.test(String(response.getHeader('Content-Type')));

/** What a request did; undefined: nothing that is noted. */
const deedOf = (request: Request, response: Response): AuditNote['did'] | undefined => {
  const route = routeOf(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return route === '/api/v1/erasures' ? 'erased' : 'changed';
  if (isExport(response)) return 'exported';
  return tellsOfCalls.test(route) ? 'read' : undefined;
};

/** As it was read: with its names and values decoded, and without numbers of callers. */
const filterOf = (request: Request): string => {
  const query = [...queryOf(request)].map(([name, value]) => `${name}=${value}`).join('&');
  return query === '' ? '' : `?${redact(query)}`;
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const whatOf = (did: AuditNote['did'], request: Request, response: Response): string => {
  // What was made has a name; a number that was sent has none.
  const made = response.getHeader('Location');
  const path = typeof made === 'string' ? made : decoded(request.baseUrl + request.path);
  return plain(`${request.method} ${path}${did === 'exported' ? filterOf(request) : ''}`, longestPath);
};

const whenAndWho = ({ clock, consoleUserHeader }: AuditDeps, request: Request): Pick<AuditNote, 'at' | 'who'> => {
  const who = consoleUserHeader === undefined ? '' : headerOf(request, consoleUserHeader);
  return { at: new Date(clock.wall()).toISOString(), who: who === '' ? null : who };
};

/**
 * Notes who got what, behind the answer: nobody waits for it, and an answer that refused is not noted. What was broken off is: most of an
 * export is one, and a change that nobody waited for is made all the same.
 */
export const audited =
  (deps: AuditDeps): RequestHandler =>
  (request, response, next) => {
    // Read now: who has hung up has no address any more.
    const from = `${request.socket.remoteAddress ?? ''} ${headerOf(request, 'user-agent')}`.trim();
    response.on('close', () => {
      const did = response.statusCode < 400 ? deedOf(request, response) : undefined;
      if (did === undefined) return;
      const note = { ...whenAndWho(deps, request), did, what: whatOf(did, request, response), from };
      deps.audit
        .note(note)
        .catch((error) =>
          deps.log.error({ path: note.what, error: messageOf(error) }, 'what was done is not in the audit log'),
        );
    });
    next();
  };

export const describeAudit: Description = {
  [`GET ${path}`]: {
    summary: 'Who read, exported, changed or erased what over the console',
    query: auditQuery,
    answers: { 200: { description: 'Newest first.', schema: auditSchema } },
  },
  [`GET ${path}/check`]: {
    summary: 'Whether the audit log is as it was written',
    answers: { 200: { description: 'What came of it.', schema: auditCheckSchema } },
  },
};

/** `GET /api/v1/audit`, newest first, and `GET /api/v1/audit/check`: whether all of it is as it was written. */
export const serveAudit = (app: Express, deps: AuditDeps): void => {
  const list = unlessAway(deps.log, async (request, response) => {
    const read = readQuery(queryOf(request), auditQuery);
    if ('problem' in read) return sendProblem(response, 400, read.problem);
    const { limit, cursor } = read.value;
    response.json(await deps.audit.list({ limit, ...(cursor === undefined ? {} : { cursor }) }));
  });
  const check = unlessAway(deps.log, async (_request, response) => {
    response.json(await deps.audit.verify());
  });
  app.route(path).get(list).all(onlyAllowed('GET'));
  app.route(`${path}/check`).all(withoutQuery).get(check).all(onlyAllowed('GET'));
};
