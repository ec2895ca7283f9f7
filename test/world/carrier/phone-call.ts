import { ms } from '../../../infra/brand.ts';
import type { Cancel } from '../../../infra/clock.ts';
import type { EventSource } from '../../../infra/event-source.ts';
import type { CallLeg } from './call-leg.ts';
import type { CallFact, CallRecord } from './call-record.ts';
import type { MediaStream } from './media-stream.ts';
import { frameMs, samplesPerMs } from './mulaw.ts';
import { keyTone } from './tones.ts';
import { soundSpans } from './track.ts';

/** A call as the person with the phone has it: a voice, ears and a red button; and what was measured at their ear. */
export class PhoneCall {
  readonly leg: CallLeg;
  #voiceEnd = 0;
  #listenAt = 0;
  #cancelListening: Cancel = () => {};

  constructor(leg: CallLeg) {
    this.leg = leg;
    this.#listen();
    void leg.ended.then(() => this.#cancelListening());
  }

  get sid(): string {
    return this.leg.identity.sid;
  }

  get status(): string {
    return this.leg.status;
  }

  get over(): boolean {
    return this.leg.over;
  }

  get ended(): Promise<void> {
    return this.leg.ended;
  }

  get record(): CallRecord {
    return this.leg.record;
  }

  get events(): EventSource<CallFact> {
    return this.record.events;
  }

  /** How many media stream sockets this call had. */
  get phoneSockets(): number {
    return this.leg.streams.all.length;
  }

  /** Media messages sent to the gateway, over all streams. */
  get callerFramesSent(): number {
    return this.leg.streams.all.reduce((sum, stream) => sum + stream.framesSent, 0);
  }

  /** Milliseconds of the caller's speech that no stream took, e.g. while the gateway was away. */
  get unsentSpeechMs(): number {
    const spans = soundSpans(this.record.spoken, { from: 0, to: this.record.now });
    const sent = (at: number) => this.leg.streams.all.some(({ sent: { from, to } }) => at >= from && at < to);
    let unsent = 0;
    for (const { from, to } of spans) for (let at = from; at < to; at += 10) if (!sent(at)) unsent += Math.min(10, to - at);
    return unsent;
  }

  /** Queues mu-law speech of the caller. The answer: when it will be over, in call time (ms). */
  speak(mulaw: Uint8Array): number {
    const start = Math.max(this.#voiceEnd, Math.round(this.record.now * samplesPerMs));
    this.record.spoken.write(start, mulaw);
    this.#voiceEnd = start + mulaw.length;
    return this.#voiceEnd / samplesPerMs;
  }

  /** The caller stops in mid-word. */
  fallSilent(): void {
    const now = Math.round(this.record.now * samplesPerMs);
    this.record.spoken.eraseFrom(now);
    this.#voiceEnd = Math.min(this.#voiceEnd, now);
  }

  /** Presses a key: `0`-`9`, `*`, `#`. An open stream hears it, and a verb that waits for keys; whoever else is there hears its sound. */
  press(digit: string): void {
    const { record, leg } = this;
    record.note({ type: 'digit-pressed', digit });
    record.keys.write(Math.round(record.now * samplesPerMs), keyTone(digit));
    leg.streams.current?.press(digit);
    leg.keypad.press(digit);
  }

  hangUp(): void {
    const { identity, status } = this.leg;
    if (identity.direction === 'inbound') this.leg.end('caller-hung-up', status === 'ringing' ? 'canceled' : 'completed');
    else this.leg.end('person-hung-up', status === 'in-progress' ? 'completed' : 'busy');
  }

  /** Mu-law of all the caller heard, from the first ring on. */
  get heard(): Uint8Array {
    return this.record.heard.slice(0, this.#wholeLength());
  }

  /** Mu-law of all the caller said, of the same length as `heard`. */
  get spoken(): Uint8Array {
    return this.record.spoken.slice(0, this.#wholeLength());
  }

  /** Faults: what the network and the carrier can do to the stream that is open now. */
  get stream(): MediaStream | undefined {
    return this.leg.streams.current;
  }

  /** Fault: a second stream with the same TwiML, token included, beside the open one. */
  duplicateStream(): Promise<MediaStream | undefined> {
    return this.leg.streams.duplicate();
  }

  #wholeLength(): number {
    return Math.max(this.record.heard.length, this.record.spoken.length);
  }

  #listen(): void {
    const { record } = this;
    record.agentEar.advance(record.now);
    record.callerEar.advance(record.now);
    this.#listenAt += frameMs;
    this.#cancelListening = record.clock.after(ms(Math.max(0, this.#listenAt - record.now)), () => this.#listen());
  }
}
