import type { Express, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { AuditLog, AuditNote } from '../../store/audit-log.ts';
import { redact } from '../../store/redact.ts';
import { onlyAllowed, sendProblem, unlessAway } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
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
const defaultLimit = 50;
const maxLimit = 200;
/** Of what a client says of itself, in characters. */
const longest = 100;
const longestPath = 200;

const plain = (text: string, length: number): string => text.replace(/\p{Cc}/gu, '?').slice(0, length);

const headerOf = (request: Request, name: string): string => {
  const value = request.headers[name];
  return plain(Array.isArray(value) ? value.join(', ') : (value ?? ''), longest);
};

/** What a caller said, or said of them, is read there. Lists of ids and figures are not. */
const tellsOfCalls = /^(\/api\/v1)?\/(calls\/.|handoffs(\/|$))/;
const isExport = (request: Request, pathname: string): boolean =>
  /\/exports?(\/|$)|\.csv$/.test(pathname) ||
  /[?&]format=csv(&|$)/.test(request.originalUrl) ||
  /\btext\/csv\b/.test(request.headers.accept ?? '');

/** What a request did; undefined: nothing that is noted. */
const deedOf = (request: Request, pathname: string): AuditNote['did'] | undefined => {
  if (request.method !== 'GET' && request.method !== 'HEAD') return pathname === '/api/v1/erasures' ? 'erased' : 'changed';
  if (isExport(request, pathname)) return 'exported';
  return tellsOfCalls.test(pathname) ? 'read' : undefined;
};

const noteOf = ({ clock, consoleUserHeader }: AuditDeps, request: Request, response: Response): AuditNote | undefined => {
  const [pathname = '', query = ''] = request.originalUrl.split('?', 2);
  const did = deedOf(request, pathname);
  if (did === undefined) return undefined;
  // What was made has a name; a number that was sent has none.
  const made = response.getHeader('Location');
  const filter = did === 'exported' && query !== '' ? `?${redact(decoded(query))}` : '';
  const who = consoleUserHeader === undefined ? '' : headerOf(request, consoleUserHeader);
  return {
    at: new Date(clock.wall()).toISOString(),
    who: who === '' ? null : who,
    did,
    what: plain(`${request.method} ${typeof made === 'string' ? made : pathname}${filter}`, longestPath),
    from: `${request.socket.remoteAddress ?? ''} ${headerOf(request, 'user-agent')}`.trim(),
  };
};

const decoded = (query: string): string => {
  try {
    return decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    return query;
  }
};

/** Notes who got what, behind the answer: nobody waits for it, and an answer that refused is not noted. */
export const audited =
  (deps: AuditDeps): RequestHandler =>
  (request, response, next) => {
    response.on('finish', () => {
      const note = response.statusCode < 400 ? noteOf(deps, request, response) : undefined;
      if (note === undefined) return;
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
    const query = new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));
    const [limit, cursor] = [query.get('limit') ?? String(defaultLimit), query.get('cursor')];
    if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > maxLimit)
      return sendProblem(response, 400, `limit must be a whole number from 1 to ${maxLimit}`);
    if (cursor !== null && !/^[1-9]\d{0,14}$/.test(cursor))
      return sendProblem(response, 400, 'cursor must be the one that an earlier answer gave');
    response.json(await deps.audit.list({ limit: Number(limit), ...(cursor === null ? {} : { cursor }) }));
  });
  const check = unlessAway(deps.log, async (_request, response) => {
    response.json(await deps.audit.verify());
  });
  app.route(path).get(list).all(onlyAllowed('GET'));
  app.route(`${path}/check`).get(check).all(onlyAllowed('GET'));
};
