import { beforeEach, describe, expect, test } from 'vitest';
import { Outbound } from '../../../gateway/call/outbound.ts';
import type { Heard } from '../../../gateway/call/playback.ts';
import { FakeClock } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';

const world = () => {
  const clock = new FakeClock();
  const phone = new ScriptedPhone();
  const heard: Heard[] = [];
  let settled = 0;
  const outbound = new Outbound({
    phone,
    clock,
    onHeard: (items) => heard.push(...items),
    onSettled: () => {
      settled += 1;
    },
  });
  phone.events.listen((event) => event.type === 'mark-returned' && outbound.markReturned(event.name));
  /** So much is at the carrier and not played yet, if it plays from the first message on. */
  const ahead = () => phone.played.length / 8 - clock.now();
  return { clock, phone, heard, outbound, ahead, settled: () => settled };
};

let at = world();
beforeEach(() => {
  at = world();
});
const speech = (milliseconds: number, code = 1) => new Uint8Array(milliseconds * 8).fill(code);
const marks = () => at.phone.told.filter((each) => each.startsWith('mark')).length;

describe('the lead over playout', () => {
  test('what is short goes out at once, as it came', () => {
    for (let piece = 0; piece < 10; piece++) at.outbound.speak('a', speech(100));
    expect(at.phone.told.filter((each) => each.startsWith('play'))).toEqual(new Array(10).fill('play 800'));
  });

  test.each([
    ['in pieces of 20 ms', 20],
    ['in pieces of 200 ms', 200],
    ['all at once', 60_000],
  ])(
    'a minute that is generated in no time, %s: never more than 5 s ahead, never less than 2 s, in few messages',
    (_, size) => {
      for (let given = 0; given < 60_000; given += size) at.outbound.speak('a', speech(size));
      at.outbound.itemEnded();
      const sentAtOnce = at.phone.told.length;
      expect(at.ahead()).toBeGreaterThanOrEqual(4_000);
      for (let time = 0; time < 59_000; time += 20) {
        expect(at.ahead()).toBeLessThanOrEqual(5_000);
        if (time < 55_000) expect(at.ahead()).toBeGreaterThan(2_000);
        at.clock.advance(20);
      }
      expect(at.phone.played).toHaveLength(60_000 * 8);
      expect(at.phone.told.length - sentAtOnce).toBeLessThanOrEqual(2 * 60);
      expect(at.outbound.quiet).toBe(false);
      at.phone.returnsMarks();
      expect(at.outbound.quiet).toBe(true);
      expect(at.heard.at(-1)).toEqual({ item: 'a', saidMs: 60_000, heardMs: 60_000 });
    },
  );

  test('order is kept, over many items', () => {
    for (let item = 0; item < 20; item++) {
      at.outbound.speak(`i${item}`, speech(1_000, item));
      at.outbound.itemEnded();
    }
    at.clock.advance(20_000);
    expect(at.phone.played.filter((_, index) => index % 8_000 === 0)).toEqual(Array.from({ length: 20 }, (_, item) => item));
  });

  test('a barge-in takes what was held back too, with what was heard of each item', () => {
    at.outbound.speak('a', speech(3_000));
    at.outbound.itemEnded();
    at.outbound.speak('b', speech(9_000));
    at.outbound.speak('c', speech(500));
    at.clock.advance(3_500);
    expect(at.outbound.clear()).toEqual([
      { item: 'a', saidMs: 3_000, heardMs: 3_000 },
      { item: 'b', saidMs: 9_000, heardMs: 500 },
      { item: 'c', saidMs: 500, heardMs: 0 },
    ]);
    expect(at.outbound.quiet).toBe(true);
    const { length } = at.phone.played;
    at.clock.advance(20_000);
    expect(at.phone.played).toHaveLength(length);
    expect(at.outbound.remainingMs).toBe(0);
  });
});

describe('marks', () => {
  test('one behind the first piece, then one for each 400 ms, and one at the end', () => {
    for (let piece = 0; piece < 50; piece++) at.outbound.speak('a', speech(20));
    at.outbound.itemEnded();
    expect(marks()).toBe(4);
    expect(at.phone.told.at(-1)).toBe('mark m4');
  });

  test('when they never come back, the clock says that all was heard, a second and a half later', () => {
    at.outbound.speak('a', speech(1_000));
    at.outbound.itemEnded();
    at.clock.advance(2_499);
    expect([at.outbound.quiet, at.settled()]).toEqual([false, 0]);
    at.clock.advance(1);
    expect([at.outbound.quiet, at.settled()]).toEqual([true, 1]);
    expect(at.heard).toEqual([{ item: 'a', saidMs: 1_000, heardMs: 1_000 }]);
    expect(at.clock.pending).toBe(0);
  });
});

describe('a tone', () => {
  test('yields to speech at once', () => {
    at.outbound.playTone(speech(480, 9));
    at.clock.advance(100);
    at.outbound.speak('a', speech(100));
    expect(at.phone.told).toEqual(['play 3840', 'mark m1', 'clear', 'play 800', 'mark m2']);
    at.clock.advance(50);
    expect(at.outbound.heard('a').heardMs).toBe(50);
  });

  test('waits for speech that plays', () => {
    at.outbound.speak('a', speech(100));
    at.outbound.playTone(speech(480, 9));
    at.outbound.speak('a', speech(100));
    expect(at.phone.told).not.toContain('clear');
  });
});

describe('a peer that does not read', () => {
  test('costs its own old speech, never memory, and hears the newest when it reads again', () => {
    at.outbound.speak('old', speech(1_000, 1));
    at.phone.unsentBytes = 200_000;
    const sent = at.phone.played.length;
    for (let second = 0; second < 600; second++) {
      at.outbound.speak('old', speech(1_000, 2));
      at.clock.advance(1_000);
    }
    expect(at.phone.played).toHaveLength(sent);
    expect(at.outbound.remainingMs).toBeLessThanOrEqual(11_000);
    at.outbound.speak('new', speech(100, 3));
    at.phone.unsentBytes = 0;
    const before = at.phone.told.length;
    at.clock.advance(250);
    expect(at.phone.told[before]).toBe('clear');
    at.clock.advance(15_000);
    expect(at.phone.played.at(-1)).toBe(3);
    expect(at.phone.played.length - sent).toBeLessThanOrEqual(10_100 * 8);
  });
});

test('the end leaves no timer', () => {
  at.outbound.speak('a', speech(30_000));
  at.outbound.clear();
  at.outbound.stop();
  expect(at.clock.pending).toBe(0);
});
