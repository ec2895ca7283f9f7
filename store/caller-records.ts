import type { CallId, WallTime } from '../infra/brand.ts';
import type { CallLog } from './calls/call-log.ts';
import type { CallRecord } from './calls/record.ts';

/** The part of the calls' records that an erasure changes: they stay as figures that are nobody's. Rejects with `store-unavailable`. */
export interface CallerRecords {
  /** Takes what tells whose they were from the records of calls. */
  forgetCallers(callIds: readonly CallId[]): Promise<void>;
  /** The same for all calls of a caller, by its hash, that began up to a time: records outlive the index of callers. */
  forgetCaller(hash: string, until: WallTime): Promise<void>;
}

/** The records of a log of calls, which an erasure leaves as figures. */
export const callerRecordsIn = (calls: Pick<CallLog, 'get' | 'ofCaller' | 'write'>): CallerRecords => {
  const makeNobodys = (records: readonly CallRecord[]) =>
    Promise.all(records.map((record) => calls.write({ ...record, caller: null })));
  return {
    async forgetCallers(callIds) {
      const records = await Promise.all(callIds.map((callId) => calls.get(callId)));
      await makeNobodys(records.filter((record) => record !== undefined).filter(({ caller }) => caller !== null));
    },
    async forgetCaller(hash, until) {
      // The oldest come first, and those that were done come no more: once there is none up to `until`, there are none behind.
      const next = async () =>
        (await calls.ofCaller(hash, 0)).filter(({ caller, startedAt }) => caller === hash && Date.parse(startedAt) <= until);
      for (let records = await next(); records.length > 0; records = await next()) await makeNobodys(records);
    },
  };
};
