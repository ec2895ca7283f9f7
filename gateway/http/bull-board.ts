import type { Queue } from 'bullmq';
import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';

/** Where the board is on the console port. */
const boardPath = '/queues';

/**
 * Bull Board over these queues. Its packages are loaded here and only here: who does not want it pays nothing. Rejects when they are not
 * installed.
 */
export const bullBoard = async (queues: readonly Queue[]): Promise<RequestHandler> => {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const serverAdapter = new ExpressAdapter().setBasePath(boardPath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'throughline jobs' } },
  });
  const app: Express = serverAdapter.getRouter();
  return app.disable('x-powered-by');
};

/** Its page styles itself in place, and would fetch fonts from elsewhere: it gets the first and not the second. It runs only what it came with. */
const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'self'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
});

/** Puts the board on the console. Expects that foreign names and pages are refused before. */
export const serveBoard = (app: Express, board: RequestHandler): void => {
  app.use(boardPath, policy, board);
};
