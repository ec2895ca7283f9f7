import { Worker } from 'node:worker_threads';

/** A loop that works at one thing for this long is frozen. */
const busyMs = 1_000;
/** One that waits for something, or for a processor, is given longer. */
const stillMs = 3_000;
const lookEveryMs = 100;

/**
 * Runs on a thread of its own. Where the whole process was stopped the guard stood still as well, and nothing is known of this time. A loop that has no
 * processor gets none by a kill: what counts is the time that it used.
 */
const guard = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { beats, lookEveryMs, busyMs, stillMs, words } = workerData;
const begin = () => ({ at: performance.now(), cpu: process.cpuUsage() });
let [last, lookedAt, still] = [-1, performance.now(), begin()];
setInterval(() => {
  const now = performance.now();
  const beat = Atomics.load(beats, 0);
  if (beat !== last || now - lookedAt > 5 * lookEveryMs) still = begin();
  [last, lookedAt] = [beat, now];
  const { user, system } = process.cpuUsage(still.cpu);
  const isFrozen = now - still.at >= stillMs || (now - still.at >= busyMs && (user + system) / 1000 >= 0.9 * busyMs);
  if (!isFrozen) return;
  try { writeSync(2, words); } catch {}
  process.kill(process.pid, 'SIGKILL');
}, lookEveryMs);
`;

/** Ends the guard. */
export type EndGuard = () => Promise<void>;

/**
 * From now on this process is killed (SIGKILL) when its event loop works at one thing for a second, or stands still for three: a process that hangs is
 * noticed by nobody, one that died by everybody.
 */
export const guardAgainstFreezing = (): EndGuard => {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const words = 'throughline: the event loop stands still: this process ends itself, so that others take its calls up.\n';
  const worker = new Worker(guard, {
    eval: true,
    execArgv: [],
    workerData: { beats, lookEveryMs, busyMs, stillMs, words },
  });
  worker.unref();
  const beating = setInterval(() => Atomics.add(beats, 0, 1), lookEveryMs / 2);
  beating.unref();
  return async () => {
    clearInterval(beating);
    await worker.terminate();
  };
};
