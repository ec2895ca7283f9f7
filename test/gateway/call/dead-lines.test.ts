import { expect, it } from 'vitest';
import { DeadLines, type Line } from '../../../gateway/call/dead-lines.ts';
import { type CallId, ms } from '../../../infra/brand.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';

class FakeLine implements Line {
  readonly facts: { readonly callId: CallId };
  readonly #clock: FakeClock;
  frameAt: number;

  constructor(clock: FakeClock, number: number) {
    this.#clock = clock;
    this.facts = { callId: callIdOf(number) };
    this.frameAt = clock.now();
  }

  get silentLineMs(): number {
    return this.#clock.now() - this.frameAt;
  }
}

const world = (answer: 'done' | 'gone' | Error = 'done') => {
  const clock = new FakeClock();
  const lines = new Set<FakeLine>();
  const [asked, over]: [CallId[], CallId[]] = [[], []];
  const askAgain = async (callId: CallId) => {
    asked.push(callId);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const dead = new DeadLines({
    ...{ clock, log: { warn: () => {} }, orders: { askAgain } },
    lines: () => lines,
    onOver: (callId) => over.push(callId),
  });
  const add = (number: number) => {
    const line = new FakeLine(clock, number);
    lines.add(line);
    dead.watch();
    return line;
  };
  return { clock, lines, asked, over, add };
};

const passing = (clock: FakeClock, span: number, alive: readonly FakeLine[] = []) => {
  for (let at = 0; at < span; at += 20) {
    clock.advance(20);
    for (const line of alive) line.frameAt = clock.now();
  }
};

it('a stream without a frame for two seconds is asked about once; one that brings frames is not', () => {
  const { clock, asked, lines, add } = world();
  const [silent, alive] = [add(1), add(2)];
  passing(clock, 1_900, [alive]);
  expect(asked).toEqual([]);
  passing(clock, 10_000, [alive]);
  expect(asked).toEqual([silent.facts.callId]);
  lines.clear();
  passing(clock, 1_000);
  expect(clock.pending).toBe(0);
});

it('the next stream of the same call is a line of its own', () => {
  const { clock, asked, lines, add } = world();
  const first = add(1);
  passing(clock, 2_500);
  lines.delete(first);
  add(1);
  passing(clock, 2_500);
  expect(asked).toHaveLength(2);
});

it('nothing is known of a time in which this process was held up', () => {
  const clock = new FakeClock();
  let held = 0;
  const late = { now: () => ms(clock.now() + held), wall: clock.wall, after: clock.after };
  const line = { facts: { callId: callIdOf(1) }, frameAt: 0, silentLineMs: 0 };
  const asked: CallId[] = [];
  const askAgain = async (callId: CallId) => {
    asked.push(callId);
    return 'done' as const;
  };
  const dead = new DeadLines({
    clock: late,
    log: { warn: () => {} },
    orders: { askAgain },
    lines: () => [line],
    onOver: () => {},
  });
  dead.watch();
  clock.advance(240);
  held = 5_000; // the look is due now, five seconds late
  line.silentLineMs = 5_000;
  clock.advance(20);
  expect(asked).toEqual([]);
  clock.advance(260);
  expect(asked).toHaveLength(1); // the next one is in time, and there was nothing to read
});

it('a call that is over is said to be; an order that fails leaves the rest alone', async () => {
  const gone = world('gone');
  gone.add(1);
  passing(gone.clock, 3_000);
  await Promise.resolve();
  expect(gone.over).toEqual([callIdOf(1)]);
  const failing = world(new Error('HTTP 503'));
  failing.add(1);
  passing(failing.clock, 3_000);
  await Promise.resolve();
  expect(failing.over).toEqual([]);
});
