import { expect, test } from 'vitest';
import { Housekeeping } from '../../gateway/housekeeping.ts';
import type { Job } from '../../infra/queue/queue.ts';
import { dueJobs, privacyHandlers } from '../../store/privacy-jobs.ts';
import { FakeClock } from '../world/clock.ts';

const minute = 60_000;
const flush = () => new Promise((resolve) => setImmediate(resolve));

const world = (rotating = false) => {
  const clock = new FakeClock();
  const added: Job[] = [];
  const warned: string[] = [];
  const line = { isAway: false };
  const add = async (job: Job) => {
    if (line.isAway) throw new Error('away');
    added.push(job);
  };
  const log = { warn: (_facts: object, text: string) => warned.push(text) };
  return { clock, added, warned, line, house: new Housekeeping({ clock, queue: { add }, log, rotating }) };
};

const passes = async (clock: FakeClock, minutes: number) => {
  for (let passed = 0; passed < minutes; passed += 1) {
    clock.advance(minute);
    await flush();
  }
};

test('what is due is queued once for each of its times', async () => {
  const { clock, added, house } = world();
  house.start();
  await flush();
  expect(added.map(({ name }) => name)).toEqual(['expire', 'finish-erasures']);
  await passes(clock, 4);
  expect(added).toHaveLength(2);
  await passes(clock, 116);
  const keysOf = (name: string) => added.filter((job) => job.name === name).map(({ key }) => key);
  expect([keysOf('expire').length, keysOf('finish-erasures').length]).toEqual([3, 25]);
  expect(new Set(added.map(({ key }) => key)).size).toBe(added.length);
  expect(added.every(({ key, data }) => /^[\w-]+$/.test(key) && Object.keys(data).length === 0)).toBe(true);
  house.stop();
  expect(clock.pending).toBe(0);
});

test('two processes make the same jobs, and keys are moved only in a rotation', () => {
  expect(dueJobs(1_800_000_000_000, false)).toEqual(dueJobs(1_800_000_000_000 + 59_000, false));
  expect(dueJobs(1_800_000_000_000, true).map(({ name }) => name)).toContain('rewrap-keys');
  expect(dueJobs(1_800_000_000_000, false).map(({ name }) => name)).not.toContain('rewrap-keys');
});

test('a queue that is away is asked again in a minute', async () => {
  const { clock, added, warned, line, house } = world();
  line.isAway = true;
  house.start();
  await flush();
  expect([added.length, warned.length]).toEqual([0, 1]);
  line.isAway = false;
  await passes(clock, 1);
  expect(added).toHaveLength(2);
  house.stop();
});

test('the jobs do what they say, and refuse an order without a name', async () => {
  const done: string[] = [];
  const told: string[] = [];
  const log = { info: (_: object, text: string) => told.push(text), warn: (_: object, text: string) => told.push(text) };
  const handlers = privacyHandlers({
    erasures: { carryOut: async (id) => void done.push(id), finish: async () => void done.push('finish') },
    expire: async () => void done.push('expire'),
    rewrapKeys: async () => ({ moved: 3, locked: 1 }),
    log,
  });
  await handlers['erase-caller']({ erasure: 'e1' });
  await handlers['finish-erasures']({});
  await handlers.expire({});
  await handlers['rewrap-keys']({});
  expect(done).toEqual(['e1', 'finish', 'expire']);
  expect(told).toEqual([expect.stringContaining('not set'), expect.stringContaining('THROUGHLINE_SEAL_KEY_OLD can go')]);
  await expect(handlers['erase-caller']({ number: '+14155550134' })).rejects.toMatchObject({ code: 'job-data-invalid' });
});
