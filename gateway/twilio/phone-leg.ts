import type { Base64Draft } from '../../infra/base64-draft.ts';
import { type CallId, ms, type StreamId } from '../../infra/brand.ts';
import { SameText } from '../../infra/byte-scan.ts';
import type { Clock } from '../../infra/clock.ts';
import { EventSource } from '../../infra/event-source.ts';
import type { MessageSocket } from '../../infra/message-socket.ts';
import type { Message } from '../../infra/websocket/frame-writer.ts';
import type { CallerAudioListener, PhoneEvent, PhoneLeg } from '../call/ports.ts';
import { CallerAudio } from './caller-audio.ts';
import { decodeMessage } from './decode.ts';
import { clearMessage, markMessage, mediaDraft } from './encode.ts';
import { rateLimit } from './rate-limit.ts';
import { SequenceWatch } from './sequence-watch.ts';
import type { Decoded } from './wire.ts';

/** Counts something that happened, by a fixed name and labels of few values. */
export type Count = (name: string, labels?: Readonly<Record<string, string>>) => void;

export interface PhoneLegOptions {
  readonly socket: MessageSocket;
  readonly callId: CallId;
  readonly streamId: StreamId;
  readonly ticket: string;
  readonly clock: Clock;
  readonly count: Count;
}

/** The leg, and the side of it that whoever owns the socket feeds. */
export interface ServedPhoneLeg extends PhoneLeg {
  /** One message that came after `start`. */
  receive(data: Buffer, binary: boolean): void;
  /** The socket is gone. */
  closed(code: number): void;
}

/** Close codes of RFC 6455. `broken`: something of ours failed. */
export const closeCode = { normal: 1000, notText: 1003, refused: 1008, broken: 1011 } as const;

/** Longest audio in one outbound message: 1 s of mu-law. */
const longestMessage = 8_000;

/** Unsent bytes at which a peer that doesn't read is given up. Nobody sends speech to one that has so little less. */
const mostUnsent = 1024 * 1024;

/** What waits unsent is looked at after so many bytes. */
const lookEvery = 16 * 1024;

class MediaStreamLeg implements ServedPhoneLeg {
  readonly callId: CallId;
  readonly streamId: StreamId;
  readonly ticket: string;
  readonly events = new EventSource<PhoneEvent>();
  readonly #socket: MessageSocket;
  readonly #count: Count;
  readonly #media: Base64Draft;
  readonly #badAllowed: () => boolean;
  readonly #digitAllowed: () => boolean;
  readonly #audio: CallerAudio;
  readonly #sid: SameText;
  readonly #sequence = new SequenceWatch();
  #state: 'live' | 'stopped' | 'closing' | 'closed' = 'live';
  #sinceLook = 0;

  constructor({ socket, callId, streamId, ticket, clock, count }: PhoneLegOptions) {
    this.callId = callId;
    this.ticket = ticket;
    this.streamId = streamId;
    this.#sid = new SameText(streamId);
    this.#socket = socket;
    this.#count = count;
    this.#media = mediaDraft(streamId);
    this.#badAllowed = rateLimit(clock, 100, ms(10_000));
    this.#audio = new CallerAudio(clock, (why) => count('twilio_media_repaired', { why }));
    this.#digitAllowed = rateLimit(clock, 20, ms(1_000));
  }

  onAudio(listener: CallerAudioListener): void {
    this.#audio.onAudio(listener);
  }

  play(mulaw: Uint8Array): void {
    for (let at = 0; at < mulaw.length; at += longestMessage) {
      const piece = mulaw.length <= longestMessage ? mulaw : mulaw.subarray(at, at + longestMessage);
      this.#send(this.#media.of(piece));
    }
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  mark(name: string): void {
    this.#send(markMessage(this.streamId, name));
  }

  clear(): void {
    this.#send(clearMessage(this.streamId));
  }

  close(): void {
    this.#end(closeCode.normal, '');
  }

  receive(data: Buffer, binary: boolean): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    if (binary) this.#end(closeCode.notText, 'text messages only');
    else if (this.#state === 'stopped') this.#bad('after-stop');
    else this.#handle(decodeMessage(data, this.#sid));
  }

  closed(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#audio.stop();
    this.events.emit({ type: 'stream-closed', code });
  }

  #handle(message: Decoded): void {
    if (message.kind === 'bad') this.#bad(message.why);
    else if (message.kind === 'ignored') this.#ignore(message.why);
    else if (message.kind === 'connected') this.#bad('connected-again');
    else if (message.kind === 'start') this.#end(closeCode.refused, 'second start');
    else if (message.streamSid !== this.streamId) this.#end(closeCode.refused, 'foreign stream');
    else this.#act(message);
  }

  #act(message: Exclude<Extract<Decoded, { streamSid: string }>, { kind: 'start' }>): void {
    const place = this.#sequence.placeOf(message.sequence);
    if (place !== 'next') this.#count('twilio_sequence_jump');
    switch (message.kind) {
      case 'media':
        this.#audio.frame(message.mulaw, message.timestampMs, place);
        break;
      case 'mark':
        this.events.emit({ type: 'mark-returned', name: message.name });
        break;
      case 'dtmf':
        if (this.#digitAllowed()) this.events.emit({ type: 'digit-pressed', digit: message.digit });
        else this.#ignore('too-many-digits');
        break;
      case 'stop':
        this.#state = 'stopped';
        this.#audio.stop();
        this.events.emit({ type: 'stream-stopped' });
        break;
    }
  }

  /** Means nothing to us, but may to Twilio, say an event that is new: any number of them is borne. */
  #ignore(why: string): void {
    this.#count('twilio_message_ignored', { why });
  }

  /** What Twilio never sends. A few can be borne; a peer that goes on is not Twilio, or is broken, and the call goes on in a new stream. */
  #bad(why: string): void {
    this.#count('twilio_message_bad', { why });
    if (!this.#badAllowed()) this.#end(closeCode.refused, 'too many bad messages');
  }

  #send(message: Message): void {
    if (this.#state !== 'live') return;
    this.#socket.send(message);
    this.#sinceLook += message.length;
    if (this.#sinceLook < lookEvery) return;
    this.#sinceLook = 0;
    if (this.#socket.bufferedAmount > mostUnsent) {
      this.#count('twilio_socket_stuck');
      this.#socket.abort();
    }
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.#audio.stop();
    if (code !== closeCode.normal) this.#count('twilio_stream_refused', { why: reason });
    this.#socket.close(code, reason);
  }
}

/** The phone leg of a stream whose `start` was accepted. */
export const phoneLeg = (options: PhoneLegOptions): ServedPhoneLeg => new MediaStreamLeg(options);
