import { z } from 'zod';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';

/** Largest answer we read, in bytes. */
const largestAnswer = 65_536;

const account = z.object({
  id: z.string(),
  name: z.string(),
  tier: z.string(),
  status: z.string(),
  phone: z.string(),
  apiKey: z.object({ prefix: z.string(), activatedAt: z.string().nullable(), status: z.string() }),
});
const resetKey = z.object({ prefix: z.string(), status: z.string() });
const requestLog = z.object({
  requests: z.array(
    z.object({
      at: z.string(),
      method: z.string(),
      path: z.string(),
      status: z.number(),
      authorizationHeader: z.enum(['missing', 'malformed', 'present']),
      note: z.string().nullish(),
    }),
  ),
});
const diagnosis = z.object({ findings: z.array(z.string()), fix: z.string() });
const invoices = z.object({
  invoices: z.array(
    z.object({
      number: z.string(),
      period: z.string(),
      amount: z.number(),
      currency: z.string(),
      status: z.string(),
      lines: z.array(z.object({ text: z.string(), amount: z.number() })),
    }),
  ),
});

const pinCheck = z.object({ verified: z.boolean(), attemptsLeft: z.number() });

export type Account = z.output<typeof account>;

/** The company's own systems, as far as the example line needs them. */
export interface BackOffice {
  /** Undefined: no such account. */
  accountByPhone(e164: string, signal: AbortSignal): Promise<Account | undefined>;
  accountById(id: string, signal: AbortSignal): Promise<Account | undefined>;
  /** The same `idempotencyKey` resets once, however often it is sent. */
  resetApiKey(id: string, idempotencyKey: string, signal: AbortSignal): Promise<z.output<typeof resetKey>>;
  /** The newest requests to the API, newest first. */
  requests(id: string, signal: AbortSignal): Promise<z.output<typeof requestLog>>;
  diagnose(
    id: string,
    problem: { language: string; symptom: string },
    signal: AbortSignal,
  ): Promise<z.output<typeof diagnosis>>;
  invoices(id: string, signal: AbortSignal): Promise<z.output<typeof invoices>>;
  /** The PIN goes in the body: paths end up in logs. */
  verifyPin(id: string, pin: string, signal: AbortSignal): Promise<z.output<typeof pinCheck>>;
}

export interface BackOfficeSettings {
  /** Root of its HTTP interface; undefined: there is none, and every method says so. */
  readonly backOfficeUrl: string | undefined;
  readonly fetch?: typeof fetch;
}

interface Call<Answer> {
  readonly path: string;
  readonly signal: AbortSignal;
  readonly answer: z.ZodType<Answer>;
  /** Makes it a POST. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it changes something, so that a lost answer leaves the outcome unknown. */
  readonly changes?: boolean;
}

/**
 * A client of the back office. Rejects with a `ThroughlineError`: `back-office-not-connected`, `back-office-unreachable`,
 * `back-office-failed` or, when something may have changed, `outcome-unknown`. Its messages are meant for the model.
 */
export const backOffice = ({ backOfficeUrl, fetch: send = fetch }: BackOfficeSettings): BackOffice => {
  const call = async <Answer>(request: Call<Answer>): Promise<Answer | undefined> => {
    if (backOfficeUrl === undefined) {
      throw new ThroughlineError(
        'back-office-not-connected',
        'The account system is not connected, so this cannot be looked up now.',
      );
    }
    const url = `${backOfficeUrl.replace(/\/+$/, '')}${request.path}`;
    const response = await reach(() => send(url, initOf(request)), request);
    return read(response, request);
  };
  const must = async <Answer>(request: Call<Answer>): Promise<Answer> => {
    const found = await call(request);
    if (found === undefined) throw new ThroughlineError('not-found', 'The account system knows nothing of that.');
    return found;
  };
  const at = (id: string, rest = ''): string => `/accounts/${encodeURIComponent(id)}${rest}`;
  return {
    accountByPhone: (e164, signal) =>
      call({ path: `/accounts/by-phone/${encodeURIComponent(e164)}`, signal, answer: account }),
    accountById: (id, signal) => call({ path: at(id), signal, answer: account }),
    resetApiKey: (id, idempotencyKey, signal) =>
      must({
        path: at(id, '/api-key/reset'),
        signal,
        answer: resetKey,
        body: {},
        headers: { 'Idempotency-Key': idempotencyKey },
        changes: true,
      }),
    requests: (id, signal) => must({ path: at(id, '/requests?limit=5'), signal, answer: requestLog }),
    diagnose: (id, problem, signal) => must({ path: at(id, '/sdk/diagnose'), signal, answer: diagnosis, body: problem }),
    invoices: (id, signal) => must({ path: at(id, '/invoices'), signal, answer: invoices }),
    verifyPin: (id, pin, signal) => must({ path: at(id, '/pin/verify'), signal, answer: pinCheck, body: { pin } }),
  };
};

const initOf = ({ signal, body, headers }: Call<unknown>): RequestInit => ({
  method: body === undefined ? 'GET' : 'POST',
  signal,
  redirect: 'error',
  headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** A refused connection changed nothing; any other break of a changing call may come after the change. */
const reach = async <Result>(work: () => Promise<Result>, { changes }: Call<unknown>): Promise<Result> => {
  try {
    return await work();
  } catch (thrown) {
    if (changes === true && !wasRefused(thrown)) throw unknownOutcome(thrown);
    throw new ThroughlineError('back-office-unreachable', 'The account system cannot be reached right now.', {
      cause: thrown,
    });
  }
};

const unknownOutcome = (cause: unknown): ThroughlineError =>
  new ThroughlineError(
    'outcome-unknown',
    'The account system did not confirm it. It may or may not have happened; do not repeat it.',
    {
      cause,
    },
  );

const wasRefused = (thrown: unknown): boolean =>
  thrown instanceof Error && /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(`${messageOf(thrown)} ${codeOf(thrown.cause)}`);

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';

const read = async <Answer>(response: Response, request: Call<Answer>): Promise<Answer | undefined> => {
  const text = await reach(() => textOf(response), request);
  if (response.status === 404) return undefined;
  if (!response.ok) {
    if (request.changes === true && response.status >= 500) throw unknownOutcome(undefined);
    throw failed(response.status);
  }
  const parsed = request.answer.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw request.changes === true ? unknownOutcome(parsed.error) : failed(response.status, parsed.error);
};

const failed = (status: number, cause?: unknown): ThroughlineError =>
  new ThroughlineError('back-office-failed', 'The account system could not answer that.', { facts: { status }, cause });

const jsonOf = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The body's text; undefined when it is larger than we read. */
const textOf = async (response: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > largestAnswer) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
