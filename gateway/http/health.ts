import type { Express, RequestHandler } from 'express';

/** The process answers. Says nothing else, so it may be public. */
export const health: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ status: 'ok' });
};

/** Why no new calls should come here, or `ready`. */
export type Readiness = 'ready' | 'full' | 'draining' | 'store-away';

export interface HealthDeps {
  /** Whether new calls can be taken. A rejection means that the store is away. */
  ready(): Promise<Readiness>;
  /** All metrics in Prometheus' text format. */
  metrics(): Promise<string>;
}

const readinessOf = async (ready: () => Promise<Readiness>): Promise<Readiness> => {
  try {
    return await ready();
  } catch {
    return 'store-away';
  }
};

/** The console port's `/healthz`, `/readyz` and `/metrics`. */
export const serveHealth = (app: Express, { ready, metrics }: HealthDeps): void => {
  app.get('/healthz', health);
  app.get('/readyz', async (_request, response) => {
    const status = await readinessOf(ready);
    response
      .set('Cache-Control', 'no-store')
      .status(status === 'ready' ? 200 : 503)
      .json({ status });
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics());
  });
};
