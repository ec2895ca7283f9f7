import { createServer, type RequestListener, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { type HttpDeps, type Log, paths } from './deps.ts';
import { maxFormBytes } from './form.ts';
import { health } from './health.ts';
import { announceIntakes } from './intakes.ts';
import { refusals } from './refusals.ts';
import { serveScreen } from './screen.ts';
import { voiceAnswers } from './voice.ts';
import { type Answer, webhook } from './webhook.ts';

/** A bare express: no header that names it, no query parser of its own, no trust in proxies' headers. */
export const bareExpress = (): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  return app;
};

const statusOf = (thrown: unknown): number => {
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
};

/** The last handler: bad input gets its 4xx, a surprise is logged; either way the body is empty. */
export const endErrors =
  (log: Log): ErrorRequestHandler =>
  // biome-ignore lint/complexity/useMaxParams: express tells error handlers by their four parameters
  (thrown, request, response, _next) => {
    const status = statusOf(thrown);
    if (status === 500) log.error({ path: request.path, error: messageOf(thrown) }, 'a request failed');
    if (response.headersSent) response.destroy();
    else response.status(status).end();
  };

/** Answers 405 and names what is allowed. */
export const notAllowed =
  (allow: string): RequestHandler =>
  (_request, response) => {
    response.set('Allow', allow).status(405).end();
  };

/** The public port: Twilio's webhooks, what IVRs announce, the pages of people who take callers over, and a health check. The media socket is attached to its server, see `attachMediaSocket`. */
export const publicApp = (deps: HttpDeps): Express => {
  const app = bareExpress();
  const answers = voiceAnswers(deps);
  const tellRefusal = refusals(deps);
  const readBody = express.raw({ type: 'application/x-www-form-urlencoded', limit: maxFormBytes, inflate: false });
  const serve = (path: string, answer: Answer): void => {
    const guarded = webhook(deps, tellRefusal, answer);
    // HEAD first: express would answer it with the GET handler.
    app.route(path).head(notAllowed('GET, POST')).get(guarded).post(readBody, guarded).all(notAllowed('GET, POST'));
  };
  serve(paths.voice, answers.voice);
  serve(paths.after, answers.after);
  serve(`${paths.after}/:stream`, answers.after);
  serve(`${paths.transfer}/:callId/:transfer/:step`, answers.transfer);
  serve(`${paths.payment}/:callId/:payment/back`, answers.payment);
  serve(paths.status, answers.status);
  serve(paths.streamStatus, answers.streamStatus);
  serve(paths.fallback, answers.fallback);
  app.all(paths.media, (_request, response) => {
    response.set('Upgrade', 'websocket').status(426).end();
  });
  serveScreen(app, deps, notAllowed('GET, HEAD, POST'));
  if (deps.announcing !== undefined)
    app
      .route(paths.intakes)
      .post(...announceIntakes(deps, deps.announcing))
      .all(notAllowed('POST'));
  app.get('/healthz', health);
  app.use((_request, response) => {
    response.status(404).end();
  });
  app.use(endErrors(deps.log));
  return app;
};

/** An HTTP server that cuts slow and oversized requests off, and takes no upgrade but to WebSocket. */
export const hardenedServer = (handler: RequestListener): Server => {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    handler,
  );
  server.maxHeadersCount = 100;
  return server;
};
