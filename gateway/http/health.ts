import type { Express, RequestHandler } from 'express';

/** The process answers. Says nothing else, so it may be public. */
export const health: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'ok' });
};

export interface HealthDeps {
  /** Whether new calls can be taken. A rejection counts as no. */
  ready(): Promise<boolean>;
  /** All metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

const isReady = async (ready: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await ready();
  } catch {
    return false;
  }
};

/** The console port's `/healthz`, `/readyz` and `/metrics`. */
export const serveHealth = (app: Express, { ready, metrics }: HealthDeps): void => {
  app.get('/healthz', health);
  app.get('/readyz', async (_request, response) => {
    const yes = await isReady(ready);
    response
      .set('Cache-Control', 'no-store')
      .status(yes ? 200 : 503)
      .json({ status: yes ? 'ready' : 'not ready' });
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics());
  });
};
