import { randomBytes } from 'node:crypto';
import { type CallId, term as toTerm, type WallTime, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { Job } from '../infra/queue/queue.ts';
import type { CallArchive } from './call-archive.ts';
import { type CallerHash, earlierCallerHash } from './caller-hash.ts';
import type { CallerIndex, NotedCall } from './caller-index.ts';
import type { CallerMemory } from './caller-memory.ts';
import type { CallerRecords } from './caller-records.ts';
import type { ContextEvent } from './context/event.ts';
import type { ContextStore, StoredCall } from './context-store.ts';
import type { HandoffArchive } from './handoffs/log.ts';
import type { IntakeStore } from './intakes.ts';
import type { RecordingFiles } from './recording-files.ts';
import type { SummaryStore } from './summaries.ts';
import type { Texts } from './texts.ts';
import type { Transfers } from './transfers.ts';
import { isErased } from './unless-erased.ts';

/**
 * What became of an order to erase a caller. `queued`: nobody has begun. `waiting`: what is over is erased, and some calls go on: each is erased minutes after its
 * end. `done`: nothing of the caller's calls up to the order is left. Times are ISO 8601, UTC.
 */
export interface ErasureReceipt {
  readonly id: string;
  readonly askedAt: string;
  readonly state: 'queued' | 'waiting' | 'done';
  /** Calls that were erased. */
  readonly calls: number;
  /** Calls that go on. */
  readonly liveCalls: number;
  readonly doneAt: string | null;
}

/** Erasing callers by their number. Rejects with `store-unavailable`. */
export interface Erasures {
  /** Notes an order, and has a job begin it. Calls that begin later are not part of it. Rejects with `erasures-contended` when too many do so at the same moment. */
  order(number: string): Promise<ErasureReceipt>;
  find(id: string): Promise<ErasureReceipt | undefined>;
  /** Erases what can be erased now. Can run twice without harm. */
  carryOut(id: string): Promise<void>;
  /** Carries out every order that is not done. */
  finish(): Promise<void>;
}

/** What knows something of callers. */
export interface ErasureHouse {
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly archive: Pick<CallArchive, 'erase'>;
  readonly handoffs: Pick<HandoffArchive, 'erase'>;
  readonly summaries: Pick<SummaryStore, 'forget'>;
  readonly transfers: Pick<Transfers, 'forget'>;
  readonly intakes: Pick<IntakeStore, 'forget'>;
  readonly callers: Pick<CallerMemory, 'forget'>;
  readonly index: CallerIndex;
  readonly records: CallerRecords;
  readonly recordings?: RecordingFiles;
  /** Drops the keys of calls. */
  dropKeys(callIds: readonly CallId[]): Promise<void>;
}

export interface ErasuresSetup {
  readonly house: ErasureHouse;
  /** Receipts, and which are open. */
  readonly texts: Texts;
  readonly hashOf: CallerHash;
  readonly clock: Clock;
  add(job: Job): Promise<void>;
}

/** Receipts are kept this long. */
export const receiptDays = 400;
/** What follows the end of a call, jobs and last events, is done by then. */
const settledMs = 60_000;
/** Twilio ends a call after four hours; one whose log has been still for longer lost its owner. */
const longestCallMs = 4 * 3_600_000;
/** Of calls, in one go. */
const atATime = 20;
/** Each try that fails is a change that somebody else made: orders of so many at the same moment. */
const mostTries = 1_000;
const openKey = 'open';

/** An order as it is kept; whose it is stays only until it is done. */
interface Order extends ErasureReceipt {
  readonly hash: string | null;
}

export const eraseCallerJob = (id: string): Job & { readonly name: 'erase-caller' } => ({
  name: 'erase-caller',
  data: { erasure: id },
  key: id,
});

/** Whether nothing more will come of a call. `since`: when it was first heard of; while nothing is stored of it, it may be just beginning. */
export const isSettled = (events: readonly ContextEvent[], since: WallTime, now: WallTime): boolean => {
  if (now - (events.at(-1)?.at ?? since) > longestCallMs) return true;
  const goesOn = events.findLastIndex(({ type }) => type === 'bound');
  const end = events.slice(goesOn + 1).find(({ type }) => type === 'call-ended');
  return end !== undefined && now - end.at > settledMs;
};

const receiptOf = ({ hash: _, ...receipt }: Order): ErasureReceipt => receipt;

const iso = (at: WallTime): string => new Date(at).toISOString();

// Both are written by this or another node; nobody else can write there.
const orderIn = (text: string): Order => JSON.parse(text);
const idsIn = (text: string): readonly string[] => JSON.parse(text);

const transfersIn = (events: readonly ContextEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'transfer-requested' ? [event.transfer] : []));

