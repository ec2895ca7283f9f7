import type { Express, Request, RequestHandler, Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { isJobKey } from '../../infra/queue/job-timing.ts';
import type { JobQueue } from '../../infra/queue/queue.ts';
import { onlyAllowed, sendProblem } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
import { queryOf, readQuery, withoutQuery } from './rest/query.ts';
import { deadJobsSchema, deadQuery, jobsSchema, retriedSchema } from './schemas/jobs.ts';

/** The jobs, as their queue tells of them. A rejection means that the store is away. */
export interface JobsDeps {
  readonly jobs: Pick<JobQueue, 'counts' | 'dead' | 'retry'>;
  readonly log: Log;
}

const path = '/api/v1/jobs';

export const describeJobs: Description = {
  [`GET ${path}`]: {
    summary: 'How many jobs wait, run and are dead, by name',
    answers: { 200: { description: 'The counts.', schema: jobsSchema } },
  },
  [`GET ${path}/dead`]: {
    summary: 'Jobs that failed for good, those that died last first',
    query: deadQuery,
    answers: { 200: { description: 'The jobs.', schema: deadJobsSchema } },
  },
  [`POST ${path}/dead/{name}/{key}/retry`]: {
    summary: 'Give a dead job all its attempts again',
    description: 'Pages of other origins can not.',
    named: { name: 'The name of the job.', key: 'Its key.' },
    answers: {
      202: { description: 'It waits again.', schema: retriedSchema },
      404: { description: 'No dead job has this name and key.' },
    },
  },
};

const listDead = async ({ jobs }: JobsDeps, request: Request, response: Response): Promise<void> => {
  const read = readQuery(queryOf(request), deadQuery);
  if ('problem' in read) return sendProblem(response, 400, read.problem);
  const dead = await jobs.dead(read.value.limit);
  response.json({ dead: dead.map((job) => ({ ...job, diedAt: new Date(job.diedAt).toISOString() })) });
};

const retry = async ({ jobs }: JobsDeps, request: Request, response: Response): Promise<void> => {
  const [name, key] = [String(request.params['name']), String(request.params['key'])];
  if (isJobKey(key) && (await jobs.retry({ name, key }))) {
    response.status(202).json({ name, key, state: 'waiting' });
    return;
  }
  sendProblem(response, 404, 'no dead job of this name and key; GET /api/v1/jobs/dead lists them');
};

/** `GET /api/v1/jobs`, `GET /api/v1/jobs/dead` and `POST /api/v1/jobs/dead/{name}/{key}/retry`. Expects that foreign names and pages are refused before. */
export const serveJobs = (app: Express, deps: JobsDeps): void => {
  const answered =
    (answer: (request: Request, response: Response) => Promise<void>): RequestHandler =>
    async (request, response) => {
      response.set('Cache-Control', 'no-store');
      try {
        await answer(request, response);
      } catch (thrown) {
        deps.log.error({ path, error: messageOf(thrown) }, 'the store did not answer');
        sendProblem(response, 503, 'the store can not be reached at the moment; jobs go on when it is back, try again');
      }
    };
  app
    .route(path)
    .all(withoutQuery)
    .get(answered(async (_request, response) => void response.json({ jobs: await deps.jobs.counts() })))
    .all(onlyAllowed('GET'));
  app
    .route(`${path}/dead`)
    .get(answered((request, response) => listDead(deps, request, response)))
    .all(onlyAllowed('GET'));
  app
    .route(`${path}/dead/:name/:key/retry`)
    .all(withoutQuery)
    .post(answered((request, response) => retry(deps, request, response)))
    .all(onlyAllowed('POST'));
};
