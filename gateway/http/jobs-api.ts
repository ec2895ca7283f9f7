import type { Express, Request, RequestHandler, Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { isJobKey } from '../../infra/queue/job-timing.ts';
import type { JobQueue } from '../../infra/queue/queue.ts';
import { notAllowed } from './app.ts';
import { refuseForeignPages, sendError } from './console-answers.ts';
import type { Log } from './deps.ts';

/** The jobs, as their queue tells of them. A rejection means that the store is away. */
export interface JobsDeps {
  readonly jobs: Pick<JobQueue, 'counts' | 'dead' | 'retry'>;
  readonly log: Log;
}

const path = '/api/v1/jobs';
const defaultLimit = 50;
const maxLimit = 200;

const limitOf = ({ originalUrl }: Request): number | undefined => {
  const text = new URLSearchParams(originalUrl.split('?').slice(1).join('?')).get('limit') ?? String(defaultLimit);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= maxLimit ? limit : undefined;
};

const listDead = async ({ jobs }: JobsDeps, request: Request, response: Response): Promise<void> => {
  const limit = limitOf(request);
  if (limit === undefined) return sendError(response, 400, `limit must be a whole number from 1 to ${maxLimit}`);
  const dead = await jobs.dead(limit);
  response.json({ dead: dead.map((job) => ({ ...job, diedAt: new Date(job.diedAt).toISOString() })) });
};

const retry = async ({ jobs }: JobsDeps, request: Request, response: Response): Promise<void> => {
  const [name, key] = [String(request.params['name']), String(request.params['key'])];
  if (isJobKey(key) && (await jobs.retry({ name, key }))) {
    response.status(202).json({ name, key, state: 'waiting' });
    return;
  }
  sendError(response, 404, 'no dead job of this name and key; GET /api/v1/jobs/dead lists them');
};

/** `GET /api/v1/jobs`, `GET /api/v1/jobs/dead` and `POST /api/v1/jobs/dead/{name}/{key}/retry`. Expects that names which are not ours are refused before. */
export const serveJobs = (app: Express, deps: JobsDeps): void => {
  const answered =
    (answer: (request: Request, response: Response) => Promise<void>): RequestHandler =>
    async (request, response) => {
      response.set('Cache-Control', 'no-store');
      try {
        await answer(request, response);
      } catch (thrown) {
        deps.log.error({ path, error: messageOf(thrown) }, 'the store did not answer');
        sendError(response, 503, 'the store can not be reached at the moment; jobs go on when it is back, try again');
      }
    };
  app
    .route(path)
    .get(answered(async (_request, response) => void response.json({ jobs: await deps.jobs.counts() })))
    .all(notAllowed('GET'));
  app
    .route(`${path}/dead`)
    .get(answered((request, response) => listDead(deps, request, response)))
    .all(notAllowed('GET'));
  app
    .route(`${path}/dead/:name/:key/retry`)
    .post(
      refuseForeignPages,
      answered((request, response) => retry(deps, request, response)),
    )
    .all(notAllowed('POST'));
};
