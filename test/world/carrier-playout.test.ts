import { beforeEach, describe, expect, it } from 'vitest';
import { tone } from './carrier/mulaw.ts';
import { Playout } from './carrier/playout.ts';
import { longestDeadAir, longestSilence, SpeechDetector, soundSpans, Track } from './carrier/track.ts';
import { FakeClock } from './clock.ts';

describe('playout', () => {
  let clock: FakeClock;
  let heard: Track;
  let playout: Playout;
  let marks: string[];

  beforeEach(() => {
    clock = new FakeClock();
    heard = new Track();
    marks = [];
    const marked = (name: string, played: boolean) =>
      marks.push(`${name} ${played ? 'played' : 'thrown back'} at ${clock.now()}`);
    playout = new Playout({ clock, origin: clock.now(), heard, marked });
  });

  it('returns a mark when what was queued before it was played, to the sample', () => {
    playout.play(tone(50));
    playout.mark('a');
    playout.play(new Uint8Array(81));
    playout.mark('b');
    clock.advance(49.9);
    expect(marks).toEqual([]);
    clock.advance(20);
    expect(marks).toEqual(['a played at 50', 'b played at 60.125']);
  });

  it('returns a mark at once when nothing is queued', () => {
    playout.mark('a');
    expect(marks).toEqual(['a played at 0']);
  });

  it('throws away what was not heard yet on clear, and returns all marks at once', () => {
    clock.advance(100);
    playout.play(tone(200));
    playout.mark('a');
    playout.mark('b');
    clock.advance(30);
    expect(playout.clear()).toBe(170);
    expect(marks).toEqual(['a thrown back at 130', 'b thrown back at 130']);
    clock.advance(500);
    expect(marks).toHaveLength(2);
    expect(playout.spans).toEqual([{ from: 100, to: 130 }]);
    expect(heard.length).toBe(130 * 8);
    expect(heard.level(130 * 8, 300 * 8)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('plays on at the place in time where it is, however late chunks come', () => {
    playout.play(tone(20));
    clock.advance(33);
    playout.play(tone(20));
    playout.play(tone(20));
    expect(playout.spans).toEqual([
      { from: 0, to: 20 },
      { from: 33, to: 73 },
    ]);
  });

  it('discards what would be more than ten minutes', () => {
    const fiveMinutes = new Uint8Array(5 * 60 * 8_000);
    expect([playout.play(fiveMinutes), playout.play(fiveMinutes), playout.play(new Uint8Array(1))]).toEqual([
      true,
      true,
      false,
    ]);
    clock.advance(1);
    expect(playout.play(new Uint8Array(8))).toBe(true);
  });

  it('leaves no timer behind', () => {
    playout.play(tone(50));
    playout.mark('a');
    playout.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('what is heard', () => {
  it('is noticed when it begins and after 200 ms of quiet', () => {
    const track = new Track();
    const changes: string[] = [];
    const detector = new SpeechDetector(track, (on, at) => changes.push(`${on ? 'on' : 'off'} ${at}`));
    track.write(100 * 8, tone(300));
    track.write(500 * 8, tone(100));
    detector.advance(450);
    expect(detector.audible).toBe(true);
    detector.advance(1_000);
    expect(changes).toEqual(['on 100', 'off 600']);
    expect(detector.audibleMs).toBe(400);
  });

  it('is found in a track', () => {
    const track = new Track();
    track.write(100 * 8, tone(50));
    expect(soundSpans(track, { from: 0, to: 400 })).toEqual([{ from: 100, to: 150 }]);
  });

  it('leaves silences', () => {
    expect(
      longestSilence(
        [
          { from: 100, to: 200 },
          { from: 350, to: 400 },
        ],
        { from: 0, to: 500 },
      ),
    ).toEqual({ from: 200, to: 350 });
  });
});

describe('dead air', () => {
  const range = { from: 0, to: 10_000 };

  it.each([
    ['before the greeting', [[800, 2_000]], [], [0, 800]],
    [
      'between the caller and the agent',
      [
        [100, 1_000],
        [5_000, 6_000],
      ],
      [[2_000, 3_000]],
      [3_000, 5_000],
    ],
    [
      'between two sounds of the agent',
      [
        [0, 1_000],
        [4_000, 10_000],
      ],
      [],
      [1_000, 4_000],
    ],
    [
      'when the caller asks again',
      [
        [0, 1_000],
        [9_000, 10_000],
      ],
      [
        [1_500, 2_000],
        [7_000, 8_000],
      ],
      [2_000, 7_000],
    ],
    ['when nobody ever answers', [[0, 1_000]], [[1_500, 2_000]], [2_000, 10_000]],
    [
      'not while the caller thinks',
      [
        [0, 1_000],
        [6_200, 10_000],
      ],
      [[5_000, 6_000]],
      [6_000, 6_200],
    ],
    [
      'not while the caller talks over the agent',
      [
        [0, 3_000],
        [3_500, 10_000],
      ],
      [[2_000, 3_400]],
      [3_400, 3_500],
    ],
  ])('counts %s', (...[, agent, caller, [from, to]]) => {
    const spans = (list: number[][]) => list.map(([start = 0, end = 0]) => ({ from: start, to: end }));
    expect(longestDeadAir(spans(agent), spans(caller), range)).toEqual({ from, to });
  });
});
