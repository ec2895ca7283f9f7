import { type Milliseconds, ms } from './brand.ts';
import type { Clock } from './clock.ts';
import { messageOf, ThroughlineError } from './errors.ts';

/** Something that a process consists of. Each step is optional. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  /** Takes no new work and waits until what runs has ended by itself. */
  drain?(): Promise<void> | void;
  /** Ends for good. */
  stop?(): Promise<void> | void;
}

export interface ShutdownOptions {
  readonly clock: Clock;
  /** For all drains together. */
  readonly drainMs: number;
  /** For each stop. */
  readonly stopMs: number;
  /** Told of each step that failed or took too long; the others go on. */
  trouble(part: string, step: 'drain' | 'stop', error: unknown): void;
}

/** The life of a process: parts start in order, drain together, stop in reverse. */
export interface Shutdown {
  /** Fires at the first cause of an end, before draining, with the cause as its reason. */
  readonly signal: AbortSignal;
  /**
   * Starts the parts one after the other. When one fails, or the end comes meanwhile, those that started are stopped again;
   * a failure then rejects with `part-failed-to-start`.
   */
  start(parts: readonly Part[]): Promise<void>;
  /** Begins the end, or joins the one that has begun: the first cause wins. Resolves with that cause when all is over. Never rejects. */
  end(cause: string): Promise<string>;
}

/** Waits for a step, but not longer than the limit: then it rejects and the step is left behind. */
const within = async (clock: Clock, limit: Milliseconds, step: () => Promise<void> | void): Promise<void> => {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(limit, () => late.reject(new ThroughlineError('step-too-slow', `not done after ${limit} ms`)));
  try {
    await Promise.race([Promise.resolve().then(step), late.promise]);
  } finally {
    cancel();
  }
};

export const createShutdown = (options: ShutdownOptions): Shutdown => {
  const { clock, drainMs, stopMs, trouble } = options;
  const controller = new AbortController();
  const started: Part[] = [];
  let starting: Promise<void> = Promise.resolve();
  let ending: Promise<string> | undefined;

  const drain = async (part: Part): Promise<void> => {
    try {
      await within(clock, ms(drainMs), () => part.drain?.());
    } catch (error) {
      trouble(part.name, 'drain', error);
    }
  };

  const stop = async (part: Part): Promise<void> => {
    try {
      await within(clock, ms(stopMs), () => part.stop?.());
    } catch (error) {
      trouble(part.name, 'stop', error);
    }
  };

  const run = async (cause: string): Promise<string> => {
    controller.abort(cause);
    // A failure is told to whoever called start(); a part that hangs there must not keep the others from ending.
    await within(clock, ms(stopMs), () => starting).catch(() => {});
    await Promise.all(started.map(drain));
    for (const part of started.toReversed()) await stop(part);
    return cause;
  };

  const startAll = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) {
      if (controller.signal.aborted) return;
      try {
        await part.start?.();
      } catch (error) {
        throw new ThroughlineError('part-failed-to-start', `${part.name} did not start: ${messageOf(error)}`, {
          facts: { name: part.name },
          cause: error,
        });
      }
      started.push(part);
    }
  };

  const end = (cause: string): Promise<string> => {
    ending ??= run(cause);
    return ending;
  };

  return {
    signal: controller.signal,
    start: async (parts) => {
      starting = startAll(parts);
      try {
        await starting;
      } catch (error) {
        await end('start failed');
        throw error;
      }
    },
    end,
  };
};
