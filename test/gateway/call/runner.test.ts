import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { settle } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { answeredCall } from './answered-call.ts';
import { houseOver, newCall, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const callWorld = () => answeredCall(sqlite);

/** A code that is no silence and not loud. */
const hum = 0xf0;

const takesTurns = { createResponse: true, interruptResponse: true };

describe('answer', () => {
  it('opens at once, routes what the caller said meanwhile, and asks for a greeting without tools', () => {
    const { first, phone, runner } = callWorld();
    phone.brings(speech(60));
    expect(runner.state?.at).toBe('answering');
    first.readies();
    expect(first.heardMs()).toBe(60);
    expect(first.asks).toEqual([{ forceAudio: true, tools: 'none' }]);
    expect(first.turnTakings).toEqual([]); // it was set up with them
    expect(first.setup.turnTaking).toEqual(takesTurns);
  });

  it('tries two sessions that stay silent, 3 s each with a wait between, then gives the call up', async () => {
    const { sessions, clock, runner, phone } = callWorld();
    clock.advance(2_999);
    expect(sessions).toHaveLength(1);
    clock.advance(1);
    expect(sessions).toHaveLength(1); // three failures' worth of waiting: 1,200 ms
    clock.advance(1_200);
    expect(sessions).toHaveLength(2);
    clock.advance(3_000);
    expect(sessions.map(({ endedBy }) => endedBy)).toEqual(['close', 'close']);
    expect(await runner.ended).toEqual({ reason: 'gave-up', owesGoodbye: false });
    expect(phone.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('does not try again what cannot work', async () => {
    const { first, sessions, runner } = callWorld();
    first.fails('invalid_api_key', true);
    expect(await runner.ended).toEqual({ reason: 'gave-up', owesGoodbye: false });
    expect(sessions).toHaveLength(1);
  });
});

describe('handoff', () => {
  it('is committed by the first audio: right behind the old words, old session closed, turn taking switched on', () => {
    const { greeted, asksForHandoff, phone, first, handoffs } = callWorld();
    greeted();
    const second = asksForHandoff();
    phone.brings(speech(40, 9));
    expect(first.heardMs()).toBe(400); // deaf from the request on
    expect(second.setup.turnTaking).toEqual({ createResponse: false, interruptResponse: false });
    second.readies();
    expect(second.heard).toEqual([...speech(40, 9)]);
    second.starts('mine');
    expect([first.endedBy, second.turnTakings, handoffs()]).toEqual([undefined, [], ['technical pending']]);
    second.speaks({ response: 'mine', item: 'mine' }, speech(20, 2));
    expect([first.endedBy, second.turnTakings, handoffs()]).toEqual(['close', [takesTurns], ['technical committed']]);
    expect(phone.played.slice(-320)).toEqual([...speech(20, 1), ...speech(20, 2)]);
    expect(phone.told).not.toContain('clear');
    expect(first.toolOutputs).toEqual([]);
  });

  it.each([
    ['it does not come up in 3 s', 3_000, () => {}],
    ['it does not speak in 4.5 s', 4_500, (session: { readies(): void }) => session.readies()],
  ] as const)('rolls back when %s: the old agent gets the words it missed, and says so', (_why, limit, before) => {
    const { greeted, asksForHandoff, clock, phone, first, handoffs, runner } = callWorld();
    greeted();
    const second = asksForHandoff();
    before(second);
    phone.brings(speech(60, hum));
    const asked = first.asks.length;
    clock.advance(limit - 1);
    expect([first.heardMs(), second.endedBy]).toEqual([400, undefined]);
    clock.advance(1);
    expect(first.heard.slice(-480)).toEqual([...speech(60, hum)]);
    expect(first.heardMs()).toBe(460);
    expect(first.toolOutputs).toEqual([{ toolCallId: 't', output: expect.stringContaining('transfer-failed') }]);
    expect(first.asks).toHaveLength(asked + 1);
    expect([second.endedBy, handoffs()]).toEqual(['close', ['technical failed']]);
    expect(runner.state).toMatchObject({ at: 'talking', bound: { agent: 'support' } });
  });

  it('waits for the end of the bridging words, for 20 s at most', () => {
    const { greeted, asksForHandoff, clock, first } = callWorld();
    greeted();
    const second = asksForHandoff(true);
    second.readies();
    second.answers('mine', speech(20, 2));
    expect(second.turnTakings).toEqual([]);
    for (let second = 0; second < 20; second += 1) {
      clock.advance(1_000);
      first.speaks({ response: 'bridging', item: 'bridging' }, speech(20, 1));
    }
    expect([first.endedBy, second.turnTakings]).toEqual(['close', [takesTurns]]);
  });

  it('switches turn taking on also when the first response was over before the commit', () => {
    const { greeted, asksForHandoff, first } = callWorld();
    greeted();
    const second = asksForHandoff(true);
    second.readies();
    second.answers('mine', speech(20, 2));
    first.ends();
    expect([first.endedBy, second.turnTakings]).toEqual(['close', [takesTurns]]);
  });

  it('a turn that was committed while turns were held is answered after the first response', () => {
    const { greeted, asksForHandoff, callerSpeaks } = callWorld();
    greeted();
    const second = asksForHandoff();
    second.readies();
    callerSpeaks('late', second);
    second.starts('mine');
    second.speaks({ response: 'mine', item: 'mine' }, speech(20));
    expect(second.asks).toHaveLength(1);
    second.ends();
    expect(second.asks).toHaveLength(2);
    second.answers('more', speech(20));
    expect(second.asks).toHaveLength(2);
  });

  it.each(['cut off by the caller', 'committed after the bind'])('no answer is asked for twice: %s', (story) => {
    const { greeted, asksForHandoff, callerSpeaks } = callWorld();
    greeted();
    const second = asksForHandoff();
    second.readies();
    if (story.startsWith('cut')) callerSpeaks('early', second);
    second.starts('mine');
    second.speaks({ response: 'mine', item: 'mine' }, speech(20));
    callerSpeaks('late', second);
    second.ends(story.startsWith('cut') ? 'cancelled' : 'completed');
    expect(second.asks).toHaveLength(1);
  });

  it('an answer in text only is asked for once more, with audio forced; then it has failed', () => {
    const { greeted, asksForHandoff, handoffs } = callWorld();
    greeted();
    const second = asksForHandoff();
    second.readies();
    second.starts('written');
    second.ends('completed', true);
    expect(second.asks.at(-1)).toMatchObject({ forceAudio: true });
    expect([second.asks.length, handoffs()]).toEqual([2, ['technical pending']]);
    second.starts('again');
    second.ends('completed', true);
    expect(handoffs()).toEqual(['technical failed']);
  });

  it('what became of the handoffs of a call is recorded when it is over, and a call without any is analysed only', async () => {
    const { greeted, asksForHandoff, jobs, phone } = callWorld();
    greeted();
    asksForHandoff().fails();
    phone.hangsUp();
    await expect.poll(() => jobs.map(({ name }) => name), { interval: 1 }).toContain('complete-handoffs');
    const other = callWorld();
    other.greeted();
    other.phone.hangsUp();
    await other.runner.ended;
    await settle();
    expect(other.jobs.map(({ name }) => name)).toEqual(['analyse-call']);
  });

  it('has its record made when it is decided', async () => {
    const { greeted, asksForHandoff, jobs } = callWorld();
    await settle();
    greeted();
    const second = asksForHandoff();
    second.readies();
    expect(jobs).toEqual([]);
    second.answers('mine', speech(20));
    await expect
      .poll(() => jobs.map(({ name, data }) => [name, data['epoch']]), { interval: 1 })
      .toEqual([['record-handoff', 2]]);
  });
});

describe('a lost session', () => {
  it.each([
    ['the agent was speaking', true],
    ['the agent had not been heard to the end', true],
    ['a tool was at work', true],
    ["it was the caller's turn", false],
    ["the caller's own words wait for an answer", false],
  ] as const)('%s: asks the next one to speak: %s', (story, asks) => {
    const { greeted, first, session, phone, callerSpeaks, clock } = callWorld();
    greeted();
    if (story === 'the agent was speaking') first.starts('r');
    if (story.startsWith('the agent had')) first.answers('r', speech(500));
    if (story === 'a tool was at work') {
      first.starts('r');
      first.speaks({ response: 'r', item: 'r' }, speech(20));
      first.callsTool('c', 'look');
      first.ends();
      clock.advance(20);
      phone.returnsMarks();
    }
    if (story.startsWith("the caller's own")) callerSpeaks('t');
    first.breaks();
    phone.brings(speech(20, 8));
    const second = session(2);
    second.readies();
    expect(second.asks).toHaveLength(asks ? 1 : 0);
    const words = story.startsWith("the caller's own") ? [...speech(200, 5)] : [];
    expect(second.heard).toEqual([...words, ...speech(20, 8)]);
    expect(phone.closed).toBe(false);
  });

  it('throws away what it had not been heard saying', () => {
    const { greeted, first, phone } = callWorld();
    greeted();
    first.answers('r', speech(500));
    first.breaks();
    expect(phone.told.at(-1)).toBe('clear');
  });
});

describe('barge-in', () => {
  it('cuts the agent off at once, and writes down what was heard', () => {
    const { greeted, first, phone, clock, runner } = callWorld();
    greeted();
    first.starts('r');
    first.speaks({ response: 'r', item: 'long' }, speech(1_000), 'one two three four five');
    clock.advance(500);
    first.hearsSpeech('t');
    expect(phone.told.at(-1)).toBe('clear');
    expect(first.truncations).toEqual([{ item: 'long', audioEndMs: 500 }]);
    first.ends('cancelled');
    expect(runner.journal.bundle.messages.at(-1)).toMatchObject({ heard: 'one two', heardMs: 500 });
  });

  it('with a setting, a cough does not, and speech of that length does', () => {
    const { greeted, first, phone, clock } = answeredCall(sqlite, { bargeInMs: 300 });
    const loud = (span: number) => {
      for (let time = 0; time < span; time += 20) {
        phone.brings(speech(20, 5));
        clock.advance(20);
      }
    };
    greeted();
    expect(first.setup.turnTaking).toEqual({ createResponse: true, interruptResponse: false });
    first.starts('r');
    first.speaks({ response: 'r', item: 'long' }, speech(3_000), 'one two three four five');
    loud(120);
    first.hearsSpeech('cough');
    phone.brings(speech(400, 0xff));
    clock.advance(500);
    first.commits('cough');
    first.transcribes('cough', '');
    expect(phone.told).not.toContain('clear');
    loud(160);
    first.hearsSpeech('words', first.heardMs() - 160);
    loud(120);
    expect(phone.told).not.toContain('clear');
    loud(40);
    expect(phone.told).toContain('clear');
    expect(first.truncations).toEqual([{ item: 'long', audioEndMs: 920 }]);
    first.ends('cancelled');
    expect(first.asks).toHaveLength(1); // the greeting: a cough is owed nothing
  });

  it('with a setting, words that are too short for it are answered when the agent has finished', () => {
    const { greeted, first, phone, clock } = answeredCall(sqlite, { bargeInMs: 300 });
    greeted();
    first.starts('r');
    first.speaks({ response: 'r', item: 'long' }, speech(3_000));
    for (let time = 0; time < 120; time += 20) phone.brings(speech(20, 5));
    first.hearsSpeech('yes');
    clock.advance(500);
    first.commits('yes');
    first.transcribes('yes', 'Yes.');
    first.ends();
    expect(phone.told).not.toContain('clear');
    expect(first.asks).toHaveLength(2);
  });

  it('not while a handoff is under way: the bridging words are heard', () => {
    const { greeted, asksForHandoff, phone } = callWorld();
    greeted();
    const second = asksForHandoff();
    second.readies();
    second.hearsSpeech('t');
    expect(phone.told).not.toContain('clear');
  });
});

describe('the end', () => {
  it('comes when the goodbye was heard to its last mark', async () => {
    const { greeted, first, phone, runner, clock } = callWorld();
    greeted();
    first.starts('bye');
    first.speaks({ response: 'bye', item: 'one' }, speech(300));
    first.speaks({ response: 'bye', item: 'two' }, speech(300));
    first.callsTool('e', 'end_call', { resolved: true });
    first.ends();
    phone.returnsMarks(1);
    expect([phone.closed, runner.state?.at]).toEqual([false, 'ending']);
    phone.returnsMarks();
    expect(first.endedBy).toBe('close');
    expect(await runner.ended).toEqual({ reason: 'agent-ended', owesGoodbye: false });
    expect(phone.closed).toBe(true);
    expect(runner.journal.bundle.ended).toMatchObject({ reason: 'agent-ended', resolved: true });
    expect(clock.pending).toBe(0);
  });

  it('a long goodbye is heard to its end', () => {
    const { greeted, first, phone, clock } = callWorld();
    greeted();
    first.starts('bye');
    for (let second = 0; second < 50; second += 1) first.speaks({ response: 'bye', item: 'one' }, speech(1_000));
    first.callsTool('e', 'end_call');
    first.ends();
    clock.advance(60_000);
    expect(phone.closed).toBe(false);
  });

  it('does not wait for marks for more than 30 s', async () => {
    const { greeted, first, phone, runner, clock } = callWorld();
    greeted();
    first.starts('bye');
    first.speaks({ response: 'bye', item: 'one' }, speech(300));
    first.callsTool('e', 'end_call');
    first.ends();
    clock.advance(300 + 29_999);
    expect(phone.closed).toBe(false);
    clock.advance(1);
    expect(await runner.ended).toEqual({ reason: 'agent-ended', owesGoodbye: false });
    expect(phone.closed).toBe(true);
  });

  it.each([
    ['hangsUp', 'caller-hung-up', 'caller-hung-up'],
    ['drops', 'phone-lost', undefined],
  ] as const)('when the phone %s in the middle of a handoff, both sessions are closed', async (way, reason, written) => {
    const { greeted, asksForHandoff, phone, sessions, runner, clock, handoffs, errors } = callWorld();
    greeted();
    asksForHandoff();
    phone[way]();
    expect(sessions.map(({ endedBy }) => endedBy)).toEqual(['close', 'close']);
    expect(await runner.ended).toEqual({ reason, owesGoodbye: false });
    expect(runner.journal.bundle.ended?.reason).toBe(written);
    expect(handoffs()).toEqual(['technical failed']);
    expect(errors).toEqual([]);
    await expect.poll(() => clock.pending, { interval: 1 }).toBe(0);
  });

  it('comes in order when playing speech breaks: this call leaves, and nobody else notices', async () => {
    const { first, phone, runner, errors } = callWorld();
    phone.play = () => {
      throw new Error('no line');
    };
    first.readies();
    expect(() => first.answers('hello', speech(400))).not.toThrow();
    expect(await runner.ended).toEqual({ reason: 'shut-down', owesGoodbye: false });
    expect(errors.length).toBe(1);
  });

  it('before the call was taken up is harmless, and quick', async () => {
    const { house, clock, errors } = houseOver(sqlite);
    const phone = new ScriptedPhone(newCall().callId);
    const runner = new CallRunner(house, phone, newCall());
    phone.drops();
    expect(await runner.ended).toEqual({ reason: 'phone-lost', owesGoodbye: false });
    expect([errors, clock.pending]).toEqual([[], 0]);
  });

  it('falls silent when another owner has the call, and writes nothing more', async () => {
    const { greeted, runner, phone, first } = callWorld();
    await expect.poll(() => runner.journal.term, { interval: 1 }).toBe(1);
    await sqlite.claim(runner.facts.callId, 'node-2');
    greeted();
    expect(await runner.ended).toEqual({ reason: 'superseded', owesGoodbye: false });
    expect([phone.closed, first.endedBy]).toEqual([true, 'close']);
    expect((await sqlite.load(runner.facts.callId))?.events.some(({ type }) => type === 'call-ended')).toBe(false);
  });
});
