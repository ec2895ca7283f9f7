import express, { type Express, type RequestHandler, type Response } from 'express';
import { messageOf } from '../../infra/errors.ts';
import { onlyAllowed, sendProblem } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
import { withoutQuery } from './rest/query.ts';
import { switchBody, switchSchema } from './schemas/switch.ts';

/** The switch that sends every new call to people. */
export interface SwitchDeps {
  readonly killSwitch: {
    /** As it leaves the house. */
    readonly state: unknown;
    /** For all processes; `held`: a setting keeps it on. A rejection means that the store is away. */
    put(on: boolean): Promise<'put' | 'held'>;
  };
  readonly log: Log;
}

const path = '/api/v1/switch';

export const describeSwitch: Description = {
  [`GET ${path}`]: {
    summary: 'The kill switch',
    needsNoStore: true,
    answers: { 200: { description: 'How it is now.', schema: switchSchema } },
  },
  [`PUT ${path}`]: {
    summary: 'Put the kill switch on or off, for all processes',
    description: 'Pages of other origins can not. While it is on, every new call goes to people; running calls go on.',
    body: switchBody,
    answers: {
      200: { description: 'How it is now.', schema: switchSchema },
      409: { description: 'A setting holds it on.' },
    },
  },
};

const wanted = 'send { "on": true } or { "on": false }';

/** What the body asks for; undefined: nothing that we know. */
const askedFor = (body: Buffer): boolean | undefined => {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const on: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'on') : undefined;
    return typeof on === 'boolean' ? on : undefined;
  } catch {
    return undefined;
  }
};

const put = async ({ killSwitch, log }: SwitchDeps, on: boolean, response: Response): Promise<void> => {
  try {
    const done = await killSwitch.put(on);
    if (done === 'put') response.json(killSwitch.state);
    else sendProblem(response, 409, 'THROUGHLINE_KILL_SWITCH holds it on; take that setting away and restart');
  } catch (thrown) {
    log.error({ path, error: messageOf(thrown) }, 'the kill switch was not put: the store did not answer');
    sendProblem(
      response,
      503,
      'the store can not be reached, so nothing has changed; THROUGHLINE_KILL_SWITCH=on needs no store',
    );
  }
};

/** `GET` and `PUT /api/v1/switch`. Expects that foreign names and pages are refused before. */
export const serveSwitch = (app: Express, deps: SwitchDeps): void => {
  const fresh: RequestHandler = (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  };
  app
    .route(path)
    .all(fresh, withoutQuery)
    .get((_request, response) => {
      response.json(deps.killSwitch.state);
    })
    .put(express.raw({ type: 'application/json', limit: 1_024, inflate: false }), async (request, response) => {
      const body: unknown = request.body;
      if (!Buffer.isBuffer(body)) return sendProblem(response, 415, `Content-Type must be application/json; ${wanted}`);
      const on = askedFor(body);
      if (on === undefined) return sendProblem(response, 400, wanted);
      await put(deps, on, response);
    })
    .all(onlyAllowed('GET, PUT'));
};
