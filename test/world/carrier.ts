import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { Exchange } from './carrier/exchange.ts';
import { type HttpPort, sendHttp } from './carrier/http.ts';
import { tone } from './carrier/mulaw.ts';
import type { PersonScript } from './carrier/person.ts';
import type { PhoneCall } from './carrier/phone-call.ts';
import { Queues } from './carrier/queues.ts';
import { answerRest, type RestRequest, restServer } from './carrier/rest.ts';
import type { RestAnswer } from './carrier/rest-form.ts';
import { Rooms } from './carrier/room.ts';
import { type OpenStream, openWebSocket } from './carrier/stream-socket.ts';
import { recording } from './carrier/tones.ts';
import type {
  CarrierWorld,
  Dialled,
  DialOutcome,
  Order,
  Payment,
  PaymentAnswer,
  PhoneNumber,
  QueueScript,
} from './carrier/world.ts';

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
  /** How `<Dial>` and `<Enqueue>` end, without anybody being called; `undefined`, or whoever is one of `people`: see there. */
  readonly dialOutcome?: (dialled: Dialled) => DialOutcome | undefined;
  /** Who can be called, by `+1…` or `sip:user@host`. `<Dial>` of anybody else rings until its timeout. More: `Carrier.people`. */
  readonly people?: Readonly<Record<string, PersonScript>>;
  /** Who takes calls out of queues, by queue name or workflow sid. Default: nobody. */
  readonly queues?: Readonly<Record<string, QueueScript>>;
  /** Payment connectors of `<Pay>`, by their unique name. Default: there is none. */
  readonly connectors?: Readonly<Record<string, (payment: Payment) => PaymentAnswer>>;
  /** Numbers of the account, besides those that somebody called. Default: the one that is called by default. */
  readonly numbers?: readonly string[];
  /** How fast calls that REST creates leave the queue. Default: at once. */
  readonly callsPerSecond?: number;
  /** `DialCallStatus` when the whisper document of a `<Number>` hangs up; Twilio's pages leave it open. Default: `completed`. */
  readonly declined?: 'completed' | 'no-answer';
  /** Mu-law speech of `<Say>`. Default: a tone as long as reading the text aloud takes. */
  readonly say?: (text: string) => Uint8Array;
  /** Mu-law of what `<Play>` plays, by URL. Default: a second of a tone. */
  readonly play?: (url: string) => Uint8Array;
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

const dialledNumber = '+15005550010';

const randomSid = (prefix: string): string => prefix + randomBytes(16).toString('hex');

/** A tone as long as reading the text aloud takes. */
export const readAloud = (text: string): Uint8Array => tone(Math.max(400, 65 * text.length));

/** Twilio, simulated: strict about what it documents. Speaks real HTTP and WebSocket, or the ports that it is given. */
export class Carrier {
  readonly accountSid: string;
  readonly authToken: string;
  readonly #exchange: Exchange;
  readonly #world: CarrierWorld;
  #server: Server | undefined;

  constructor(options: CarrierOptions) {
    const { accountSid, authToken, number, callsPerSecond, numbers = [dialledNumber], people = {} } = options;
    const exchange = new Exchange({ numbers, callsPerSecond });
    for (const [address, person] of Object.entries(people)) exchange.people.set(address, person);
    const { sid = randomSid, clock = systemClock, http = sendHttp, openStream = openWebSocket } = options;
    const { dial = (url) => url, afterBreak = 'action', declined = 'completed', dialOutcome = () => undefined } = options;
    const { say = readAloud, play = () => recording, queues = {}, connectors = {} } = options;
    this.accountSid = accountSid;
    this.authToken = authToken;
    this.#exchange = exchange;
    this.#world = {
      clock,
      accountSid,
      authToken,
      number,
      http,
      openStream,
      dialUrl: dial,
      afterBreak,
      declined,
      dialOutcome,
      say,
      play,
      sid,
      rooms: new Rooms({ clock, accountSid, sid }),
      queues: new Queues(clock, sid),
      queueScripts: queues,
      connectors,
      people: exchange.people,
      owns: (owned) => exchange.owns(owned),
      place: (order) => exchange.place(this.#world, order),
    };
  }

  /** Who can be called, by address. May change at any time. */
  get people(): Map<string, PersonScript> {
    return this.#exchange.people;
  }

  /** Every leg so far, of callers and of people, by sid and in order. Legs stay when they are over. */
  get legs(): ReadonlyMap<string, PhoneCall> {
    return this.#exchange.legs;
  }

  /** Names of the conferences that are open. */
  get rooms(): readonly string[] {
    return this.#world.rooms.names;
  }

  /** A caller dials the number. */
  call(incoming: IncomingCall = {}): PhoneCall {
    const { from = '+15005550006', to = dialledNumber, extra = {}, webhookTwice = false } = incoming;
    const call = this.#exchange.take(this.#world, { sid: this.#world.sid('CA'), from, to, direction: 'inbound', extra });
    call.leg.ring(webhookTwice);
    return call;
  }

  /** The REST API without a socket. */
  rest(request: RestRequest): RestAnswer {
    return answerRest(this.#account, request);
  }

  /** Starts the REST API on a free port of the loopback. The answer: its base URL, for `TWILIO_API_URL`. */
  async listen(port = 0): Promise<string> {
    const server = restServer(this.#account);
    this.#server = server;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  }

  /** Ends all calls and the REST API. */
  async close(): Promise<void> {
    for (const call of this.legs.values()) call.hangUp();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  get #account() {
    return {
      accountSid: this.accountSid,
      authToken: this.authToken,
      leg: (sid: string) => this.legs.get(sid)?.leg,
      owns: (number: string) => this.#exchange.owns(number),
      place: (order: Order) => this.#exchange.place(this.#world, order).leg,
    };
  }
}
