import type { Clock } from '../../../infra/clock.ts';
import type { HttpPort } from './http.ts';
import type { Activity, Callback, PlacedLeg } from './leg.ts';
import type { PersonScript } from './person.ts';
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
  /** People by address. */
  readonly people: ReadonlyMap<string, PersonScript>;
  /** Whether a number may be shown as the caller's. */
  readonly owns: (number: string) => boolean;
  readonly place: (order: Order) => PlacedLeg;
}
