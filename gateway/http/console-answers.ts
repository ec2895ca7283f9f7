import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from './deps.ts';

/** An error as RFC 9457 has it. `detail` says what is wrong, where, and what to do. */
export const sendProblem = (response: Response, status: number, detail: string): void => {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }));
};

/** Answers 405 and names what is allowed. */
export const onlyAllowed =
  (allow: string): RequestHandler =>
  (request, response) => {
    response.set('Allow', allow);
    sendProblem(response, 405, `${request.method} is not for ${request.path.slice(0, 100)}; there is ${allow}`);
  };

/** Never kept by a browser or a proxy, and 503 in our words when the store rejects. */
export const unlessAway =
  (log: Log, answer: (request: Request, response: Response) => Promise<void>): RequestHandler =>
  async (request, response) => {
    response.set('Cache-Control', 'no-store');
    try {
      await answer(request, response);
    } catch (thrown) {
      log.error({ path: request.path, error: messageOf(thrown) }, 'the store did not answer');
      // What has begun can't be called an error any more: it breaks off, and whoever reads it notices.
      if (response.headersSent) response.destroy();
      else sendProblem(response, 503, 'the store can not be reached at the moment; calls go on, try again');
    }
  };

const statusOf = (thrown: unknown): number => {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
};

/** The last handler: bad input gets its 4xx, a surprise is logged and not told. */
export const endWithProblem =
  (log: Log): ErrorRequestHandler =>
  // biome-ignore lint/complexity/useMaxParams: express tells error handlers by their four parameters
  (thrown, request, response, _next) => {
    const status = statusOf(thrown);
    if (status === 500) log.error({ path: request.path, error: messageOf(thrown) }, 'a request failed');
    if (response.headersSent) response.destroy();
    else if (status === 500) sendProblem(response, 500, 'this request failed on our side; the log says why');
    else sendProblem(response, status, 'this request can not be read');
  };
