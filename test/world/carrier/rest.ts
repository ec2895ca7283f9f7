import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { CallLeg } from './call-leg.ts';
import { methodOf } from './stream-plan.ts';

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface RestAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

interface RestAccount {
  readonly accountSid: string;
  readonly authToken: string;
  readonly calls: ReadonlyMap<string, { readonly leg: CallLeg }>;
}

const refuse = (status: number, code: number, message: string): RestAnswer => ({
  status,
  json: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

const describe = (account: RestAccount, leg: CallLeg): RestAnswer => {
  const { sid, from, to } = leg.identity;
  const started = leg.startedAt.toUTCString();
  return {
    status: 200,
    json: {
      sid,
      account_sid: account.accountSid,
      api_version: '2010-04-01',
      from,
      to,
      status: leg.status,
      direction: 'inbound',
      date_created: started,
      start_time: started,
      end_time: leg.over ? new Date(leg.record.clock.wall()).toUTCString() : null,
      duration: leg.over ? String(Math.round(leg.record.now / 1_000)) : null,
      uri: `/2010-04-01/Accounts/${account.accountSid}/Calls/${sid}.json`,
    },
  };
};

const redirect = (leg: CallLeg, form: URLSearchParams): RestAnswer | undefined => {
  const url = form.get('Url');
  const twiml = form.get('Twiml');
  if (url !== null) {
    if (!URL.canParse(url)) return refuse(400, 21205, `Url is not a valid URL: ${url}`);
    leg.redirect({ kind: 'url', purpose: 'rest', url, method: methodOf(form.get('Method') ?? undefined) });
  } else if (twiml !== null) {
    if (twiml.length > 4_000) return refuse(400, 20001, 'Twiml is longer than 4000 characters');
    leg.redirect({ kind: 'inline', twiml });
  }
  return undefined;
};

const update = (leg: CallLeg, form: URLSearchParams): RestAnswer | undefined => {
  if (leg.over) return refuse(400, 21220, 'Call is not in-progress. Cannot redirect.');
  const status = form.get('Status');
  if (status === null) return redirect(leg, form);
  if (status === 'completed') leg.end('rest-completed', 'completed');
  else if (status === 'canceled' && leg.status === 'ringing') leg.end('rest-canceled', 'canceled');
  else return refuse(400, status === 'canceled' ? 21220 : 20001, `Status can't become ${status}`);
  return undefined;
};

/** Answers a request to `/2010-04-01/Accounts/{AC}/Calls/{CA}.json` as Twilio's REST API does. */
export const answerRest = (account: RestAccount, request: RestRequest): RestAnswer => {
  const expected = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`;
  if (request.authorization !== expected) return refuse(401, 20003, 'Authenticate');
  const [, accountSid, callSid = ''] = /^\/2010-04-01\/Accounts\/([^/]+)\/Calls\/([^/]+)\.json$/.exec(request.path) ?? [];
  const leg = accountSid === account.accountSid ? account.calls.get(callSid)?.leg : undefined;
  if (leg === undefined) return refuse(404, 20404, `The requested resource ${request.path} was not found`);
  if (request.method === 'GET') return describe(account, leg);
  if (request.method !== 'POST') return refuse(405, 20004, 'Method not allowed');
  return update(leg, new URLSearchParams(request.body)) ?? describe(account, leg);
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
