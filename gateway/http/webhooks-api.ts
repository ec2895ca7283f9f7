import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { messageOf } from '../../infra/errors.ts';
import { webhookTypes } from '../../store/webhooks/types.ts';
import { onlyAllowed, sendProblem } from './console-answers.ts';
import type { Log } from './deps.ts';
import type { Description } from './describe.ts';
import { withoutQuery } from './rest/query.ts';
import {
  deliveriesSchema,
  endpointSchema,
  endpointsSchema,
  endpointWithSecretSchema,
  triedSchema,
} from './schemas/webhooks.ts';

/** As it was asked for. */
export interface WebhookWishes {
  readonly url?: string | undefined;
  readonly events?: readonly (typeof webhookTypes)[number][] | undefined;
  readonly enabled?: boolean | undefined;
}

/** What it became, or why not. */
type Made = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

/** Endpoints of webhooks. A rejection means that the store is away; undefined: there is no such endpoint. */
export interface WebhooksDeps {
  readonly webhooks: {
    list(): Promise<readonly unknown[]>;
    find(id: string): Promise<unknown>;
    create(wishes: WebhookWishes): Promise<Made>;
    update(id: string, wishes: WebhookWishes): Promise<Made | undefined>;
    remove(id: string): Promise<boolean>;
    rotate(id: string): Promise<unknown>;
    test(id: string): Promise<unknown>;
    deliveries(id: string): Promise<readonly unknown[] | undefined>;
  };
  readonly log: Log;
}

const path = '/api/v1/webhooks';

const events = z
  .array(z.enum(webhookTypes, { error: `events must be of: ${webhookTypes.join(', ')}` }), 'events must be a list')
  .min(1, 'events must not be empty');
const url = z.string('url must be a text');
const enabled = z.boolean('enabled must be true or false');
const unknownField = ({ code }: { readonly code?: string }) =>
  code === 'unrecognized_keys' ? 'there is only url, events and enabled' : 'send a JSON object';
const toCreate = z.strictObject({ url, events: events.optional(), enabled: enabled.optional() }, { error: unknownField });
const toUpdate = toCreate.partial();

const named = { id: 'The id of an endpoint.' };

export const describeWebhooks: Description = {
  [`GET ${path}`]: {
    summary: 'Servers that are told of calls',
    answers: { 200: { description: 'All of them.', schema: endpointsSchema } },
  },
  [`POST ${path}`]: {
    summary: 'Tell a server of calls',
    body: toCreate,
    answers: { 201: { description: 'With the secret that signs.', schema: endpointWithSecretSchema } },
  },
  [`GET ${path}/{id}`]: {
    summary: 'One of these servers',
    named,
    answers: { 200: { description: 'As it is now.', schema: endpointSchema } },
  },
  [`PATCH ${path}/{id}`]: {
    summary: 'Change its address, what it is told of, or turn it on or off',
    named,
    body: toUpdate,
    answers: { 200: { description: 'As it is now.', schema: endpointSchema } },
  },
  [`DELETE ${path}/{id}`]: { summary: 'Tell it nothing any more', named, answers: { 204: { description: 'Done.' } } },
  [`POST ${path}/{id}/test`]: {
    summary: 'Send a test now',
    named,
    answers: { 200: { description: 'What came of it.', schema: triedSchema } },
  },
  [`POST ${path}/{id}/rotate`]: {
    summary: 'A new secret; for a day the one before signs too',
    named,
    answers: { 200: { description: 'With the new secret.', schema: endpointWithSecretSchema } },
  },
  [`GET ${path}/{id}/deliveries`]: {
    summary: 'What was sent to it',
    named,
    answers: { 200: { description: 'The newest first.', schema: deliveriesSchema } },
  },
};

type Read = { readonly ok: true; readonly wishes: WebhookWishes } | { readonly ok: false; readonly why: string };

const read = (body: Buffer, schema: z.ZodType<WebhookWishes>): Read => {
  try {
    const parsed = schema.safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return { ok: true, wishes: parsed.data };
    return { ok: false, why: parsed.error.issues.map(({ message }) => message).join('; ') };
  } catch {
    return { ok: false, why: 'the body must be JSON, like { "url": "https://hooks.example.com/calls" }' };
  }
};

