import express, { type Express, type Request, type Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { isOneCaller } from '../../store/caller-memory.ts';
import type { Erasures } from '../../store/erasure.ts';
import { onlyAllowed, sendProblem } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
import { withoutQuery } from './rest/query.ts';
import { erasureBody, erasureSchema } from './schemas/privacy.ts';

/** Erasing all that is known of a caller. */
export interface ErasureDeps {
  /** A rejection means that the store is away. */
  readonly erasures: Pick<Erasures, 'order' | 'find'>;
  readonly log: Log;
}

const path = '/api/v1/erasures';
export const describeErasures: Description = {
  [`POST ${path}`]: {
    summary: 'Erase all that is known of a caller',
    description: 'Pages of other origins can not. Calls that go on are erased when they are over.',
    body: erasureBody,
    answers: {
      202: { description: 'A receipt.', schema: erasureSchema, headers: { Location: 'Where it is.' } },
    },
  },
  [`GET ${path}/{id}`]: {
    summary: 'How an erasure stands',
    named: { id: 'The id of a receipt.' },
    answers: { 200: { description: 'The receipt as it is now.', schema: erasureSchema } },
  },
};

const wanted = 'send { "number": "+14155550134" }: a caller\'s number in E.164 form';
const receiptId = /^[0-9a-f]{24}$/;

/** The number that the body names, or what is wrong with it. */
const askedFor = (body: Buffer): { readonly number: string } | { readonly problem: string } => {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const number: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'number') : undefined;
    if (typeof number !== 'string') return { problem: wanted };
    const isRight = /^\+[1-9]\d{6,14}$/.test(number);
    if (!isRight) return { problem: `number must be + and 7 to 15 digits, the country code first; ${wanted}` };
    return isOneCaller(number)
      ? { number }
      : { problem: 'carriers write this number for callers who hide theirs: it stands for nobody' };
  } catch {
    return { problem: wanted };
  }
};

const answers = ({ erasures, log }: ErasureDeps) => {
  const unlessAway = async (response: Response, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (thrown) {
      log.error({ path, error: messageOf(thrown) }, 'the store did not answer');
      sendProblem(response, 503, 'the store can not be reached at the moment; calls go on, try again');
    }
  };
  return {
    order: async (request: Request, response: Response): Promise<void> => {
      const body: unknown = request.body;
      if (!Buffer.isBuffer(body)) return sendProblem(response, 415, `Content-Type must be application/json; ${wanted}`);
      const asked = askedFor(body);
      if ('problem' in asked) return sendProblem(response, 400, asked.problem);
      await unlessAway(response, async () => {
        const receipt = await erasures.order(asked.number);
        response.status(202).location(`${path}/${receipt.id}`).json(receipt);
      });
    },
    find: async (request: Request, response: Response): Promise<void> => {
      const id = String(request.params['id']);
      await unlessAway(response, async () => {
        const receipt = receiptId.test(id) ? await erasures.find(id) : undefined;
        if (receipt === undefined) sendProblem(response, 404, 'no such erasure; receipts are kept for 400 days');
        else response.json(receipt);
      });
    },
  };
};

/** `POST /api/v1/erasures` and `GET /api/v1/erasures/:id`. Expects that foreign names and pages are refused before. */
export const serveErasures = (app: Express, deps: ErasureDeps): void => {
  const { order, find } = answers(deps);
  const readBody = express.raw({ type: 'application/json', limit: 1_024, inflate: false });
  app.use(path, (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.route(path).all(withoutQuery).post(readBody, order).all(onlyAllowed('POST'));
  app.route(`${path}/:id`).all(withoutQuery).get(find).all(onlyAllowed('GET'));
};
