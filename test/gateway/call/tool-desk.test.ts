import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AskOptions, HistoryItem } from '../../../agents/session.ts';
import { Journal } from '../../../gateway/call/journal.ts';
import { ToolDesk } from '../../../gateway/call/tool-desk.ts';
import { epoch } from '../../../infra/brand.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { plainSetup } from '../../contracts/agent-session.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { ScriptedSession } from '../../world/scripted-session.ts';
import { Bench, lineWith, newCall, speech } from './call-world.ts';
import { FaultyStore, memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

/** A desk for one session of the support agent, wired as a seated session wires it. */
const deskWorld = async () => {
  const clock = new FakeClock();
  const store = new FaultyStore(sqlite);
  const bench = new Bench();
  const over = new AbortController();
  const journal = new Journal({
    callId: newCall().callId,
    owner: 'node-1',
    store,
    clock,
    onSuperseded() {},
    onTrouble() {},
    onEvent() {},
    onFact() {},
  });
  await journal.claim();
  const state = { open: true, hasTools: true, turns: 2 };
  const handoffs: string[] = [];
  const ends: (boolean | null)[] = [];
  const late: HistoryItem[] = [];
  const faults: string[] = [];
  const desk = new ToolDesk({
    line: lineWith(bench),
    countTokens: (text) => Math.ceil(text.length / 4),
    clock,
    journal,
    keys: { isCollecting: false, collect: async () => ({ kind: 'interrupted' }), interrupt() {}, send() {} },
    signal: over.signal,
    isOpen: () => state.open,
    hasTools: () => state.hasTools,
    turns: () => state.turns,
    onHandoff: (_seat, { to, handoff }) => handoffs.push(`${to} ${handoff.toolCallId} ${handoff.trigger}`),
    people: {
      request: () => {
        throw new Error('nobody asks for a person here');
      },
      isUnderWay: false,
      callOff: () => {},
    },
    payments: { isUnderWay: false, opens() {}, closes() {}, begin: async () => 'leaves' },
    onLeave: () => {},
    onEnd: (_seat, resolved) => ends.push(resolved),
    guardAsync: () => {},
    onToolFault: (name, part) => faults.push(`${name} ${part}`),
    onLateResult: (_seat, result) => late.push(result),
  });
  const session = new ScriptedSession(plainSetup);
  session.readies();
  const seat = {
    epoch: epoch(1),
    agent: 'support',
    session,
    responding: undefined as string | undefined,
    answerDue: false,
    ask: (options?: AskOptions) => session.ask(options),
    giveUp: () => {},
  };
  session.events.listen((event) => {
    if (event.type === 'tool-requested') desk.requested(seat, event);
    if (event.type === 'response-ended') desk.responseEnded(seat, event);
  });
  const outputs = () => session.toolOutputs.map(({ toolCallId, output }) => `${toolCallId} ${output}`);
  /** A response that says something first, or not, and calls these tools. */
  const responds = (spoken: boolean, ...tools: readonly (readonly [id: string, name: string, args?: object])[]) => {
    session.starts(`r-${tools[0]?.[0]}`);
    if (spoken) session.speaks({ response: `r-${tools[0]?.[0]}`, item: `i-${tools[0]?.[0]}` }, speech(20));
    for (const [id, name, args] of tools) session.callsTool(id, name, args);
    session.ends();
  };
  const calls = () => journal.bundle.toolCalls.map(({ toolCallId, status }) => `${toolCallId} ${status}`);
  return {
    clock,
    store,
    bench,
    over,
    journal,
    state,
    handoffs,
    ends,
    faults,
    desk,
    session,
    seat,
    outputs,
    responds,
    calls,
  };
};

const until = (check: () => void) => vi.waitFor(check, { interval: 1 });

describe('notes', () => {
  const note = ['n', 'note_sentiment', { sentiment: 'Worried' }] as const;

  it('are silent when the response has spoken', async () => {
    const { responds, session, outputs, journal } = await deskWorld();
    responds(true, note);
    expect(outputs()).toEqual(['n {"noted":true}']);
    expect(journal.bundle.sentiment).toBe('worried');
    expect(session.asks).toEqual([]);
  });

  it('get words when the response had none, or the caller would wait', async () => {
    const { responds, session } = await deskWorld();
    responds(false, note);
    expect(session.asks).toHaveLength(1);
  });

  it('that make no sense are answered, with words', async () => {
    const { responds, session, outputs } = await deskWorld();
    responds(true, ['n', 'note_attempt', { solution: 'x', outcome: 'maybe' }], ['m', 'fly']);
    expect(outputs()).toEqual([expect.stringContaining('bad-arguments'), expect.stringContaining('unknown-tool')]);
    expect(session.asks).toHaveLength(1);
  });
});

describe('own tools', () => {
  it('run beside the audio: the response goes on, its end asks nothing, the result does', async () => {
    const { session, bench, outputs, calls, journal } = await deskWorld();
    session.starts('r');
    session.callsTool('c', 'look');
    await until(() => expect(bench.runs).toHaveLength(1));
    expect(calls()).toEqual(['c running']);
    session.ends();
    expect(session.asks).toEqual([]);
    bench.finish(0, { status: 'active' });
    await until(() => expect(outputs()).toEqual(['c {"status":"active"}']));
    expect(session.asks).toHaveLength(1);
    expect(calls()).toEqual(['c ok']);
    expect(journal.bundle.facts).toMatchObject([{ key: 'tier', value: 'Pro', source: 'tool' }]);
  });

  it('that are quick wait with the ask until the response has ended', async () => {
    const { session, bench, outputs } = await deskWorld();
    session.starts('r');
    session.callsTool('c', 'look');
    await until(() => bench.finish(0, {}));
    await until(() => expect(outputs()).toHaveLength(1));
    session.ends();
    expect(session.asks).toHaveLength(1);
  });

  it('say whether they see a solution: behind their result in the journal, the model is told nothing of it', async () => {
    const { responds, bench, outputs, store, journal, faults } = await deskWorld();
    responds(true, ['a', 'look'], ['b', 'look'], ['c', 'look']);
    await until(() => expect(bench.runs).toHaveLength(3));
    bench.finish(0, { works: false });
    bench.finish(1, { works: true });
    bench.finish(2, { other: 1 });
    await until(() => expect(outputs()).toHaveLength(3));
    await journal.stored(1_000);
    const { events = [] } = (await store.load(journal.bundle.callId)) ?? {};
    const about = { type: 'solution-verified', tool: 'look', agent: 'support' };
    expect(events.filter(({ type }) => type === 'solution-verified')).toMatchObject([
      { ...about, toolCallId: 'a', solved: false },
      { ...about, toolCallId: 'b', solved: true },
    ]);
    expect(outputs().join()).not.toMatch(/solved|verified/);
    expect(faults).toEqual([]);
  });

  it('whose own word on the result breaks are told of by name, and their result stands', async () => {
    const { responds, bench, outputs, faults } = await deskWorld();
    responds(true, ['a', 'look']);
    await until(() => expect(bench.runs).toHaveLength(1));
    // The line's code reads it as an object.
    bench.finish(0, JSON.parse('7'));
    await until(() => expect(outputs()).toEqual(['a 7']));
    expect(faults).toEqual(['look verifies']);
  });

  it('of one response are answered by one next response, when the last is done', async () => {
    const { responds, session, bench, outputs } = await deskWorld();
    responds(true, ['a', 'look'], ['b', 'look', { what: 'logs' }], ['n', 'note_sentiment', { sentiment: 'calm' }]);
    await until(() => expect(bench.runs).toHaveLength(2));
    bench.finish(1, { b: 1 });
    await until(() => expect(outputs()).toHaveLength(2));
    expect(session.asks).toEqual([]);
    bench.finish(0, { a: 1 });
    await until(() => expect(outputs()).toHaveLength(3));
    expect(session.asks).toHaveLength(1);
  });

  it('that end while the agent says something else are spoken of behind it', async () => {
    const { responds, session, seat, bench, outputs } = await deskWorld();
    responds(true, ['a', 'look']);
    await until(() => expect(bench.runs).toHaveLength(1));
    session.starts('other');
    seat.responding = 'other';
    session.speaks({ response: 'other', item: 'other' }, speech(20));
    bench.finish(0, {});
    await until(() => expect(outputs()).toHaveLength(1));
    expect(session.asks).toEqual([]);
    seat.responding = undefined;
    session.ends();
    expect(session.asks).toHaveLength(1);
  });

  it('tell whether the session still owes words about them', async () => {
    const { responds, desk, bench } = await deskWorld();
    responds(true, ['a', 'look']);
    expect([desk.isBusy(epoch(1)), desk.isBusy(epoch(11))]).toEqual([true, false]);
    await until(() => bench.finish(0, {}));
    await until(() => expect(desk.isBusy(epoch(1))).toBe(false));
  });

  it('that end after the handoff go to the journal, and not to the closed session', async () => {
    const { responds, state, session, bench, calls } = await deskWorld();
    responds(true, ['a', 'look']);
    await until(() => expect(bench.runs).toHaveLength(1));
    state.open = false;
    bench.finish(0, { found: true });
    await until(() => expect(calls()).toEqual(['a ok']));
    expect([session.toolOutputs, session.asks]).toEqual([[], []]);
  });

  it('are not run where none were given', async () => {
    const { responds, state, bench, outputs, session } = await deskWorld();
    state.hasTools = false;
    responds(true, ['a', 'look'], ['b', 'reset', { key: 'k' }]);
    await settle();
    expect(bench.runs).toEqual([]);
    expect(outputs()).toEqual([expect.stringContaining('no-tools'), expect.stringContaining('no-tools')]);
    expect(session.asks).toHaveLength(1);
  });
});

describe('what cannot be undone', () => {
  it('begins only when its intent is stored', async () => {
    const { store, responds, bench, session, clock } = await deskWorld();
    store.line = 'away';
    responds(true, ['a', 'reset', { key: 'k' }]);
    await clock.run(300, 100);
    expect(bench.runs).toEqual([]);
    store.line = 'good';
    clock.advance(500);
    await until(() => expect(bench.runs).toHaveLength(1));
    expect(session.toolOutputs).toEqual([]);
  });

  it('is refused with words when the intent cannot be stored, and may be tried again', async () => {
    const { store, responds, bench, session, clock, outputs, calls } = await deskWorld();
    store.line = 'silent';
    responds(true, ['a', 'reset', { key: 'k' }]);
    await clock.run(1_999, 1_999);
    expect(outputs()).toEqual([]);
    await clock.run(1, 1);
    expect(outputs()).toEqual([expect.stringContaining('not-now')]);
    expect(session.asks).toHaveLength(1);
    expect([bench.runs, calls()]).toEqual([[], ['a error']]);
    responds(true, ['b', 'reset', { key: 'k' }]);
    await clock.run(2_000, 2_000);
    expect(outputs()[1]).toContain('not-now'); // refused again, and not taken for a repetition
  });

  it('happens once: a second wish gets the first result, also while the first runs', async () => {
    const { responds, bench, outputs, session } = await deskWorld();
    responds(true, ['a', 'reset', { key: 'k' }]);
    await until(() => expect(bench.runs).toHaveLength(1));
    responds(true, ['b', 'reset', { key: 'k' }]);
    await settle();
    expect([outputs(), session.asks]).toEqual([[], []]);
    bench.finish(0, { newKey: 'n-1' });
    await until(() => expect(outputs()).toHaveLength(2));
    expect(outputs()).toEqual(['a {"newKey":"n-1"}', expect.stringMatching(/^b .*alreadyDone.*n-1/)]);
    responds(true, ['c', 'reset', { key: 'k' }]);
    expect(outputs()[2]).toMatch(/^c .*alreadyDone.*n-1/);
    responds(true, ['d', 'reset', { key: 'another' }]);
    await until(() => expect(bench.runs).toHaveLength(2));
  });

  it('twice in one response happens once, and is spoken of when both are answered', async () => {
    const { responds, bench, outputs, session, calls } = await deskWorld();
    responds(true, ['a', 'reset', { key: 'k' }], ['b', 'reset', { key: 'k' }]);
    await until(() => expect(bench.runs).toHaveLength(1));
    await settle();
    expect([outputs(), session.asks]).toEqual([[], []]);
    bench.finish(0, { newKey: 'n-1' });
    await until(() => expect(outputs()).toHaveLength(2));
    expect(outputs()[1]).toMatch(/^b .*alreadyDone.*n-1/);
    expect(session.asks).toHaveLength(1);
    expect([bench.runs.length, calls()]).toEqual([1, ['a ok']]);
  });

  it('twice in one response fails once when the first fails', async () => {
    const { responds, store, clock, bench, outputs } = await deskWorld();
    store.line = 'silent';
    responds(true, ['a', 'reset', { key: 'k' }], ['b', 'reset', { key: 'k' }]);
    await clock.run(2_000, 2_000);
    expect(outputs()).toEqual([expect.stringMatching(/^a .*not-now/), expect.stringMatching(/^b .*not-now/)]);
    expect(bench.runs).toEqual([]);
  });
});

describe('transfers', () => {
  const transfer = (reason: string) => ['t', 'transfer_to_technical', { reason }] as const;

  it('that the policy allows hold their output, and ask for nothing', async () => {
    const { responds, session, handoffs, state } = await deskWorld();
    state.turns = 3;
    responds(true, transfer('still a 401'));
    expect(handoffs).toEqual(['technical t agent-judgement']);
    expect([session.toolOutputs, session.asks]).toEqual([[], []]);
  });

  it('that the policy refuses are answered with its words, and written down', async () => {
    const { responds, session, handoffs, state, outputs, journal } = await deskWorld();
    state.turns = 1;
    responds(true, transfer('no idea'));
    expect(handoffs).toEqual([]);
    expect(outputs()).toEqual([expect.stringContaining('nothing-known-yet')]);
    expect(session.asks).toHaveLength(1);
    expect(journal.bundle.refusedHandoffs).toBe(1);
  });

  it('silence the words about other tools of the same response: the next agent has them', async () => {
    const { responds, session, bench, outputs } = await deskWorld();
    responds(true, ['a', 'look'], transfer('still a 401'));
    await until(() => bench.finish(0, {}));
    await until(() => expect(outputs()).toHaveLength(1));
    expect(session.asks).toEqual([]);
  });
});

describe('the end of the call', () => {
  const end = ['e', 'end_call', { resolved: true }] as const;

  it('follows a response that has said goodbye', async () => {
    const { responds, ends, session, clock } = await deskWorld();
    responds(true, end);
    expect(ends).toEqual([true]);
    expect([session.asks, clock.pending]).toEqual([[], 0]);
  });

  it('without a word waits for a goodbye that is asked for', async () => {
    const { responds, ends, session } = await deskWorld();
    responds(false, end);
    expect(ends).toEqual([]);
    expect(session.asks).toEqual([{ tools: 'none' }]);
    session.answers('bye', speech(20));
    expect(ends).toEqual([true]);
  });

  it('does not wait for a goodbye for ever', async () => {
    const { responds, ends, clock } = await deskWorld();
    responds(false, end);
    clock.advance(14_999);
    expect(ends).toEqual([]);
    clock.advance(1);
    expect(ends).toEqual([true]);
  });

  it('leaves no timer behind when the call is over first', async () => {
    const { responds, clock, over } = await deskWorld();
    responds(false, end);
    over.abort();
    expect(clock.pending).toBe(0);
  });

  it('waits for a tool of the same response', async () => {
    const { responds, ends, bench, session } = await deskWorld();
    responds(true, end, ['a', 'look']);
    expect(ends).toEqual([]);
    await until(() => bench.finish(0, {}));
    await until(() => expect(ends).toEqual([true]));
    expect(session.asks).toEqual([]);
  });
});