const idOf = (request: Request): string => String(request.params['id']);

const sendFound = (request: Request, response: Response, found: unknown): void => {
  if (found === undefined)
    sendProblem(response, 404, `no webhook endpoint ${idOf(request).slice(0, 50)}; GET ${path} lists them`);
  else response.json(found);
};

/** What the body wishes; undefined when the request was answered. */
const wishesIn = (request: Request, response: Response, schema: z.ZodType<WebhookWishes>): WebhookWishes | undefined => {
  const body: unknown = request.body;
  if (!Buffer.isBuffer(body)) {
    sendProblem(response, 415, 'Content-Type must be application/json');
    return undefined;
  }
  const wished = read(body, schema);
  if (wished.ok) return wished.wishes;
  sendProblem(response, 400, wished.why);
  return undefined;
};

const create = async ({ webhooks }: WebhooksDeps, request: Request, response: Response): Promise<void> => {
  const wishes = wishesIn(request, response, toCreate);
  if (wishes === undefined) return;
  const made = await webhooks.create(wishes);
  if (made.ok) response.status(201).json(made.value);
  else sendProblem(response, 400, made.why);
};

const update = async ({ webhooks }: WebhooksDeps, request: Request, response: Response): Promise<void> => {
  const wishes = wishesIn(request, response, toUpdate);
  if (wishes === undefined) return;
  const made = await webhooks.update(idOf(request), wishes);
  if (made?.ok === false) sendProblem(response, 400, made.why);
  else sendFound(request, response, made?.value);
};

const remove = async ({ webhooks }: WebhooksDeps, request: Request, response: Response): Promise<void> => {
  if (await webhooks.remove(idOf(request))) response.status(204).end();
  else sendFound(request, response, undefined);
};

type Answer = (request: Request, response: Response) => Promise<void>;

/** `/api/v1/webhooks` and what is under it. Expects that foreign names and pages are refused before. */
export const serveWebhooks = (app: Express, deps: WebhooksDeps): void => {
  const { webhooks } = deps;
  const answered =
    (answer: Answer): RequestHandler =>
    async (request, response) => {
      response.set('Cache-Control', 'no-store');
      try {
        await answer(request, response);
      } catch (thrown) {
        deps.log.error({ path, error: messageOf(thrown) }, 'the store did not answer');
        sendProblem(
          response,
          503,
          'the store can not be reached at the moment, so nothing has changed; calls go on, try again',
        );
      }
    };
  const found = (find: (id: string) => Promise<unknown>): RequestHandler =>
    answered(async (request, response) => sendFound(request, response, await find(idOf(request))));
  const body = express.raw({ type: 'application/json', limit: 16_384, inflate: false });
  app
    .route(path)
    .all(withoutQuery)
    .get(answered(async (_request, response) => void response.json({ webhooks: await webhooks.list() })))
    .post(
      body,
      answered((request, response) => create(deps, request, response)),
    )
    .all(onlyAllowed('GET, POST'));
  app
    .route(`${path}/:id`)
    .all(withoutQuery)
    .get(found((id) => webhooks.find(id)))
    .patch(
      body,
      answered((request, response) => update(deps, request, response)),
    )
    .delete(answered((request, response) => remove(deps, request, response)))
    .all(onlyAllowed('GET, PATCH, DELETE'));
  app
    .route(`${path}/:id/test`)
    .all(withoutQuery)
    .post(found((id) => webhooks.test(id)))
    .all(onlyAllowed('POST'));
  app
    .route(`${path}/:id/rotate`)
    .all(withoutQuery)
    .post(found((id) => webhooks.rotate(id)))
    .all(onlyAllowed('POST'));
  app
    .route(`${path}/:id/deliveries`)
    .all(withoutQuery)
    .get(
      found(async (id) => {
        const deliveries = await webhooks.deliveries(id);
        return deliveries && { deliveries };
      }),
    )
    .all(onlyAllowed('GET'));
};
