import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryItem } from '../../../agents/session.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import type { ScriptedSession } from '../../world/scripted-session.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const minutes = (count: number): number => count * 60_000;

const contextIn = (items: readonly HistoryItem[]) =>
  items.flatMap((item) => (item.type === 'tool-call' && item.name === 'get_call_context' ? [JSON.parse(item.output)] : []));

/** An answered call whose first session lives for an hour, or so long. */
const longCall = (lifeMinutes = 60) => {
  const world = answeredCall(sqlite);
  const { first, clock, phone } = world;
  first.readies(clock.wall() + minutes(lifeMinutes));
  first.answers('hello', speech(400));
  clock.advance(400);
  phone.returnsMarks();
  const bound = () => {
    const { state } = world.runner;
    return state !== undefined && 'bound' in state ? state.bound.epoch : undefined;
  };
  /** A frame of the caller every 20 ms, as a carrier sends them. */
  const silence = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      phone.brings(speech(20, 0xff));
      clock.advance(20);
    }
  };
  /** Time passes until the session of this number is being opened. */
  const opened = (number: number): ScriptedSession => {
    for (let passed = 0; world.sessions.length < number && passed < minutes(70); passed += 100) clock.advance(100);
    return world.session(number);
  };
  return { ...world, bound, silence, opened };
};

describe('rotation', () => {
  it('opens a second session of the same agent ten to twelve minutes before the end, and not before', () => {
    const { clock, sessions, opened } = longCall();
    opened(2);
    expect(clock.now()).toBeGreaterThanOrEqual(minutes(48));
    expect(clock.now()).toBeLessThanOrEqual(minutes(50));
    expect(sessions[1]?.setup).toMatchObject({ agent: 'support', voice: 'marin', history: [] });
    expect(sessions[1]?.setup.instructions).toContain('wait for the caller to speak');
  });

  it('waits for a pause, takes the whole conversation along, and is not heard', () => {
    const { clock, opened, first, phone, callerSpeaks, silence, bound, runner } = longCall();
    const second = opened(2);
    second.readies(clock.wall() + minutes(60));
    first.starts('long');
    first.speaks({ response: 'long', item: 'long' }, speech(2_000), 'It takes a while.');
    silence(1_000);
    expect(bound()).toBe(1);
    first.ends();
    clock.advance(1_000);
    phone.returnsMarks();
    callerSpeaks('t1');
    expect(bound()).toBe(1); // the model owes an answer
    first.answers('short', speech(100));
    clock.advance(100);
    phone.returnsMarks();
    expect(second.heard).toEqual([]);
    const told = phone.told.length;
    silence(400);
    expect(bound()).toBe(2);
    expect([first.endedBy, second.endedBy, second.asks, second.turnTakings]).toEqual(['close', undefined, [], []]);
    expect(phone.told.slice(told)).toEqual([]); // nothing played, nothing cleared
    const [{ conversation }] = contextIn(second.added);
    expect(conversation.at(-2)).toEqual({ who: 'caller', said: 'words of t1' });
    expect(runner.journal.bundle.agent).toBe('support');
    callerSpeaks('t2', second);
    expect(second.heard.filter((code) => code === 5)).toHaveLength(1_600);
    second.answers('goes on', speech(40, 3));
    expect(phone.played.slice(-320)).toEqual([...speech(40, 3)]);
  });

  it('words that the old session owes still reach the new one', () => {
    const { clock, opened, first, phone, silence, bound } = longCall();
    const second = opened(2);
    const from = first.heardMs();
    phone.brings(speech(200, 5));
    first.hearsSpeech('late', from);
    first.commits('late');
    first.answers('answer', speech(100));
    clock.advance(100);
    phone.returnsMarks();
    second.readies();
    silence(500);
    expect(bound()).toBe(2);
    first.transcribes('late', 'my number is seven');
    expect(contextIn(second.added).at(-1)).toMatchObject({ callerSaid: 'my number is seven' });
    expect(first.endedBy).toBe('close');
  });

  it('is no reason to lose anything a caller says in that moment', () => {
    const { clock, opened, first, phone, silence, bound } = longCall();
    const second = opened(2);
    second.readies();
    silence(200);
    const heardBefore = first.heard.length;
    for (let frame = 0; frame < 50; frame += 1) {
      phone.brings(speech(20, frame));
      clock.advance(20);
    }
    silence(400);
    expect(bound()).toBe(2);
    const heard = [...first.heard.slice(heardBefore), ...second.heard];
    for (let frame = 0; frame < 50; frame += 1)
      expect(heard.filter((code) => code === frame).length, `frame ${frame}`).toBeGreaterThanOrEqual(160);
  });

  it('a session that can not be had is asked for again 20 s later, and the call goes on', () => {
    const { sessions, session, opened, bound, silence } = longCall();
    opened(2).fails('server_error', true);
    silence(10_000);
    expect([sessions.length, bound()]).toEqual([2, 1]);
    silence(11_000);
    expect(sessions).toHaveLength(3);
    session(3).readies();
    silence(600);
    expect(bound()).toBe(3);
  });

  it('comes again and again: the third session of a long call', () => {
    const { clock, sessions, opened, bound, silence } = longCall();
    for (const number of [2, 3, 4]) {
      opened(number).readies(clock.wall() + minutes(60));
      expect(sessions).toHaveLength(number);
      silence(1_000);
      expect(bound()).toBe(number);
    }
  });

  it('of a short-lived session comes at its half', () => {
    const { clock, sessions } = longCall(4);
    clock.advance(minutes(2) - 30_000);
    expect(sessions).toHaveLength(1);
    clock.advance(30_000);
    expect(sessions).toHaveLength(2);
  });

  it('is left behind with the call', () => {
    const { clock, opened, phone } = longCall();
    const second = opened(2);
    second.readies();
    phone.hangsUp();
    expect(second.endedBy).toBe('close');
    expect(clock.pending).toBeLessThan(4); // what the log still waits for
  });
});

