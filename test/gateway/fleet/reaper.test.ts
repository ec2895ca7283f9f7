import { beforeEach, describe, expect, it } from 'vitest';
import { Reaper } from '../../../gateway/fleet/reaper.ts';
import { type CallId, term, wallTime } from '../../../infra/brand.ts';
import { openSqlite } from '../../../infra/sqlite.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import type { StoredCall } from '../../../store/context-store.ts';
import { nodeTables, SqliteNodes } from '../../../store/sqlite-nodes.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';

const dead = { node: 'dead', beat: 4, address: '10.0.0.1:7', takesCalls: true };
const log = { info: () => {}, warn: () => {}, error: () => {} };

const stored = (callId: CallId, owner: string, facts: readonly ContextFact[]): StoredCall => ({
  callId,
  owner,
  term: term(1),
  events: facts.map((fact, index): ContextEvent => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(0) })),
});
const started: ContextFact = { type: 'call-started', from: '+1', to: '+2', line: 'acme', ivr: {} };
const ended: ContextFact = { type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false };

describe('the calls of a process that is silent', () => {
  const clock = new FakeClock();
  let nodes: SqliteNodes;
  let calls: Map<CallId, StoredCall>;
  let redirected: CallId[];
  let over: CallId[];
  let answers: boolean;
  let redirect: (callId: CallId) => Promise<'done' | 'gone'>;

  beforeEach(async () => {
    const sqlite = openSqlite(':memory:');
    await sqlite.run('open', nodeTables);
    nodes = new SqliteNodes(sqlite, clock);
    [calls, redirected, over, answers] = [new Map(), [], [], false];
    redirect = async (callId) => {
      redirected.push(callId);
      return 'done';
    };
    await nodes.beat(dead);
  });

  const reaper = () =>
    new Reaper({
      nodes,
      contexts: { load: async (callId) => calls.get(callId) },
      clock,
      log,
      answers: async () => answers,
      redirect: (callId) => redirect(callId),
      onOver: (callId) => over.push(callId),
      count: () => {},
    });

  const has = async (...all: readonly StoredCall[]) => {
    for (const call of all) calls.set(call.callId, call);
    await nodes.has(
      'dead',
      all.map(({ callId }) => callId),
    );
  };

  /** Until all is done, letting time pass. */
  const done = async (work: Promise<unknown>) => {
    let isDone = false;
    void work.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(50);
    }
  };

  it('are moved when it does not answer, each once, whoever sees it', async () => {
    const all = Array.from({ length: 20 }, (_, index) => stored(callIdOf(index + 1), 'dead', [started]));
    await has(...all);
    await done(Promise.all([reaper().suspects(dead), reaper().suspects(dead)]));
    expect([...redirected].sort()).toEqual(all.map(({ callId }) => callId).sort());
    expect((await nodes.beat({ ...dead, beat: 5 })).isTaken).toBe(true);
  });

  it('stay where they are when it answers, or gives another sign', async () => {
    await has(stored(callIdOf(1), 'dead', [started]));
    answers = true;
    await done(reaper().suspects(dead));
    answers = false;
    await nodes.beat({ ...dead, beat: 5 });
    await done(reaper().suspects(dead));
    expect(redirected).toEqual([]);
    expect((await nodes.beat({ ...dead, beat: 6 })).isTaken).toBe(false);
  });

  it('are left alone when somebody has them by now, when they ended, and when the caller is with a person', async () => {
    await has(
      stored(callIdOf(1), 'another', [started]),
      stored(callIdOf(2), 'dead', [started, ended]),
      stored(callIdOf(3), 'dead', [started, { type: 'stream-ended', reason: 'left-for-person' }]),
      stored(callIdOf(4), 'dead', [started]),
    );
    await done(reaper().suspects(dead));
    expect(redirected).toEqual([callIdOf(4)]);
  });

  it('are said to be over when the carrier says so; one that can not be moved keeps no other', async () => {
    await has(...[1, 2, 3].map((number) => stored(callIdOf(number), 'dead', [started])));
    redirect = async (callId) => {
      if (callId === callIdOf(1)) throw new Error('HTTP 503');
      redirected.push(callId);
      return callId === callIdOf(2) ? 'gone' : 'done';
    };
    await done(reaper().suspects(dead));
    expect([...redirected].sort()).toEqual([callIdOf(2), callIdOf(3)]);
    expect(over).toEqual([callIdOf(2)]);
  });

  it('a hundred of them are asked about within two seconds', async () => {
    await has(...Array.from({ length: 100 }, (_, index) => stored(callIdOf(index + 1), 'dead', [started])));
    const before = clock.now();
    await done(reaper().suspects(dead));
    expect(redirected).toHaveLength(100);
    expect(clock.now() - before).toBeLessThan(3_000); // this loop moves time by 50 ms at a step
  });
});
