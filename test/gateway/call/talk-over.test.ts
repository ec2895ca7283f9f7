import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallHouse } from '../../../gateway/call/house.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

/** A call in which the first agent has asked for the specialist, and one second of its bridging words is queued. */
const handingOver = (change: Partial<CallHouse> = {}) => {
  const world = answeredCall(sqlite, change);
  const { greeted, asksForHandoff, clock, phone } = world;
  greeted();
  const second = asksForHandoff(true);
  /** The caller is loud for so long, frame by frame. */
  const callerIsLoud = (ms: number, code = 5) => {
    for (let passed = 0; passed < ms; passed += 20) {
      phone.brings(speech(20, code));
      clock.advance(20);
    }
  };
  const clears = () => phone.told.filter((told) => told === 'clear').length;
  // What the caller said before is another utterance.
  callerIsLoud(400, 0xff);
  return { ...world, second, callerIsLoud, clears };
};

describe('a caller who talks over the bridging words', () => {
  it('silences them, once, and is heard by the specialist from the first word on', () => {
    const { callerIsLoud, clears, first, second, phone, handoffs } = handingOver();
    callerIsLoud(280);
    expect(clears()).toBe(0);
    callerIsLoud(400);
    expect(clears()).toBe(1);
    expect(first.truncations.map(({ item }) => item)).toEqual(['bridge']);
    // The rest of those words is not played any more.
    const { length } = phone.played;
    first.speaks({ response: 'bridge', item: 'bridge' }, speech(200, 1));
    expect(phone.played).toHaveLength(length);
    first.ends();
    second.readies();
    expect(second.heard.filter((code) => code === 5)).toHaveLength(680 * 8);
    second.answers('mine', speech(40, 2));
    expect(phone.played.slice(-320)).toEqual([...speech(40, 2)]);
    expect(handoffs()).toEqual(['technical committed']);
  });

  it('a cough does not', () => {
    const { callerIsLoud, clears } = handingOver();
    callerIsLoud(200);
    callerIsLoud(400, 0xff);
    callerIsLoud(200);
    expect(clears()).toBe(0);
  });

  it('speaks as long as the setting for barge-in asks for', () => {
    const { callerIsLoud, clears } = handingOver({ bargeInMs: 500 });
    callerIsLoud(480);
    expect(clears()).toBe(0);
    callerIsLoud(60);
    expect(clears()).toBe(1);
  });

  it('after a handoff that failed the old agent is heard again', () => {
    const { callerIsLoud, clears, first, second, phone } = handingOver();
    callerIsLoud(400);
    expect(clears()).toBe(1);
    first.ends();
    second.fails();
    first.answers('sorry', speech(40, 3));
    expect(phone.played.slice(-320)).toEqual([...speech(40, 3)]);
  });
});
