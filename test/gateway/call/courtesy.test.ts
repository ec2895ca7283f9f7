import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const world = (change: Partial<CallHouse> = {}) => {
  const call = answeredCall(sqlite, { idleMs: 15_000, ...change });
  const { clock, phone, first } = call;
  /** Silence on the caller's line. */
  const silence = (milliseconds: number) => {
    for (let at = 0; at < milliseconds; at += 20) {
      phone.brings(speech(20, 0xff));
      clock.advance(20);
      phone.returnsMarks();
    }
  };
  let answers = 0;
  /** The agent says what it was asked for, two seconds long, and the caller hears it. */
  const says = (heard = true) => {
    answers += 1;
    first.answers(`prompt-${answers}`, speech(2_000));
    if (heard) silence(2_000);
  };
  const additions = () => first.asks.flatMap(({ addition }) => addition ?? []);
  call.greeted();
  return { ...call, silence, says, additions };
};

describe('a caller who says nothing', () => {
  it('is asked twice, then hears a goodbye to its last mark, and only then the line is closed', () => {
    const { silence, says, additions, phone, counted, runner, clock } = world();
    silence(15_400);
    expect(additions()).toEqual([expect.stringMatching(/whether they are still there/)]);
    says();
    silence(15_400);
    says();
    silence(15_400);
    expect(additions()).toHaveLength(3);
    expect(additions()[2]).toMatch(/end the call now/);
    expect(phone.closed).toBe(false);
    phone.events.emit({ type: 'mark-returned', name: 'late' });
    silence(1_000);
    expect(runner.state?.at).toBe('ending'); // the line is quiet, but the goodbye has not begun
    says(false);
    phone.brings(speech(20, 0xff));
    clock.advance(1_900);
    expect(phone.closed).toBe(false);
    clock.advance(200);
    phone.returnsMarks();
    expect(runner.state).toEqual({ at: 'closed', reason: 'idle', owesGoodbye: false });
    expect(counted).toContain('throughline_calls_ended_total idle');
    expect(counted.filter((name) => name.includes('prompts'))).toHaveLength(3);
  });

  it('is there after all: the goodbye is taken back, and they are asked anew later', () => {
    const { silence, says, additions, first, callerSpeaks, runner } = world();
    for (let question = 0; question < 2; question += 1) {
      silence(15_400);
      says();
    }
    silence(15_400);
    expect(runner.state?.at).toBe('ending');
    expect(first.cancels).toBe(0);
    callerSpeaks('t');
    expect(runner.state?.at).toBe('talking');
    expect(first.cancels).toBe(1);
    first.answers('answer', speech(1_000));
    silence(16_400);
    expect(additions()).toHaveLength(4);
    expect(additions()[3]).toMatch(/whether they are still there/);
  });

  it('presses a key: that counts, too', () => {
    const { silence, says, phone, runner } = world();
    for (let question = 0; question < 2; question += 1) {
      silence(15_400);
      says();
    }
    silence(15_400);
    phone.events.emit({ type: 'digit-pressed', digit: '1' });
    expect(runner.state?.at).toBe('talking');
  });

  it('is not asked while a tool runs for them', () => {
    const { first, callerSpeaks, silence, additions } = world();
    callerSpeaks('t');
    first.starts('r');
    first.callsTool('c', 'look');
    first.ends();
    silence(40_000);
    expect(additions()).toEqual([]);
  });

  it('whose agent dies before its goodbye is not kept on a dead line', async () => {
    const { silence, says, first, phone, runner } = world();
    for (let question = 0; question < 2; question += 1) {
      silence(15_400);
      says();
    }
    silence(15_400);
    first.breaks();
    expect(runner.state).toEqual({ at: 'closed', reason: 'idle', owesGoodbye: true });
    await vi.waitFor(() => expect(phone.closed).toBe(true));
    expect(runner.journal.bundle.ended).toMatchObject({ reason: 'idle', owesGoodbye: true });
  });
});

