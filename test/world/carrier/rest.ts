import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { CallLeg } from './call-leg.ts';
import { readOrder, sourceOf } from './rest-create.ts';
import { FormProblem, type RestAnswer, RestForm, refuse } from './rest-form.ts';
import type { Order } from './world.ts';

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

interface RestAccount {
  readonly accountSid: string;
  readonly authToken: string;
  /** A leg by its sid. */
  leg(sid: string): CallLeg | undefined;
  owns(number: string): boolean;
  place(order: Order): CallLeg;
}

const describe = (account: RestAccount, leg: CallLeg, status = 200): RestAnswer => {
  const { sid, from, to, direction, parentSid } = leg.identity;
  const started = leg.startedAt.toUTCString();
  return {
    status,
    json: {
      sid,
      account_sid: account.accountSid,
      parent_call_sid: parentSid ?? null,
      api_version: '2010-04-01',
      from,
      to,
      status: leg.status,
      direction,
      answered_by: leg.answeredBy ?? null,
      date_created: started,
      start_time: started,
      end_time: leg.endedAt?.toUTCString() ?? null,
      duration: leg.durationSeconds === undefined ? null : String(leg.durationSeconds),
      uri: `/2010-04-01/Accounts/${account.accountSid}/Calls/${sid}.json`,
    },
  };
};

// The fallback and the time limit of a call that runs are not simulated, so they are refused, not forgotten.
const updatable = ['Url', 'Method', 'Twiml', 'Status', 'StatusCallback', 'StatusCallbackMethod'];

const isWaiting = ({ status }: CallLeg): boolean => status === 'queued' || status === 'ringing';

const change = (leg: CallLeg, body: string): RestAnswer | undefined => {
  const form = new RestForm(body, updatable);
  const status = form.oneOf('Status', ['completed', 'canceled']);
  if (status === 'canceled' && !isWaiting(leg)) return refuse(400, 21220, 'Call is in progress. Cannot cancel.');
  const source = sourceOf(form);
  const callback = form.callback('StatusCallback');
  if (callback !== undefined) leg.reportTo(callback);
  if (status === 'canceled') leg.end('rest-canceled', 'canceled');
  else if (status === 'completed')
    leg.end('rest-completed', isWaiting(leg) && leg.identity.direction !== 'inbound' ? 'canceled' : 'completed');
  else if (source !== undefined) leg.redirect(source);
  return undefined;
};

const update = (leg: CallLeg, body: string): RestAnswer | undefined =>
  leg.over ? refuse(400, 21220, 'Call is not in-progress. Cannot redirect.') : change(leg, body);

/** A parameter that can't be taken answers 400. */
const checked = (answer: () => RestAnswer): RestAnswer => {
  try {
    return answer();
  } catch (thrown) {
    if (thrown instanceof FormProblem) return refuse(400, thrown.code, thrown.message);
    throw thrown;
  }
};

const route = (account: RestAccount, { method, path, body }: RestRequest): RestAnswer => {
  const [, accountSid, callSid] = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls(?:\/([^/]+))?\.json$/.exec(path) ?? [];
  const leg = callSid === undefined ? undefined : account.leg(callSid);
  const isCreate = callSid === undefined && method === 'POST';
  if (accountSid !== account.accountSid || (leg === undefined && !isCreate))
    return refuse(404, 20404, `The requested resource ${path} was not found`);
  if (leg === undefined) return describe(account, account.place(readOrder(body, (number) => account.owns(number))), 201);
  if (method === 'GET') return describe(account, leg);
  if (method !== 'POST') return refuse(405, 20004, 'Method not allowed');
  return update(leg, body) ?? describe(account, leg);
};

/** Answers a request to `/2010-04-01/Accounts/{AC}/Calls….json` as Twilio's REST API does. */
export const answerRest = (account: RestAccount, request: RestRequest): RestAnswer => {
  const expected = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`;
  if (request.authorization !== expected) return refuse(401, 20003, 'Authenticate');
  return checked(() => route(account, request));
};

const serve = async (account: RestAccount, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(Buffer.from(part));
  const [path = ''] = (incoming.url ?? '').split('?', 1);
  const answer = answerRest(account, {
    method: incoming.method ?? '',
    path,
    authorization: incoming.headers.authorization,
    body: Buffer.concat(parts).toString('utf8'),
  });
  outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json));
};

/** A server for the REST API; it listens on no port yet. */
export const restServer = (account: RestAccount): Server =>
  createServer((incoming, outgoing) => {
    serve(account, incoming, outgoing).catch(() => outgoing.destroy());
  });
