import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dtmf } from '../../../gateway/audio/dtmf.ts';
import type { CallHouse } from '../../../gateway/call/house.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { settle } from '../../world/clock.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { asides, keyed, keyWorld } from './key-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const world = (change: Partial<CallHouse> = {}) => keyWorld(sqlite, change);

describe('keys that are no secret', () => {
  it('reach the agent as a fact and a message, and it is asked to answer', () => {
    const { greeted, press, first, runner } = world();
    greeted();
    const asked = first.asks.length;
    press('1234');
    expect([asides(first), first.asks.length]).toEqual([expect.not.stringContaining('keypad'), asked]);
    press('#');
    expect(asides(first)).toContain(keyed('1234'));
    expect(first.asks).toHaveLength(asked + 1);
    const { facts, messages } = runner.journal.bundle;
    expect(facts).toContainEqual(
      expect.objectContaining({ key: 'keyedDigits', value: '1234', source: 'caller', verified: false }),
    );
    expect(messages.at(-1)).toMatchObject({ role: 'user', content: `(${keyed('1234')})`, agent: 'support' });
  });

  it('are told while a tool is at work, and answered with its result', async () => {
    const { greeted, press, first, callsTool, looked } = world();
    greeted();
    callsTool('look');
    const asked = first.asks.length;
    press('5#');
    expect([asides(first), first.asks.length]).toEqual([expect.stringContaining(keyed('5')), asked]);
    looked.resolve({ found: true });
    await settle();
    expect(first.asks).toHaveLength(asked + 1);
  });

  it('wait for the end of an answer that is due anyhow', () => {
    const { greeted, press, first } = world();
    greeted();
    first.hearsSpeech('t');
    const asked = first.asks.length;
    press('7#');
    expect(first.asks).toHaveLength(asked);
    expect(asides(first)).toContain(keyed('7'));
  });

  it('cut the agent off: cleared, truncated, the rest of it unheard; the tools it calls still run', () => {
    const { greeted, press, first, phone, clock, counted } = world();
    greeted();
    first.starts('r');
    first.speaks({ response: 'r', item: 'i' }, speech(2_000), 'A long story.');
    clock.advance(500);
    const played = phone.played.length;
    press('1', 0);
    expect(phone.told.at(-1)).toBe('clear');
    expect(first.truncations).toEqual([{ item: 'i', audioEndMs: expect.closeTo(500, -1) }]);
    first.speaks({ response: 'r', item: 'i' }, speech(400), 'more');
    expect(phone.played.length).toBe(played);
    expect(first.cancels).toBe(0);
    press('2', 0);
    expect(counted.filter((name) => name.includes('barge_ins'))).toHaveLength(1);
    clock.advance(2_000);
    expect([first.cancels, asides(first)]).toEqual([1, expect.stringContaining(keyed('12'))]);
    const asked = first.asks.length;
    first.ends('cancelled');
    expect(first.asks).toHaveLength(asked + 1);
    first.starts('answer');
    first.speaks({ response: 'answer', item: 'answer' }, speech(100));
    expect(phone.played.length).toBe(played + 800);
  });

  it('cut nobody off where that is set, and count all the same: they are spoken of behind what is being said', () => {
    const { greeted, press, first, phone, runner } = world({ keyBargeIn: false });
    greeted();
    first.starts('r');
    first.speaks({ response: 'r', item: 'i' }, speech(2_000), 'A long story.');
    press('12#');
    expect([phone.told.includes('clear'), first.truncations, first.cancels]).toEqual([false, [], 0]);
    expect(runner.journal.bundle.facts.map(({ key }) => key)).toContain('keyedDigits');
    const asked = first.asks.length;
    first.ends();
    expect(first.asks).toHaveLength(asked + 1);
  });

  it('pressed before anybody is there are in the first answer', () => {
    const call = answeredCall(sqlite);
    call.phone.events.emit({ type: 'digit-pressed', digit: '9' });
    call.phone.events.emit({ type: 'digit-pressed', digit: '#' });
    call.first.readies();
    expect(asides(call.first)).toContain(keyed('9'));
    expect(call.first.asks).toHaveLength(1);
  });

  it('pressed while a prepared greeting is heard are answered, though nothing else would be asked for', () => {
    const greetings = new Map([['support', { text: 'Welcome.', mulaw: speech(1_000), voice: 'marin', hash: 'h' }]]);
    for (const keys of ['', '9#']) {
      const call = answeredCall(sqlite, { greetings });
      for (const digit of keys) call.phone.events.emit({ type: 'digit-pressed', digit });
      call.first.readies();
      expect(call.first.asks).toHaveLength(keys === '' ? 0 : 1);
    }
  });

  it("pressed after a session was lost, in the caller's turn, make the next one speak", () => {
    for (const keys of ['', '9#']) {
      const { greeted, first, press, session } = world();
      greeted();
      first.breaks();
      press(keys);
      session(2).readies();
      expect(session(2).asks).toHaveLength(keys === '' ? 0 : 1);
      if (keys !== '') expect(asides(session(2))).toContain(keyed('9'));
    }
  });

  it('pressed while the call is handed over reach both agents, and the new one speaks of them when it has the call', () => {
    const { greeted, asksForHandoff, press, first } = world();
    greeted();
    const second = asksForHandoff();
    second.readies();
    press('88#');
    expect([asides(first), asides(second)]).toEqual([
      expect.stringContaining(keyed('88')),
      expect.stringContaining(keyed('88')),
    ]);
    second.starts('mine');
    second.speaks({ response: 'mine', item: 'mine' }, speech(20, 2));
    second.ends();
    expect(second.asks).toHaveLength(2);
  });

  it('pressed before the new agent is asked for its first words are in them', () => {
    const { greeted, asksForHandoff, press } = world();
    greeted();
    const second = asksForHandoff();
    press('88#');
    second.readies();
    expect(asides(second)).toContain(keyed('88'));
    second.answers('mine', speech(20, 2));
    expect(second.asks).toHaveLength(1);
  });

  it('pressed and not ended before the caller hangs up are in the log', () => {
    const { greeted, press, phone, runner } = world();
    greeted();
    press('42');
    phone.hangsUp();
    expect(runner.journal.bundle.facts).toContainEqual(expect.objectContaining({ key: 'keyedDigits', value: '42' }));
  });

  it('count as a turn: what they say is known, and the caller is not taken for silent meanwhile', () => {
    const { greeted, press, first, clock, phone } = world({ idleMs: 3_000 });
    greeted();
    press('1', 1_900);
    press('2', 1_900);
    press('3', 1_900);
    expect(first.asks.filter(({ addition }) => addition !== undefined)).toEqual([]);
    expect(phone.told.some((told) => told === 'play 3840')).toBe(false);
    clock.advance(100);
    expect(asides(first)).toContain(keyed('123'));
  });
});

describe('keys that a tool presses', () => {
  it('are heard as tones behind what is said, and speech goes behind them', async () => {
    const { greeted, callsTool, phone, first } = world();
    greeted();
    callsTool('dial', { digits: '1w#' });
    await settle();
    expect(phone.played.slice(-dtmf('1w#').length)).toEqual([...dtmf('1w#')]);
    first.answers('done', speech(100));
    expect(phone.told).not.toContain('clear');
    expect(first.toolOutputs.map(({ output }) => output)).toEqual(['{"sent":3}']);
  });

  it.each(['', '12x', '1'.repeat(33)])('that nobody has are refused: %j', async (digits) => {
    const { greeted, callsTool, first, phone } = world();
    greeted();
    const played = phone.played.length;
    callsTool('dial', { digits });
    await settle();
    expect(first.toolOutputs.map(({ output }) => output)).toEqual([expect.stringContaining('"code":"bad-digits"')]);
    expect(phone.played.length).toBe(played + 800);
  });
});
