import { type CallId, ms, parseCallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { CarrierOrders, RingOrder } from '../call/ports.ts';
import { type TwimlLinks, transferUrl } from './twiml.ts';

export interface TwilioRestOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Origin in place of https://api.twilio.com. */
  readonly apiUrl: URL;
  readonly clock: Clock;
  /** Where the carrier asks about what we order. */
  readonly links: Pick<TwimlLinks, 'transfer' | 'after'>;
  /** 0 to 1, for the jitter between tries. */
  readonly random?: () => number;
}

/** What became of an order: `gone` when the call was over already, which every race can bring. */
export type CallUpdate = 'done' | 'gone';

/** Twilio's code for a call that is not in a state to be changed. */
const callIsOver = 21220;

const tries = 4;
const timeoutMs = 5_000;
/** A person who took a call is not held by a line that nobody watches any more. Twilio's own limit. */
const longestLegSeconds = 14_400;

/** Loads the client only when the first order is given: the package takes 30 MB of memory. */
const loadClient = async ({ accountSid, authToken, apiUrl }: TwilioRestOptions) => {
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
  return twilio(accountSid, authToken, { httpClient: new ClientOfApiUrl({ timeout: timeoutMs }) });
};

type Client = Awaited<ReturnType<typeof loadClient>>;

const numberAt = (thrown: unknown, field: 'code' | 'status'): number | undefined => {
  const value: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, field) : undefined;
  return typeof value === 'number' ? value : undefined;
};

/** Too many requests, trouble on Twilio's side, or no answer: worth another try, where an order can be repeated. */
const isPassing = (status: number | undefined): boolean => status === undefined || status === 429 || status >= 500;

/** Nothing was done. */
const isRefusedForNow = (status: number | undefined): boolean => status === 429;

const pause = (clock: Clock, delay: number): Promise<void> => new Promise((resolve) => clock.after(ms(delay), resolve));

/** Of a connection that failed: `ECONNREFUSED`. */
const networkCode = (thrown: unknown): string | undefined => {
  const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** Twilio's own words are left out: they may repeat what was ordered, as a number, or the link to a person's page. */
const failure = (thrown: unknown, callId: CallId): ThroughlineError => {
  const status = numberAt(thrown, 'status');
  const twilioCode = numberAt(thrown, 'code');
  const answer =
    status === undefined
      ? `no answer (${networkCode(thrown) ?? 'unknown'})`
      : `HTTP ${status}, code ${twilioCode ?? 'none'}`;
  const code = isPassing(status) ? 'twilio-unreachable' : 'twilio-refused';
  return new ThroughlineError(code, `Twilio did not take an order about a call: ${answer}`, {
    facts: { callId, status, twilioCode },
    cause: thrown,
  });
};

type Again = (status: number | undefined) => boolean;

/** Gives orders, each again while that may help. `gone`: the call was over already. */
class OrderBook {
  readonly #options: TwilioRestOptions;
  #client: Promise<Client> | undefined;

  constructor(options: TwilioRestOptions) {
    this.#options = options;
  }

  async give<Result>(callId: CallId, again: Again, send: (client: Client) => Promise<Result>): Promise<Result | 'gone'> {
    const { clock, random = Math.random } = this.#options;
    for (let tried = 1; ; tried += 1) {
      this.#client ??= loadClient(this.#options);
      try {
        return await send(await this.#client);
      } catch (thrown) {
        if (numberAt(thrown, 'code') === callIsOver) return 'gone';
        if (tried === tries || !again(numberAt(thrown, 'status'))) throw failure(thrown, callId);
      }
      await pause(clock, 200 * 2 ** tried * (0.5 + random()));
    }
  }
}

/** Twilio's REST interface, as far as calls need it. Rejects with `twilio-refused` or `twilio-unreachable`. */
export const twilioOrders = (options: TwilioRestOptions): CarrierOrders => {
  const { links } = options;
  const orders = new OrderBook(options);

  type Change = { readonly url: string; readonly method: 'POST' } | { readonly status: 'completed' };

  const update = async (callId: CallId, change: Change): Promise<CallUpdate> => {
    const outcome = await orders.give(callId, isPassing, (twilio) => twilio.calls(callId).update(change));
    return outcome === 'gone' ? 'gone' : 'done';
  };

  /** A leg drops what it does, its stream included, and asks there what to do. */
  const redirect = (leg: CallId, url: string) => update(leg, { url, method: 'POST' });

  return {
    complete: (callId) => update(callId, { status: 'completed' }),
    askPersonAgain: (ref, leg) => redirect(leg, transferUrl(links, ref, 'whisper')),
    askAgain: (callId) => redirect(callId, links.after),
    takeBack: (ref) => redirect(ref.callId, transferUrl(links, ref, 'back')),
    isOver: async (callId) => {
      const call = await orders.give(callId, isPassing, (twilio) => twilio.calls(callId).fetch());
      return call === 'gone' || !['queued', 'ringing', 'in-progress'].includes(call.status);
    },
    // Whether an order without an answer was carried out nobody knows: a second one could ring the person twice.
    ring: async (wanted) => {
      const { callId } = wanted.ref;
      const call = await orders.give(callId, isRefusedForNow, (twilio) => twilio.calls.create(creation(links, wanted)));
      const leg = call === 'gone' ? undefined : parseCallId(call.sid);
      if (leg === undefined) throw failure(new Error('it gave no id for the call of the person'), callId);
      return leg;
    },
  };
};

const creation = (links: Pick<TwimlLinks, 'transfer'>, { ref, address, from, ringSeconds }: RingOrder) => {
  const url = (step: 'whisper' | 'status' | 'machine') => transferUrl(links, ref, step);
  return {
    to: address,
    from,
    url: url('whisper'),
    method: 'POST',
    statusCallback: url('status'),
    statusCallbackMethod: 'POST',
    statusCallbackEvent: ['completed'],
    timeout: ringSeconds,
    timeLimit: longestLegSeconds,
    // Beside the document: a person hears us at once, and a machine is found out while it listens.
    machineDetection: 'Enable',
    asyncAmd: 'true',
    asyncAmdStatusCallback: url('machine'),
    asyncAmdStatusCallbackMethod: 'POST',
  };
};
