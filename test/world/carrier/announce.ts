import { ms } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { CallRecord } from './call-record.ts';
import { Playout } from './playout.ts';

/** Waits, but not longer than the signal lets. */
export const waitFor = (clock: Clock, span: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms(span), done);
    signal.addEventListener('abort', done);
  });

/** Settles when the signal aborts. */
export const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

interface Announcement {
  readonly mulaw: Uint8Array;
  /** How often it is heard. Default: once. */
  readonly times?: number;
}

/** Plays audio to the caller until it ends, or the signal aborts. */
export const announce = async (
  record: CallRecord,
  { mulaw, times = 1 }: Announcement,
  signal: AbortSignal,
): Promise<void> => {
  if (signal.aborted || mulaw.length === 0) return;
  const { clock, origin, heard } = record;
  const playout = new Playout({ clock, origin, heard, marked: () => {} });
  record.playouts.push(playout);
  for (let time = 0; time < times && !signal.aborted; time += 1) {
    playout.play(mulaw);
    await waitFor(clock, playout.queuedMs, signal);
  }
  playout.stop();
};
