import type { Clock } from '../../../infra/clock.ts';
import type { HttpPort } from './http.ts';
import type { OpenStream } from './stream-socket.ts';
import type { Dialled, DialOutcome } from './twiml-verbs.ts';
import type { HttpMethod } from './webhook.ts';

/** A phone number as it is set up at the carrier. */
export interface PhoneNumber {
  readonly voiceUrl: string;
  readonly voiceMethod?: HttpMethod;
  readonly fallbackUrl?: string;
  readonly fallbackMethod?: HttpMethod;
  readonly statusCallback?: string;
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
  readonly dialOutcome: (dialled: Dialled) => DialOutcome;
  readonly say: (text: string) => Uint8Array;
  readonly sid: (prefix: string) => string;
}
