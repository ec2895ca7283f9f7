import { beforeEach, expect, test } from 'vitest';
import { Trouble } from '../../infra/queue/trouble.ts';
import { FakeClock } from '../world/clock.ts';

let [clock, lines, isConnected] = [new FakeClock(), [] as string[], false];
let trouble: Trouble;
beforeEach(() => {
  [clock, lines, isConnected] = [new FakeClock(), [], false];
  const note = (facts: object, text: string) => lines.push(`${clock.now()} ${text} ${JSON.stringify(facts)}`);
  trouble = new Trouble({ clock, log: { info: note, warn: note }, isConnected: () => isConnected });
});

/** Three errors a second for so many seconds. */
const errors = (seconds: number) => {
  for (let count = 0; count < 3 * seconds; count += 1) {
    trouble.add(new Error('ECONNREFUSED'), { job: 'greet' });
    clock.advance(1_000 / 3);
  }
};

test('an outage of 150 s with 450 errors: its beginning, two reminders, its end', () => {
  errors(150);
  isConnected = true;
  clock.advance(10_000);
  expect(lines.map((line) => line.replace(/\.\d+/, ''))).toEqual([
    '0 job queue trouble {"job":"greet","error":"ECONNREFUSED"}',
    expect.stringMatching(/^60\d* job queue trouble goes on .*"durationMs":60\d*,"notLogged":1(79|80)/),
    expect.stringMatching(/^120\d* job queue trouble goes on .*"durationMs":120\d*,"notLogged":1(79|80)/),
    expect.stringMatching(/^15\d* job queue trouble is over \{"durationMs":149667\}/),
  ]);
  expect(clock.pending).toBe(0);
});

test('it is not over while there is no connection, nor while errors come over a good one', () => {
  errors(1);
  clock.advance(30_000);
  isConnected = true;
  errors(20);
  expect(lines).toHaveLength(1);
  clock.advance(5_000);
  expect(lines).toHaveLength(2);
});

test('the next trouble is told at once', () => {
  isConnected = true;
  errors(1);
  clock.advance(10_000);
  errors(1);
  expect(lines.map((line) => line.replace(/^\S+ | \{.*/g, ''))).toEqual([
    'job queue trouble',
    'job queue trouble is over',
    'job queue trouble',
  ]);
});

test('nothing is left behind by a close', () => {
  errors(1);
  trouble.close();
  errors(1);
  expect(lines).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