describe('an agent that dies in its goodbye', () => {
  const dying = () => {
    const call = world();
    for (let question = 0; question < 2; question += 1) {
      call.silence(15_400);
      call.says();
    }
    call.silence(15_400);
    call.first.starts('bye');
    call.first.speaks({ response: 'bye', item: 'bye' }, speech(2_000));
    return call;
  };

  it('is heard as far as it came, and only then the line is closed', async () => {
    const { first, phone, runner, clock } = dying();
    clock.advance(500);
    const cleared = phone.told.filter((what) => what === 'clear').length;
    first.breaks();
    clock.advance(1_400);
    expect([runner.state?.at, phone.closed]).toEqual(['ending', false]);
    clock.advance(200);
    phone.returnsMarks();
    expect(phone.told.filter((what) => what === 'clear').slice(cleared)).toEqual([]);
    expect(runner.state).toEqual({ at: 'closed', reason: 'idle', owesGoodbye: false });
    await vi.waitFor(() => expect(phone.closed).toBe(true));
  });

  it('when all that came was heard: the line is closed at once', () => {
    const { first, runner, silence } = dying();
    silence(2_200);
    expect(runner.state?.at).toBe('ending'); // it may go on
    first.breaks();
    expect(runner.state).toEqual({ at: 'closed', reason: 'idle', owesGoodbye: false });
  });

  it('to a caller who speaks over it: another hears what they say', () => {
    const { first, phone, runner, session } = dying();
    first.breaks();
    phone.brings(speech(60, 5));
    expect(runner.state?.at).toBe('ending'); // a click is no word
    phone.brings(speech(200, 5));
    expect(runner.state).toMatchObject({ at: 'answering', next: { agent: 'support' } });
    session(2).readies();
    expect(session(2).heardMs()).toBeGreaterThanOrEqual(200);
  });

  it('to a caller who presses a key: another takes over', () => {
    const { first, phone, runner, session } = dying();
    first.breaks();
    phone.events.emit({ type: 'digit-pressed', digit: '1' });
    expect(runner.state).toMatchObject({ at: 'answering', next: { agent: 'support' } });
    session(2).readies();
    expect(runner.state?.at).toBe('talking');
  });
});

describe('the longest time of a call', () => {
  const short = { idleMs: 600_000, maxMs: 120_000 };

  it('is announced a minute before; the last words can not be cut off, and are heard to their end', () => {
    const { silence, says, additions, first, callerSpeaks, phone, runner } = world(short);
    silence(61_000);
    expect(additions()).toEqual([expect.stringMatching(/about a minute left/)]);
    says();
    silence(58_000);
    expect(additions()).toHaveLength(2);
    expect(first.turnTakings.at(-1)).toEqual({ createResponse: false, interruptResponse: false });
    first.starts('last');
    first.speaks({ response: 'last', item: 'last' }, speech(2_000));
    const cleared = phone.told.filter((what) => what === 'clear').length;
    callerSpeaks('t');
    expect(runner.state?.at).toBe('ending');
    expect(phone.told.filter((what) => what === 'clear')).toHaveLength(cleared);
    first.ends();
    silence(1_900);
    expect(phone.closed).toBe(false);
    silence(400);
    expect(runner.state).toEqual({ at: 'closed', reason: 'too-long', owesGoodbye: false });
  });

  it('counts from the answer, when the call goes on with another stream', async () => {
    const { silence, phone, runner, house, session, clock } = world(short);
    silence(40_000);
    phone.drops();
    const next = new ScriptedPhone(runner.facts.callId, 'two');
    const resumed = new CallRunner({ ...house, ...short }, next, runner.facts);
    await resumed.resume('resume', runner.journal.handOver());
    const second = session(2);
    second.readies();
    second.answers('back', speech(400));
    const asked = () => second.asks.flatMap(({ addition }) => addition ?? []).join();
    clock.advance(22_000);
    next.returnsMarks();
    expect(asked()).toMatch(/about a minute left/);
    expect(asked()).not.toMatch(/closed after your next words/);
    second.answers('warned', speech(400));
    clock.advance(5_000);
    next.returnsMarks();
    clock.advance(55_000);
    expect(asked()).toMatch(/closed after your next words/);
  });
});
