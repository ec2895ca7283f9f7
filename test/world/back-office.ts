import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ApiKey {
  prefix: string;
  activatedAt: string;
  status: 'active' | 'revoked';
}

interface Account {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly status: string;
  readonly phone: string;
  apiKey: ApiKey;
}

interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly authorizationHeader: 'missing' | 'malformed' | 'present';
  readonly note: string;
}

interface Invoice {
  readonly number: string;
  readonly period: string;
  readonly amount: number;
  readonly currency: string;
  status: string;
  readonly lines: readonly { readonly text: string; readonly amount: number }[];
}

/** A payment as the processor tells the back office of it. */
export interface RecordedPayment {
  readonly invoice: string;
  readonly amount: string;
  readonly currency: string;
  readonly confirmationCode: string;
}

/** Everything the back office knows. Tests may look, and change it. */
export interface BackOfficeState {
  readonly accounts: Map<string, Account>;
  /** Newest first, by account. */
  readonly requests: Map<string, LoggedRequest[]>;
  readonly invoices: Map<string, Invoice[]>;
  /** Oldest first. */
  readonly payments: RecordedPayment[];
  /** The PIN of each account, and how often a wrong one may still be tried. */
  readonly pins: Map<string, { readonly pin: string; attemptsLeft: number }>;
  /** What each idempotency key of a reset got. */
  readonly resets: Map<string, { readonly prefix: string; readonly status: 'active' }>;
  /** While set, every request is answered with this status. */
  failure: number | undefined;
}

/** One request that came in, with what it was answered. */
export interface BackOfficeCall {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  readonly status: number;
}

