import { setTimeout as wait } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { Backlog } from '../../gateway/call/backlog.ts';
import { Journal } from '../../gateway/call/journal.ts';
import type { CallId } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import { RedisLink, type RedisTarget } from '../../infra/redis.ts';
import { RedisContextStore } from '../../store/redis-context-store.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { newCallId } from '../contracts/context-store.ts';

const silent = { info: () => {}, warn: () => {} };

/** What a failover on a loaded machine may take. */
export const patient = { timeout: 60_000, interval: 50 };

export const targetOf = (url: string): RedisTarget => {
  const parsed = parseStoreUrl(url);
  if ('problem' in parsed || parsed.kind !== 'redis') throw new Error(`not a Redis: ${url}`);
  return parsed.target;
};

export const storeOver = (url: string) => {
  const link = new RedisLink({ target: targetOf(url), role: 'test', clock: systemClock, log: silent });
  return { link, store: new RedisContextStore(link, { clock: systemClock, keepDays: 30 }) };
};

/** A call's log over a real Redis, in real time, that says something all the time. */
export const talking = (store: RedisContextStore, callId: CallId = newCallId(), owner = 'node-a') => {
  const log = { info: () => {}, error: () => {} };
  const backlog = new Backlog({ clock: systemClock, log, metrics: { count() {}, gauge() {} } });
  const counts = { superseded: 0, noted: 0 };
  const journal = new Journal({
    callId,
    owner,
    store,
    clock: systemClock,
    backlog,
    onSuperseded: () => {
      counts.superseded += 1;
    },
    onTrouble: () => {},
    onEvent: () => {},
    onFact: () => {},
  });
  const say = (count = 1): void => {
    for (let each = 0; each < count; each += 1) {
      counts.noted += 1;
      journal.note({ type: 'caller-said', turn: `${owner}-${counts.noted}`, text: 'words' });
    }
  };
  let isTalking = true;
  const talk = async (everyMs = 20): Promise<void> => {
    while (isTalking) {
      say();
      await wait(everyMs);
    }
  };
  return {
    callId,
    journal,
    backlog,
    counts,
    say,
    talk,
    hush: () => {
      isTalking = false;
    },
    allStored: () => vi.waitFor(async () => expect(await journal.stored(1_000)).toBe(true), patient),
  };
};

/** The turns of a stored log, after it was checked that its places have no gap. */
export const turnsIn = async (store: RedisContextStore, callId: CallId): Promise<readonly string[]> => {
  const call = await vi.waitFor(() => store.load(callId), patient);
  expect(call?.damage).toBeUndefined();
  expect(call?.events.map(({ seq }) => seq)).toEqual(call?.events.map((_, index) => index + 1));
  return (call?.events ?? []).flatMap((event) => (event.type === 'caller-said' ? [event.turn] : []));
};

export const turnsOf = (owner: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${owner}-${index + 1}`);
