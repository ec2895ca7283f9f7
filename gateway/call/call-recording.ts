import type { StreamId } from '../../infra/brand.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { Recordings, ReelTrouble } from './recording-port.ts';
import { Tape } from './tape.ts';

/** The recording of one call on one stream, and what the log says of it. */
export class CallRecording {
  readonly tape: Tape;
  readonly #journal: Journal;
  readonly #part: StreamId;
  readonly #isSealed: boolean;
  readonly #startedAt: number;
  #stopped: ReelTrouble | undefined;
  #told: 'nothing' | 'started' | 'ended' = 'nothing';

  constructor(
    recordings: Recordings,
    {
      house: { clock },
      journal,
      streamId,
    }: { readonly house: Pick<CallHouse, 'clock'>; readonly journal: Journal; readonly streamId: StreamId },
  ) {
    this.#journal = journal;
    this.#part = streamId;
    this.#isSealed = recordings.isSealed;
    const startedAt = clock.wall();
    this.#startedAt = startedAt;
    const reel = recordings.begin(
      { callId: journal.callId, streamId, startedAt },
      { onFree: () => this.tape.flush(), onStopped: (why) => this.#stop(why) },
    );
    this.tape = new Tape({ clock, reel });
  }

  /** The call has begun here, or is taken up: the log has a place for it. */
  begun(): void {
    const { startedAt = this.#startedAt } = this.#journal.bundle;
    const offsetMs = Math.max(0, this.#startedAt - startedAt);
    this.#journal.note({ type: 'recording-started', part: this.#part, offsetMs, sealed: this.#isSealed });
    this.#told = 'started';
    if (this.#stopped !== undefined) this.#tellEnd(this.#stopped);
  }

  #stop(why: ReelTrouble): void {
    this.#stopped = why;
    if (this.#told === 'started') this.#tellEnd(why);
  }

  /** The stream is over. Before the end of the call is written down. */
  end(): void {
    this.tape.stop();
    if (this.#told === 'started') this.#tellEnd('ended');
  }

  #tellEnd(why: string): void {
    this.#told = 'ended';
    const { durationMs, lostMs, pauses } = this.tape;
    const complete = why === 'ended' && lostMs === 0;
    this.#journal.note({ type: 'recording-ended', part: this.#part, durationMs, lostMs, complete, why, pauses });
  }
}