export interface BackOffice {
  /** Without a slash at its end. */
  readonly url: string;
  readonly state: BackOfficeState;
  readonly calls: BackOfficeCall[];
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Asked {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly idempotencyKey: string | undefined;
  readonly body: unknown;
}

/** The account of the demo's caller. */
export const demoAccount = { id: 'acct_1042', phone: '+14155550134' } as const;

const missing = (minute: number): LoggedRequest => ({
  at: `2026-01-15T09:${minute.toString().padStart(2, '0')}:00Z`,
  method: 'POST',
  path: '/v1/messages',
  status: 401,
  authorizationHeader: 'missing',
  note: 'no Authorization header in the request; sent by acme-node/2.3.1',
});

const freshState = (): BackOfficeState => ({
  accounts: new Map([
    [
      demoAccount.id,
      {
        ...demoAccount,
        name: 'Robin Example',
        tier: 'Pro',
        status: 'active',
        apiKey: { prefix: 'ak_live_7Q2f', activatedAt: '2026-01-14T16:20:00Z', status: 'active' },
      },
    ],
    [
      'acct_2077',
      {
        id: 'acct_2077',
        name: 'Sam Sample',
        tier: 'Free',
        status: 'active',
        phone: '+14155550177',
        apiKey: { prefix: 'ak_live_M81x', activatedAt: '2025-11-02T08:00:00Z', status: 'active' },
      },
    ],
  ]),
  requests: new Map([[demoAccount.id, [58, 57, 41, 40, 12, 7].map(missing)]]),
  invoices: new Map([
    [
      demoAccount.id,
      [
        {
          number: 'INV-2026-001',
          period: '2026-01',
          amount: 49,
          currency: 'USD',
          status: 'paid',
          lines: [{ text: 'Pro plan', amount: 49 }],
        },
      ],
    ],
  ]),
  payments: [],
  pins: new Map([[demoAccount.id, { pin: '4711', attemptsLeft: 3 }]]),
  resets: new Map(),
  failure: undefined,
});

const ok = (body: unknown): Answer => ({ status: 200, body });
const failed = (status: number, error: string): Answer => ({ status, body: { error } });
/** The processor tells of a payment: its invoice is paid. Answers with the confirmation code. */
export const recordPayment = (
  state: BackOfficeState,
  { description = '', amount = '', currency }: { description?: string; amount?: string; currency: string },
): string => {
  const invoice = description.replace(/^Invoice /, '');
  const confirmationCode = `ch_${(state.payments.length + 1).toString().padStart(4, '0')}`;
  state.payments.push({ invoice, amount, currency, confirmationCode });
  for (const known of [...state.invoices.values()].flat()) if (known.number === invoice) known.status = 'paid';
  return confirmationCode;
};

const unknownAccount = failed(404, 'account not found');

const resetKey = (state: BackOfficeState, account: Account, key: string | undefined): Answer => {
  if (key === undefined || key === '') return failed(400, 'the Idempotency-Key header is required');
  const scoped = `${account.id} ${key}`;
  const before = state.resets.get(scoped);
  if (before !== undefined) return ok(before);
  const prefix = `ak_live_R${(state.resets.size + 1).toString().padStart(3, '0')}`;
  account.apiKey = { prefix, activatedAt: new Date().toISOString(), status: 'active' };
  const result = { prefix, status: 'active' } as const;
  state.resets.set(scoped, result);
  return ok(result);
};

const recentRequests = (state: BackOfficeState, account: Account, query: URLSearchParams): Answer => {
  const limit = Number(query.get('limit') ?? 5);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return failed(400, 'limit must be 1 to 100');
  return ok({ requests: (state.requests.get(account.id) ?? []).slice(0, limit) });
};

const textField = (body: unknown, field: string): string => {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined;
  return typeof value === 'string' ? value : '';
};

const diagnose = (state: BackOfficeState, account: Account, body: unknown): Answer => {
  const [language, symptom] = [textField(body, 'language'), textField(body, 'symptom')];
  if (language === '' || symptom === '') return failed(400, 'language and symptom are required');
  const bare = (state.requests.get(account.id) ?? []).some((request) => request.authorizationHeader === 'missing');
  if (!bare) return ok({ findings: [], fix: 'Nothing unusual was found; update the SDK to its newest version.' });
  return ok({
    findings: [`${language}: the client is created without a key, so it sends no Authorization header`],
    fix: 'Pass the key when the client is created; it then sends "Authorization: Bearer <key>".',
  });
};

/** The right PIN counts only while there are attempts left. */
const verifyPin = (state: BackOfficeState, account: Account, body: unknown): Answer => {
  const known = state.pins.get(account.id);
  const pin = textField(body, 'pin');
  if (known === undefined || pin === '') return failed(400, 'pin is required, and the account must have one');
  const verified = known.attemptsLeft > 0 && pin === known.pin;
  known.attemptsLeft = verified ? 3 : Math.max(0, known.attemptsLeft - 1);
  return ok({ verified, attemptsLeft: known.attemptsLeft });
};

const ofAccount = (state: BackOfficeState, method: string, asked: Asked): Answer => {
  const [, id = '', ...rest] = asked.path;
  const account = state.accounts.get(id);
  if (account === undefined) return unknownAccount;
  switch (`${method} ${rest.join('/')}`) {
    case 'GET ':
      return ok(account);
    case 'POST api-key/reset':
      return resetKey(state, account, asked.idempotencyKey);
    case 'GET requests':
      return recentRequests(state, account, asked.query);
    case 'POST sdk/diagnose':
      return diagnose(state, account, asked.body);
    case 'POST pin/verify':
      return verifyPin(state, account, asked.body);
    case 'GET invoices':
      return ok({ invoices: state.invoices.get(id) ?? [] });
    default:
      return failed(404, 'no such resource');
  }
};

const answer = (state: BackOfficeState, method: string, asked: Asked): Answer => {
  if (state.failure !== undefined) return failed(state.failure, 'the back office is out of order');
  const [root, second, third, ...rest] = asked.path;
  if (root !== 'accounts' || second === undefined) return failed(404, 'no such resource');
  if (second !== 'by-phone') return ofAccount(state, method, asked);
  if (method !== 'GET' || third === undefined || rest.length > 0) return failed(404, 'no such resource');
  const account = [...state.accounts.values()].find((candidate) => candidate.phone === third);
  return account === undefined ? unknownAccount : ok(account);
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
};

const parsed = (text: string): { readonly ok: boolean; readonly value?: unknown } => {
  try {
    return { ok: true, value: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return { ok: false };
  }
};

const handle = async (request: IncomingMessage, office: Pick<BackOffice, 'state' | 'calls'>): Promise<Answer> => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://back-office');
  const path = pathname.split('/').slice(1).map(decodeURIComponent);
  const header = request.headers['idempotency-key'];
  const idempotencyKey = Array.isArray(header) ? header[0] : header;
  const body = parsed(await bodyOf(request));
  const method = request.method ?? 'GET';
  const result = body.ok
    ? answer(office.state, method, { path, query: searchParams, idempotencyKey, body: body.value })
    : failed(400, 'the body is not JSON');
  office.calls.push({ method, path: pathname, idempotencyKey, status: result.status });
  return result;
};

const reply = (response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** Starts Acme's back office on loopback, with fresh state: accounts, keys, request logs and invoices. */
export const startBackOffice = async (port = 0): Promise<BackOffice> => {
  const office = { state: freshState(), calls: [] as BackOfficeCall[] };
  const server = createServer((request, response) => {
    handle(request, office).then(
      (result) => reply(response, result),
      () => reply(response, failed(400, 'bad request')),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    ...office,
    url: `http://127.0.0.1:${bound}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
