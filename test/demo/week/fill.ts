import { term } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import { isOneCaller } from '../../../store/caller-memory.ts';
import { foldCall } from '../../../store/context/fold.ts';
import { jobHandlers, jobsOfEnd } from '../../../store/jobs.ts';
import type { Stores } from '../../../store/stores.ts';
import { patiently } from '../../world/patience.ts';
import type { SampleCall } from './week.ts';

/** Calls that are appended at a time, and callers whose calls are analysed at a time. */
const together = 300;

/** Hears of every step; there are two for each call. */
export type Step = () => void;

/**
 * Puts calls into a store as a gateway does: their logs, and then all jobs that the end of a call brings. Records, repeats and figures
 * are the jobs' work.
 */
export const fillStore = async (stores: Stores, calls: readonly SampleCall[], step: Step): Promise<void> => {
  for (let at = 0; at < calls.length; at += together)
    await Promise.all(
      calls.slice(at, at + together).map(async (call) => {
        await append(stores, call);
        step();
      }),
    );
  const handlers = jobHandlers(stores);
  const callers = byCaller(calls);
  const lanes = Array.from({ length: together }, async () => {
    for (let ofCaller = callers.pop(); ofCaller !== undefined; ofCaller = callers.pop())
      for (const call of ofCaller) {
        await doJobs(handlers, call);
        step();
      }
  });
  await Promise.all(lanes);
};

/** A caller's calls are done one after the other, for two at once would not see each other. Whoever hides their number is somebody else each time. Most calls last. */
const byCaller = (calls: readonly SampleCall[]): (readonly SampleCall[])[] =>
  [...Map.groupBy(calls, ({ callId, from }) => (isOneCaller(from) ? from : callId)).values()].sort(
    (one, other) => one.length - other.length,
  );

const append = async ({ contexts }: Stores, { callId, events }: SampleCall): Promise<void> => {
  const { kind } = await patiently(() => contexts.append({ callId, term: term(1), owner: 'sample-week', events }));
  if (kind !== 'appended')
    throw new ThroughlineError('sample-week', `The store has something else as call ${callId} (${kind}).`, {
      facts: { callId, kind },
    });
};

const doJobs = async (handlers: ReturnType<typeof jobHandlers>, { callId, events }: SampleCall): Promise<void> => {
  const jobs = jobsOfEnd(foldCall(callId, events), { term: term(1), remembers: false });
  await Promise.all(jobs.map(({ name, data }) => patiently(async () => handlers[name]?.(data))));
};
