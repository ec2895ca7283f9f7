import { expect, test } from 'vitest';
import { createShutdown, type Part } from '../../infra/shutdown.ts';
import { FakeClock } from '../world/clock.ts';

const setUp = () => {
  const clock = new FakeClock();
  const log: string[] = [];
  const shutdown = createShutdown({
    ...{ clock, drainMs: 1_000, stopMs: 100 },
    trouble: (part, step) => log.push(`trouble ${part} ${step}`),
  });
  const part = (name: string, change: Partial<Part> = {}): Part => ({
    name,
    start: () => void log.push(`start ${name}`),
    drain: () => void log.push(`drain ${name}`),
    stop: () => void log.push(`stop ${name}`),
    ...change,
  });
  return { clock, log, shutdown, part };
};
const never = (): Promise<void> => new Promise(() => {});
/** Lets everything that is ready to go on go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('starts in order, drains, stops in reverse, cleans its timers up', async () => {
  const { log, shutdown, part, clock } = setUp();
  await shutdown.start([part('store'), part('calls'), part('http')]);
  await shutdown.end('SIGTERM');
  const starts = ['start store', 'start calls', 'start http'];
  expect(log).toEqual([...starts, 'drain store', 'drain calls', 'drain http', 'stop http', 'stop calls', 'stop store']);
  expect(clock.pending).toBe(0);
});

test('the first cause wins, and the end happens once', async () => {
  const { log, shutdown, part } = setUp();
  await shutdown.start([part('a')]);
  const ends = await Promise.all([shutdown.end('SIGTERM'), shutdown.end('SIGINT')]);
  expect(ends).toEqual(['SIGTERM', 'SIGTERM']);
  expect(shutdown.signal.reason).toBe('SIGTERM');
  expect(log.filter((line) => line === 'stop a')).toHaveLength(1);
});

test('a part that fails to start: those before it stop again, those behind never start', async () => {
  const { log, shutdown, part } = setUp();
  const broken = part('broken', { start: () => Promise.reject(new Error('no disk')) });
  await expect(shutdown.start([part('a'), broken, part('z')])).rejects.toMatchObject({
    code: 'part-failed-to-start',
    facts: { name: 'broken' },
  });
  expect(log).toEqual(['start a', 'drain a', 'stop a']);
});

test('an end during the start stops what has started', async () => {
  const { log, shutdown, part } = setUp();
  const gate = Promise.withResolvers<void>();
  const starting = shutdown.start([part('a', { start: () => gate.promise }), part('b')]);
  const ending = shutdown.end('SIGTERM');
  gate.resolve();
  await starting;
  await ending;
  expect(log).toEqual(['drain a', 'stop a']);
});

test('what hangs or throws is told and left behind', async () => {
  const { log, shutdown, part, clock } = setUp();
  const throws = (): void => {
    throw new Error('broken');
  };
  await shutdown.start([part('a'), part('b', { stop: throws }), part('c', { drain: never, stop: never })]);
  const ending = shutdown.end('SIGTERM');
  await settle();
  clock.advance(1_000);
  await settle();
  clock.advance(100);
  await ending;
  expect(log.slice(3)).toEqual(['drain a', 'drain b', 'trouble c drain', 'trouble c stop', 'trouble b stop', 'stop a']);
  expect(clock.pending).toBe(0);
});

test('a start that hangs does not keep the process from ending', async () => {
  const { log, shutdown, part, clock } = setUp();
  void shutdown.start([part('a'), part('b', { start: never })]);
  await settle();
  const ending = shutdown.end('SIGTERM');
  await settle();
  clock.advance(100);
  await ending;
  expect(log).toEqual(['start a', 'drain a', 'stop a']);
});
