import type { Clock } from '../../../infra/clock.ts';
import type { HttpPort } from './http.ts';
import type { Activity, Callback, PlacedLeg } from './leg.ts';
import type { PersonScript } from './person.ts';
import type { Queues } from './queues.ts';
import type { Rooms } from './room.ts';
import type { StatusPlan } from './status-callbacks.ts';
import type { OpenStream } from './stream-socket.ts';
import type { HttpMethod } from './webhook.ts';

/** A phone number as it is set up at the carrier. */
export interface PhoneNumber {
  readonly voiceUrl: string;
  readonly voiceMethod?: HttpMethod;
  readonly fallbackUrl?: string;
  readonly fallbackMethod?: HttpMethod;
  readonly statusCallback?: string;
}

/** Somebody or something that `<Dial>` or `<Enqueue>` reaches for. */
export interface Dialled {
  /** `Number`, `Sip`, `Client`, `Conference`, `Queue`, or `Enqueue`. */
  readonly kind: string;
  readonly target: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Attributes of the verb around it. */
  readonly dial: Readonly<Record<string, string>>;
}

export interface DialOutcome {
  /** For `Enqueue`: `bridged`, `leave`, `error`, `hangup`. */
  readonly status: string;
  readonly ringMs: number;
  readonly talkMs: number;
  /** What the other side says to the caller: mu-law. */
  readonly heard?: Uint8Array;
}

/** How the carrier finds out who answers. Times in ms after the answer. */
export interface MachineDetection {
  /** Waits for the end of a machine's greeting. */
  readonly messageEnd: boolean;
  readonly speechMs: number;
  readonly speechEndMs: number;
  /** The document starts at once, and this is told when it is known. Otherwise the document waits. */
  readonly async: Callback | 'untold' | undefined;
}

/** A leg that is asked for. */
export interface Order {
  readonly direction: 'outbound-api' | 'outbound-dial';
  readonly from: string;
  /** As it was written, SIP headers included. */
  readonly to: string;
  readonly parentSid?: string;
  /** How long it may ring, in ms. */
  readonly ringMs: number;
  readonly timeLimitMs?: number;
  readonly callbacks?: StatusPlan;
  readonly fallback?: Callback;
  readonly detection?: MachineDetection;
  /** Who answers. Default: whoever has the address. */
  readonly person?: PersonScript;
  readonly whenAnswered: Activity;
}

/** Who takes the calls of a queue. */
export interface QueueScript {
  /** Undefined: nobody. */
  readonly taker?: {
    /** How long a call waits before the taker's phone rings, in ms; and again after the taker did not answer. */
    readonly afterMs: number;
    /** `+1…` or `sip:user@host`. */
    readonly address: string;
    /** Default: whoever has the address. */
    readonly person?: PersonScript;
  };
  /** How many calls may wait. Default: 1000. */
  readonly maxSize?: number;
}

/** What a payment connector gets: all that the caller typed. */
export interface Payment {
  readonly connector: string;
  /** Undefined or 0: the card is only turned into a token. */
  readonly amount: string | undefined;
  readonly currency: string;
  readonly description: string | undefined;
  readonly tokenType: string;
  readonly cardNumber: string;
  readonly cardType: string;
  /** MMYY */
  readonly expirationDate: string;
  readonly securityCode: string | undefined;
  readonly postalCode: string | undefined;
  /** `<Parameter>` of `<Pay>`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a payment connector answers, after `afterMs` (default: 1 s). */
export type PaymentAnswer = { readonly afterMs?: number } & (
  | { readonly kind: 'charged'; readonly confirmationCode: string }
  | { readonly kind: 'token'; readonly token: string; readonly profileId?: string }
  | {
      readonly kind: 'refused';
      readonly payErrorCode: number;
      readonly paymentError: string;
      readonly connectorError?: string;
    }
);

/** What every call of one simulated carrier shares. */
export interface CarrierWorld {
  readonly clock: Clock;
  readonly accountSid: string;
  readonly authToken: string;
  readonly number: PhoneNumber;
  readonly http: HttpPort;
  readonly openStream: OpenStream;
  /** Where the socket of a stream URL is really opened: `wss://public-host/path` to `ws://127.0.0.1:port/path`. */
  readonly dialUrl: (url: string) => string;
  /** What follows when the gateway's socket breaks (1006): Twilio's pages leave it open. */
  readonly afterBreak: 'action' | 'end';
  /** What `DialCallStatus` is when a whisper document hangs up: Twilio's pages leave it open. */
  readonly declined: 'completed' | 'no-answer';
  /** How dialling ends if a scenario says so and nobody has the address. */
  readonly dialOutcome: (dialled: Dialled) => DialOutcome | undefined;
  readonly say: (text: string) => Uint8Array;
  readonly play: (url: string) => Uint8Array;
  readonly sid: (prefix: string) => string;
  readonly rooms: Rooms;
  readonly queues: Queues;
  /** By queue name or workflow sid. */
  readonly queueScripts: Readonly<Record<string, QueueScript>>;
  /** Payment connectors by their unique name. */
  readonly connectors: Readonly<Record<string, (payment: Payment) => PaymentAnswer>>;
  /** People by address. */
  readonly people: ReadonlyMap<string, PersonScript>;
  /** Whether a number may be shown as the caller's. */
  readonly owns: (number: string) => boolean;
  readonly place: (order: Order) => PlacedLeg;
}
