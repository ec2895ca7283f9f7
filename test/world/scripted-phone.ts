import type { CallerAudioListener, PhoneEvent, PhoneLeg } from '../../gateway/call/ports.ts';
import { type CallId, parseCallId, streamId } from '../../infra/brand.ts';
import { EventSource } from '../../infra/event-source.ts';

/** A `CallSid` that ends in `number`. */
export const callIdOf = (number: number): CallId => {
  const id = parseCallId(`CA${String(number).padStart(32, '0')}`);
  if (id === undefined) throw new Error(`no call id: ${number}`);
  return id;
};

/** A phone leg that a test moves by hand: remembers what it was told, and says what the test makes it say. */
export class ScriptedPhone implements PhoneLeg {
  readonly callId: CallId;
  readonly streamId = streamId(`MZ${'7'.repeat(32)}`);
  readonly events = new EventSource<PhoneEvent>();
  /** What it was told, in order: `play <bytes>`, `mark <name>`, `clear`, `close`. */
  readonly told: string[] = [];
  /** Every byte that was queued for the caller. */
  readonly played: number[] = [];
  readonly #marks: string[] = [];
  #listener: CallerAudioListener = () => {};
  #over = false;
  /** What the other side did not take yet: a test may say. */
  unsentBytes = 0;

  readonly ticket: string;

  constructor(callId: CallId = callIdOf(1), ticket = 'ticket-1') {
    this.callId = callId;
    this.ticket = ticket;
  }

  onAudio(listener: CallerAudioListener): void {
    this.#listener = listener;
  }

  play(mulaw: Uint8Array): void {
    if (this.#over) return;
    this.told.push(`play ${mulaw.length}`);
    this.played.push(...mulaw);
  }

  mark(name: string): void {
    if (this.#over) return;
    this.told.push(`mark ${name}`);
    this.#marks.push(name);
  }

  clear(): void {
    if (!this.#over) this.told.push('clear');
  }

  close(): void {
    if (this.#over) return;
    this.told.push('close');
    this.drops(1000);
  }

  get closed(): boolean {
    return this.#over;
  }

  /** The caller's line brings audio; or, `inserted`, silence stands where it brought none. */
  brings(mulaw: Uint8Array, inserted = false): void {
    if (!this.#over) this.#listener(mulaw, inserted);
  }

  /** The oldest `count` marks that did not come back yet come back. */
  returnsMarks(count = this.#marks.length): void {
    for (const name of this.#marks.splice(0, count)) this.events.emit({ type: 'mark-returned', name });
  }

  hangsUp(): void {
    this.events.emit({ type: 'stream-stopped' });
    this.drops(1000);
  }

  /** The stream is gone without a word. */
  drops(code = 1006): void {
    if (this.#over) return;
    this.#over = true;
    this.events.emit({ type: 'stream-closed', code });
  }
}
