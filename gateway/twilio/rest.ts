import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Origin in place of https://api.twilio.com. */
  readonly apiUrl: URL;
  readonly clock: Clock;
  /** 0 to 1, for the jitter between tries. */
  readonly random?: () => number;
}

/** What became of an order: `gone` when the call was over already, which every race can bring. */
export type CallUpdate = 'done' | 'gone';

/** Orders about calls that run. Reject with `twilio-refused` or `twilio-unreachable`. */
export interface TwilioCalls {
  /** The carrier drops what it does, closes our stream and asks `url` (POST) what to do. */
  redirect(callId: CallId, url: string): Promise<CallUpdate>;
  /** Hangs up. */
  complete(callId: CallId): Promise<CallUpdate>;
}

type Update = { readonly url: string; readonly method: 'POST' } | { readonly status: 'completed' };
type SendUpdate = (callId: CallId, update: Update) => Promise<unknown>;

/** Twilio's code for a call that is not in a state to be changed. */
const callIsOver = 21220;

const tries = 4;
const timeoutMs = 5_000;

/** Loads the client only when the first order is given: the package takes 30 MB of memory. */
const loadClient = async ({ accountSid, authToken, apiUrl }: TwilioRestOptions): Promise<SendUpdate> => {
  const { default: twilio } = await import('twilio');
  class ClientOfApiUrl extends twilio.RequestClient {
    override request<Data>(options: Parameters<InstanceType<typeof twilio.RequestClient>['request']>[0]) {
      const asked = new URL(options.uri);
      return super.request<Data>({
        ...options,
        uri: new URL(asked.pathname + asked.search, apiUrl).href,
      } as typeof options & {
        data?: Data;
      });
    }
  }
  const client = twilio(accountSid, authToken, { httpClient: new ClientOfApiUrl({ timeout: timeoutMs }) });
  return (callId, update) => client.calls(callId).update(update);
};

const numberAt = (thrown: unknown, field: 'code' | 'status'): number | undefined => {
  const value: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, field) : undefined;
  return typeof value === 'number' ? value : undefined;
};

/** Too many requests, trouble on Twilio's side, or no answer: worth another try, since an update can be repeated. */
const isPassing = (status: number | undefined): boolean => status === undefined || status === 429 || status >= 500;

const pause = (clock: Clock, delay: number): Promise<void> => new Promise((resolve) => clock.after(ms(delay), resolve));

const failure = (thrown: unknown, callId: CallId): ThroughlineError => {
  const status = numberAt(thrown, 'status');
  const facts = { callId, status, twilioCode: numberAt(thrown, 'code') };
  const code = isPassing(status) ? 'twilio-unreachable' : 'twilio-refused';
  return new ThroughlineError(code, `Twilio did not change the call: ${messageOf(thrown)}`, { facts, cause: thrown });
};

/** Twilio's REST interface, as far as calls need it. */
export const twilioCalls = (options: TwilioRestOptions): TwilioCalls => {
  const { clock, random = Math.random } = options;
  let client: Promise<SendUpdate> | undefined;

  /** One try; `again` when another may help. */
  const attempt = async (callId: CallId, change: Update, last: boolean): Promise<CallUpdate | 'again'> => {
    client ??= loadClient(options);
    const send = await client;
    try {
      await send(callId, change);
      return 'done';
    } catch (thrown) {
      if (numberAt(thrown, 'code') === callIsOver) return 'gone';
      if (last || !isPassing(numberAt(thrown, 'status'))) throw failure(thrown, callId);
      return 'again';
    }
  };

  const update = async (callId: CallId, change: Update): Promise<CallUpdate> => {
    for (let tried = 1; ; tried += 1) {
      const outcome = await attempt(callId, change, tried === tries);
      if (outcome !== 'again') return outcome;
      await pause(clock, 200 * 2 ** tried * (0.5 + random()));
    }
  };

  return {
    redirect: (callId, url) => update(callId, { url, method: 'POST' }),
    complete: (callId) => update(callId, { status: 'completed' }),
  };
};
