import type { Express, RequestHandler } from 'express';
import { z } from 'zod';
import type { Description } from './describe.ts';

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

const statusSchema = z.object({ status: z.string() });

export const describeHealth: Description = {
  'GET /healthz': {
    summary: 'The process answers',
    isHealth: true,
    answers: { 200: { description: 'It does.', schema: statusSchema } },
  },
  'GET /readyz': {
    summary: 'New calls can be taken',
    isHealth: true,
    answers: {
      200: { description: 'They can.', schema: statusSchema },
      503: { description: 'They can not: `full`, `draining` or `store-away`.', schema: statusSchema },
    },
  },
  'GET /metrics': {
    summary: 'All metrics of this process, for Prometheus',
    isHealth: true,
    answers: { 200: { description: 'Prometheus’ text format.', text: 'text/plain' } },
  },
};

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
