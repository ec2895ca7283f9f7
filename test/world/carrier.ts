import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { CallLeg } from './carrier/call-leg.ts';
import { type HttpPort, sendHttp } from './carrier/http.ts';
import { tone } from './carrier/mulaw.ts';
import { PhoneCall } from './carrier/phone-call.ts';
import { answerRest, type RestAnswer, type RestRequest, restServer } from './carrier/rest.ts';
import { type OpenStream, openWebSocket } from './carrier/stream-socket.ts';
import type { Dialled, DialOutcome } from './carrier/twiml-verbs.ts';
import type { CarrierWorld, PhoneNumber } from './carrier/world.ts';

export interface CarrierOptions {
  readonly accountSid: string;
  readonly authToken: string;
  readonly number: PhoneNumber;
  /** Default: the system's. With a virtual clock, wrap injected ports that do real work in `clock.busy` yourself. */
  readonly clock?: Clock;
  /** Default: node's HTTP client with the timeouts of Twilio. */
  readonly http?: HttpPort;
  /** Default: a `ws` client. */
  readonly openStream?: OpenStream;
  /** Where the socket of a stream URL is really opened; the signature stays that of the URL in TwiML. Default: there. */
  readonly dial?: (streamUrl: string) => string;
  /** What follows when the gateway's socket breaks without a close; Twilio's pages leave it open. Default: `action`. */
  readonly afterBreak?: 'action' | 'end';
  /** How `<Dial>` and `<Enqueue>` end. Default: nobody answers until the timeout of the verb. */
  readonly dialOutcome?: (dialled: Dialled) => DialOutcome;
  /** Mu-law speech of `<Say>`. Default: a tone as long as reading the text aloud takes. */
  readonly say?: (text: string) => Uint8Array;
  /** Makes sids. Default: the prefix and 32 random hex digits. */
  readonly sid?: (prefix: string) => string;
}

export interface IncomingCall {
  readonly from?: string;
  readonly to?: string;
  /** More webhook parameters, e.g. `StirVerstat`. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Fault: the voice webhook is delivered twice at the same time. */
  readonly webhookTwice?: boolean;
}

const nobodyAnswers = (dialled: Dialled): DialOutcome => ({
  status: dialled.kind === 'Enqueue' ? 'leave' : 'no-answer',
  ringMs: 1_000 * Number(dialled.dial['timeout'] ?? 30),
  talkMs: 0,
});

const readAloud = (text: string): Uint8Array => tone(Math.max(400, 65 * text.length));

/** Twilio, simulated: strict about what it documents. Speaks real HTTP and WebSocket, or the ports that it is given. */
export class Carrier {
  readonly accountSid: string;
  readonly authToken: string;
  readonly calls = new Map<string, PhoneCall>();
  readonly #world: CarrierWorld;
  #server: Server | undefined;

  constructor(options: CarrierOptions) {
    this.accountSid = options.accountSid;
    this.authToken = options.authToken;
    this.#world = {
      clock: options.clock ?? systemClock,
      accountSid: options.accountSid,
      authToken: options.authToken,
      number: options.number,
      http: options.http ?? sendHttp,
      openStream: options.openStream ?? openWebSocket,
      dialUrl: options.dial ?? ((url) => url),
      afterBreak: options.afterBreak ?? 'action',
      dialOutcome: options.dialOutcome ?? nobodyAnswers,
      say: options.say ?? readAloud,
      sid: options.sid ?? ((prefix) => prefix + randomBytes(16).toString('hex')),
    };
  }

  /** A caller dials the number. */
  call(incoming: IncomingCall = {}): PhoneCall {
    const { from = '+15005550006', to = '+15005550010', extra = {}, webhookTwice = false } = incoming;
    const leg = new CallLeg(this.#world, { sid: this.#world.sid('CA'), from, to, extra });
    const call = new PhoneCall(leg);
    this.calls.set(call.sid, call);
    leg.ring(webhookTwice);
    return call;
  }

  /** The REST API without a socket. */
  rest(request: RestRequest): RestAnswer {
    return answerRest(this, request);
  }

  /** Starts the REST API on a free port of the loopback. The answer: its base URL, for `TWILIO_API_URL`. */
  async listen(port = 0): Promise<string> {
    const server = restServer(this);
    this.#server = server;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  }

  /** Ends all calls and the REST API. */
  async close(): Promise<void> {
    for (const call of this.calls.values()) call.hangUp();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