const tries = (session: ScriptedSession, name: string, solution: string) => {
  session.starts(name);
  session.callsTool(`c-${name}`, 'note_attempt', { solution, outcome: 'failed' });
  session.ends();
};

describe('a handoff that is foreseen', () => {
  it('after the second attempt that failed the specialist is opened, and knows nothing yet', () => {
    const { first, sessions } = longCall();
    tries(first, 'a', 'Reset the key');
    expect(sessions).toHaveLength(1);
    tries(first, 'b', 'Log in again');
    expect(sessions).toHaveLength(2);
    expect(sessions[1]?.setup).toMatchObject({ agent: 'technical', voice: 'cedar', history: [] });
    tries(first, 'c', 'Wait');
    expect(sessions).toHaveLength(2);
  });

  it('is briefed at the request and asked at once; the record says so', () => {
    const { first, session, sessions, callerSpeaks, phone, handoffs, runner, clock, counted, observed } = longCall();
    tries(first, 'a', 'Reset the key');
    tries(first, 'b', 'Log in again');
    const second = session(2);
    second.readies();
    clock.advance(2_000);
    callerSpeaks('t1');
    callerSpeaks('t2');
    first.starts('bridge');
    first.speaks({ response: 'bridge', item: 'bridge' }, speech(100, 1));
    expect(second.asks).toEqual([]);
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401' });
    expect(second.asks).toEqual([{ forceAudio: true, tools: 'auto' }]);
    const [context] = contextIn(second.added);
    expect(context).toMatchObject({ handoff: { status: 'done', from: 'support', reason: 'still a 401' } });
    expect(context.attemptedSolutions).toHaveLength(2);
    expect(context.conversation.at(-1).said).toBe('words of t2');
    first.ends();
    clock.advance(80);
    second.answers('mine', speech(20, 2));
    expect(handoffs()).toEqual(['technical committed']);
    expect(phone.played.slice(-320)).toEqual([...speech(20, 1), ...speech(20, 2)]);
    expect(sessions).toHaveLength(2);
    expect(runner.journal.bundle.handoffs[0]?.outcome).toBe('committed');
    expect(counted).toContain('throughline_spare_sessions_total taken');
    // The wait counts from the request, not from when somebody foresaw it.
    expect(observed).toContainEqual(['throughline_bind_seconds', 0.08, 'handoff']);
  });

  it('while it is still on its way: it has as much time as any other', () => {
    const { first, session, clock, handoffs } = longCall();
    tries(first, 'a', 'Reset the key');
    tries(first, 'b', 'Log in again');
    clock.advance(2_500);
    first.starts('bridge');
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401', caller_asked: true });
    first.ends();
    clock.advance(2_500);
    expect(handoffs()).toEqual(['technical pending']);
    session(2).readies();
    session(2).answers('mine', speech(20, 2));
    expect(handoffs()).toEqual(['technical committed']);
  });

  it('when the caller asks for somebody else', () => {
    const { first, phone, sessions } = longCall();
    const says = (turn: string, words: string) => {
      const from = first.heardMs();
      phone.brings(speech(200, 5));
      first.hearsSpeech(turn, from);
      first.commits(turn);
      first.transcribes(turn, words);
      first.answers(`answer ${turn}`, speech(20));
    };
    says('t1', 'My key does not work');
    expect(sessions).toHaveLength(1);
    says('t2', 'Can I talk to a specialist please?');
    expect(sessions).toHaveLength(2);
  });

  it('what led to one handoff foresees no other: neither attempts that failed before nor a wish that was granted', () => {
    const { first, session, sessions, phone } = longCall();
    tries(first, 'a', 'Reset the key');
    tries(first, 'b', 'Log in again');
    const second = session(2);
    second.readies();
    first.starts('bridge');
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401', caller_asked: true });
    first.ends();
    second.answers('mine', speech(20, 2));
    const says = (turn: string, words: string) => {
      const from = second.heardMs();
      phone.brings(speech(200, 5));
      second.hearsSpeech(turn, from);
      second.commits(turn);
      second.transcribes(turn, words);
      second.answers(`answer ${turn}`, speech(20));
    };
    says('u1', 'Yes, that is what I see');
    tries(second, 'c', 'Add the header');
    expect(sessions).toHaveLength(2);
    tries(second, 'd', 'Use another client');
    expect(sessions).toHaveLength(3);
  });

  it('is let go unheard after 90 s, and not opened again for the same reason', () => {
    const { first, session, sessions, clock, phone, counted } = longCall();
    tries(first, 'a', 'Reset the key');
    tries(first, 'b', 'Log in again');
    session(2).readies();
    first.answers('that did not work', speech(20));
    const { length } = phone.played;
    clock.advance(89_000);
    expect(session(2).endedBy).toBeUndefined();
    clock.advance(1_000);
    expect([session(2).endedBy, phone.played.length]).toEqual(['close', length]);
    expect(counted).toContain('throughline_spare_sessions_total unused');
    tries(first, 'c', 'Wait');
    expect(sessions).toHaveLength(2);
  });
});
