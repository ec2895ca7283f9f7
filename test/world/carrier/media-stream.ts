import { ms } from '../../../infra/brand.ts';
import type { Cancel } from '../../../infra/clock.ts';
import type { CallRecord } from './call-record.ts';
import { frameBytes, frameMs, samplesPerMs } from './mulaw.ts';
import { Playout } from './playout.ts';
import { type GatewayMessage, readGatewayMessage } from './stream-message.ts';
import { closeErrorOf, type StreamSocket } from './stream-socket.ts';
import type { Span } from './track.ts';

export interface StreamIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface StreamEnd {
  readonly by: 'gateway' | 'carrier';
  readonly code: number;
}

/** The gateway reads too slowly when this much waits in the socket: ten seconds of media. Twilio's own limit is not known. */
const overflowBytes = 190_000;

/** One Media Stream from `connected` to its end: caller's audio out every 20 ms, the gateway's audio in. */
export class MediaStream {
  readonly identity: StreamIdentity;
  readonly playout: Playout;
  /** Media messages sent. */
  framesSent = 0;
  readonly #record: CallRecord;
  readonly #socket: StreamSocket;
  readonly #openedAt: number;
  readonly #reported = new Set<number>();
  readonly #ended = Promise.withResolvers<StreamEnd>();
  readonly #faults = { marksSwallowed: false, mute: false };
  #life: 'open' | 'over' = 'open';
  #sequence = 0;
  #chunk = 0;
  #cancelTick: Cancel = () => {};

  constructor(record: CallRecord, socket: StreamSocket, identity: StreamIdentity) {
    this.identity = identity;
    this.#record = record;
    this.#socket = socket;
    this.#openedAt = record.now;
    this.playout = new Playout({
      clock: record.clock,
      origin: record.origin,
      heard: record.heard,
      marked: (name, played) => this.#returnMark(name, played),
    });
    record.playouts.push(this.playout);
  }

  /** Settles when the stream is over, whoever ended it. */
  get ended(): Promise<StreamEnd> {
    return this.#ended.promise;
  }

  /** The stretch of call time of which the caller's audio went out. */
  get sent(): Span {
    return { from: this.#openedAt, to: this.#openedAt + this.#chunk * frameMs };
  }

  /** Says `connected` and `start`, and begins with the media. */
  start(): void {
    this.#socket.listen({
      message: (data, binary) => this.#receive(readGatewayMessage(data, binary, this.identity.streamSid)),
      closed: (code) => this.#end({ by: 'gateway', code }),
    });
    const { accountSid, streamSid, callSid, parameters } = this.identity;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    const start = {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: parameters,
    };
    this.#send('start', 'start', start);
    this.#tick();
  }

  press(digit: string): void {
    this.#send('dtmf', 'dtmf', { track: 'inbound_track', digit });
  }

  /** The carrier's end: `stop`, then the socket closes. */
  stop(): void {
    if (this.#life === 'over') return;
    const { accountSid, callSid } = this.identity;
    this.#send('stop', 'stop', { accountSid, callSid });
    this.#socket.close(1000, '');
    this.#end({ by: 'carrier', code: 1000 });
  }

  /** Fault: the network breaks. */
  drop(): void {
    this.#socket.abort();
    this.#end({ by: 'carrier', code: 1006 });
  }

  /** Fault: the carrier reads nothing any more (or again). */
  stallReading(stalled: boolean): void {
    if (stalled) this.#socket.pause?.();
    else this.#socket.resume?.();
  }

  /** Fault: marks never return. */
  swallowMarks(): void {
    this.#faults.marksSwallowed = true;
  }

  /** Fault: no media arrives from the caller, while the socket stays open. */
  mute(): void {
    this.#faults.mute = true;
  }

  /** Fault: says anything to the gateway. */
  sendRaw(text: string): void {
    this.#socket.send(text);
  }

  #receive(message: GatewayMessage): void {
    if (this.#life === 'over') return;
    switch (message.kind) {
      case 'media':
        if (!this.playout.play(message.mulaw)) this.#reportOnce(31931, 'more than ten minutes of audio queued');
        return;
      case 'mark':
        this.playout.mark(message.name);
        return;
      case 'clear':
        this.#record.note({ type: 'cleared', discardedMs: this.playout.clear() });
        return;
      case 'refused':
        this.#record.note({ type: 'message-refused', code: message.code, why: message.why });
        this.#reportOnce(message.code, message.why);
    }
  }

  #returnMark(name: string, played: boolean): void {
    if (this.#faults.marksSwallowed || this.#life === 'over') return;
    this.#record.note({ type: 'mark-returned', name, played });
    this.#send('mark', 'mark', { name });
  }

  /** Sends all frames that are due by now; frame n covers 20 ms of the caller and is due when they are over. */
  #tick(): void {
    const due = () => this.#openedAt + (this.#chunk + 1) * frameMs;
    while (due() <= this.#record.now) this.#sendFrame();
    this.#cancelTick = this.#record.clock.after(ms(due() - this.#record.now), () => this.#tick());
  }

  #sendFrame(): void {
    const from = Math.round(this.#openedAt * samplesPerMs) + this.#chunk * frameBytes;
    const timestamp = this.#chunk * frameMs;
    this.#chunk += 1;
    if (this.#faults.mute) return;
    if (this.#socket.bufferedAmount > overflowBytes) {
      this.#reportOnce(31930, 'the gateway reads too slowly, audio discarded');
      return;
    }
    const payload = Buffer.from(this.#record.spoken.slice(from, from + frameBytes)).toString('base64');
    this.framesSent += 1;
    this.#sequence += 1;
    this.#socket.send(
      `{"event":"media","sequenceNumber":"${this.#sequence}","media":{"track":"inbound","chunk":"${this.#chunk}",` +
        `"timestamp":"${timestamp}","payload":"${payload}"},"streamSid":"${this.identity.streamSid}"}`,
    );
  }

  #send(event: string, field: string, body: Readonly<Record<string, unknown>>): void {
    if (this.#life === 'over') return;
    this.#sequence += 1;
    const message = { event, sequenceNumber: String(this.#sequence), [field]: body, streamSid: this.identity.streamSid };
    this.#socket.send(JSON.stringify(message));
  }

  /** Twilio shows a warning once per stream. */
  #reportOnce(code: number, message: string): void {
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    this.#record.debug(code, message);
  }

  #end(end: StreamEnd): void {
    if (this.#life === 'over') return;
    this.#life = 'over';
    this.#cancelTick();
    this.playout.stop();
    const { streamSid } = this.identity;
    this.#record.note({ type: 'stream-closed', streamSid, by: end.by, code: end.code });
    const code = closeErrorOf(end.code);
    if (code !== undefined) this.#record.debug(code, `stream closed with ${end.code}`);
    this.#ended.resolve(end);
  }
}