export const erasuresIn = ({ house, texts, hashOf, clock, add }: ErasuresSetup): Erasures => {
  const load = async (id: string): Promise<Order | undefined> => {
    const text = await texts.get(`order:${id}`);
    return text === undefined ? undefined : orderIn(text);
  };
  const save = (order: Order): Promise<void> => texts.put(`order:${order.id}`, JSON.stringify(order));

  const openIds = async (): Promise<readonly string[]> => idsIn(await texts.putFirst(openKey, '[]'));

  const changeOpen = async (change: (ids: readonly string[]) => readonly string[]): Promise<void> => {
    for (let tried = 0; tried < mostTries; tried += 1) {
      const before = await texts.putFirst(openKey, '[]');
      if (await texts.swap(openKey, before, JSON.stringify(change(idsIn(before))))) return;
    }
    throw new ThroughlineError('erasures-contended', 'The list of open erasures is changed by others all the time.');
  };

  /**
   * Transfers before all: only the log, which needs the key, names all of them. Then keys: from then on no copy of the calls can be read. Whose they are is
   * forgotten last, so that a run that breaks off is made again.
   */
  const erase = async (hash: string, calls: readonly StoredCall[]): Promise<void> => {
    const callIds = calls.map(({ callId }) => callId);
    await Promise.all(calls.map(({ callId, events }) => house.transfers.forget(callId, transfersIn(events))));
    await house.dropKeys(callIds);
    await house.recordings?.forget(callIds);
    await house.archive.erase(callIds);
    await house.handoffs.erase(callIds);
    await house.summaries.forget(callIds);
    await house.records.forgetCallers(callIds);
    await house.intakes.forget(hash, callIds);
    await house.index.forget(hash, callIds);
  };

  /** What there is of a call, and whether it is to be erased now, goes on, or began after the order. */
  const found = async ({ callId, notedAt }: NotedCall, until: WallTime) => {
    const stored = (await house.contexts.load(callId)) ?? { callId, term: toTerm(0), owner: '', events: [] };
    const { events } = stored;
    // What a run erased that broke off is done to its end.
    if (isErased(stored)) return { stored, standing: 'over' } as const;
    if ((events[0]?.at ?? notedAt) > until) return { stored, standing: 'later' } as const;
    return { stored, standing: isSettled(events, notedAt, clock.wall()) ? 'over' : 'live' } as const;
  };

  /** How many calls of the caller were erased, and how many go on. */
  const eraseCalls = async (hash: string, until: WallTime): Promise<{ readonly erased: number; readonly live: number }> => {
    const noted = await house.index.callsOf(hash);
    const counts = { erased: 0, live: 0 };
    for (let first = 0; first < noted.length; first += atATime) {
      const calls = await Promise.all(noted.slice(first, first + atATime).map((call) => found(call, until)));
      const over = calls.filter(({ standing }) => standing === 'over').map(({ stored }) => stored);
      if (over.length > 0) await erase(hash, over);
      counts.erased += over.length;
      counts.live += calls.filter(({ standing }) => standing === 'live').length;
    }
    return counts;
  };

  const carryOut = async (id: string): Promise<void> => {
    const order = await load(id);
    if (order === undefined || order.hash === null) return changeOpen((ids) => ids.filter((open) => open !== id));
    const until = wallTime(Date.parse(order.askedAt));
    const { erased, live } = await eraseCalls(order.hash, until);
    await house.records.forgetCaller(order.hash, until);
    await house.callers.forget(order.hash);
    await house.intakes.forget(order.hash, []);
    const calls = order.calls + erased;
    if (live > 0) return save({ ...order, state: 'waiting', calls, liveCalls: live });
    await save({ ...order, state: 'done', calls, liveCalls: 0, doneAt: iso(clock.wall()), hash: null });
    await changeOpen((ids) => ids.filter((open) => open !== id));
  };

  return {
    async order(number) {
      const hash = await hashOf(number);
      const id = randomBytes(12).toString('hex');
      const noted = { state: 'queued', calls: 0, liveCalls: 0, doneAt: null } as const;
      const order: Order = { id, askedAt: iso(clock.wall()), ...noted, hash };
      await save(order);
      await house.callers.forget(earlierCallerHash(number));
      await changeOpen((ids) => [...ids, id]).catch(async (error: unknown) => {
        await texts.drop([`order:${id}`]); // nobody would carry it out, and it says whose it is
        throw error;
      });
      await add(eraseCallerJob(id));
      return receiptOf(order);
    },
    async find(id) {
      const order = await load(id);
      return order && receiptOf(order);
    },
    carryOut,
    async finish() {
      for (const id of await openIds()) await carryOut(id);
    },
  };
};
