import { afterEach, describe, expect, it, vi } from 'vitest';
import { ms } from '../../infra/brand.ts';
import type { JobTiming } from '../../infra/queue/job-timing.ts';
import { type JobCounts, type JobData, type JobEnd, JobNotYet, type JobQueue } from '../../infra/queue/queue.ts';

/** Queues over one fresh database; the suite closes every queue. */
export interface QueueBench {
  open(timing: Partial<JobTiming>): JobQueue;
  end(): Promise<void>;
}

/** The job names that a bench's queues know. */
export const benchNames = ['greet', 'count'] as const;
/** Of which they do more or fewer at a time than of others. */
export const benchAtOnce = { many: 6 };

const soon = { timeout: 15_000, interval: 10 };
const quick = { backoff: ms(10), attempts: 3 };

export const empty: JobCounts = { waiting: 0, delayed: 0, active: 0, dead: 0 };

/** The jobs of all names. */
export const totals = async (queue: JobQueue): Promise<JobCounts> => {
  const each = Object.values(await queue.counts());
  const sum = (state: keyof JobCounts) => each.reduce((total, counts) => total + counts[state], 0);
  return { waiting: sum('waiting'), delayed: sum('delayed'), active: sum('active'), dead: sum('dead') };
};

/** What every JobQueue does. */
export const jobQueueContract = (name: string, start: () => Promise<QueueBench>): void => {
  describe(`JobQueue: ${name}`, () => {
    const ends: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    const bench = async (): Promise<(timing?: Partial<JobTiming>) => JobQueue> => {
      const started = await start();
      ends.push(() => started.end());
      return (timing = quick) => {
        const queue = started.open(timing);
        ends.push(() => queue.close());
        return queue;
      };
    };
    const greet = (key: string, data: JobData = {}) => ({ name: 'greet', key, data });

    it('does a job with its data, once', async () => {
      const queue = (await bench())();
      const seen: JobData[] = [];
      queue.work({ greet: async (data) => void seen.push(data) });
      await queue.add(greet('a', { callId: 'CA1', term: 2, ok: true }));
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
      expect(seen).toEqual([{ callId: 'CA1', term: 2, ok: true }]);
    });

    it('does jobs that waited before anybody worked, and from another queue object', async () => {
      const open = await bench();
      const adding = open();
      await adding.add(greet('a', { n: 1 }));
      await adding.add(greet('b', { n: 2 }));
      expect(await totals(adding)).toEqual({ ...empty, waiting: 2 });
      const seen: unknown[] = [];
      open().work({ greet: async (data) => void seen.push(data['n']) });
      await vi.waitFor(() => expect(seen).toEqual([1, 2]), soon);
    });

    it('jobs that take long hold up only their like', async () => {
      const queue = (await bench())();
      const gate = Promise.withResolvers<void>();
      let stuck = 0;
      const done: unknown[] = [];
      queue.work({
        greet: async () => {
          stuck += 1;
          await gate.promise;
        },
        part: async (data) => void done.push(data['n']),
      });
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await queue.add(greet(key));
      await vi.waitFor(() => expect(stuck).toBe(4), soon);
      await queue.add({ name: 'part', key: 'x', data: { n: 1 } });
      await vi.waitFor(() => expect(done).toEqual([1]), soon);
      expect(stuck).toBe(4);
      gate.resolve();
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
      expect(stuck).toBe(6);
    });

    it('does as many of a name at a time as it was told', async () => {
      const queue = (await bench())();
      const gate = Promise.withResolvers<void>();
      let started = 0;
      queue.work({
        many: async () => {
          started += 1;
          await gate.promise;
        },
      });
      for (let key = 0; key < 8; key += 1) await queue.add({ name: 'many', key: `k${key}`, data: {} });
      await vi.waitFor(() => expect(started).toBe(6), soon);
      await queue.add({ name: 'many', key: 'last', data: {} });
      expect(started).toBe(6);
      gate.resolve();
      await vi.waitFor(() => expect(started).toBe(9), soon);
    });

    it('a job that can not be done yet comes again when it says, and no attempt is counted', async () => {
      const queue = (await bench())({ backoff: ms(10), attempts: 2 });
      const ends: JobEnd['outcome'][] = [];
      const runs: number[] = [];
      const work = async () => {
        runs.push(performance.now());
        if (runs.length <= 4) throw new JobNotYet(150);
        if (runs.length === 5) throw new Error('the first attempt');
      };
      queue.work({ greet: work }, ({ outcome }) => ends.push(outcome));
      await queue.add(greet('a'));
      await vi.waitFor(() => expect(runs).toHaveLength(2), soon);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, delayed: 1 }), { ...soon, interval: 1 });
      await vi.waitFor(() => expect(runs).toHaveLength(6), soon);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
      expect(ends).toEqual(['failed', 'done']);
      const waits = runs.slice(1, 5).map((at, index) => at - (runs[index] ?? 0));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(140);
    });

    it('many jobs that can not be done yet hold up no others', async () => {
      const queue = (await bench())();
      let runs = 0;
      const runsBefore: number[] = [];
      queue.work({
        greet: async () => {
          runs += 1;
          throw new JobNotYet(1);
        },
        part: async () => void runsBefore.push(runs),
      });
      await Promise.all(Array.from({ length: 200 }, (_, key) => queue.add(greet(`k${key}`))));
      await vi.waitFor(() => expect(runs).toBeGreaterThan(50), soon);
      const before = runs;
      await queue.add({ name: 'part', key: 'x', data: {} });
      await vi.waitFor(() => expect(runsBefore).toHaveLength(1), soon);
      expect((runsBefore[0] ?? 0) - before).toBeLessThan(150); // by the time they were due it would be the last of all
    });

    it('the same key is one job: while it waits, while it runs, and when it is done', async () => {
      const queue = (await bench())();
      let runs = 0;
      const gate = Promise.withResolvers<void>();
      await Promise.all([queue.add(greet('a')), queue.add(greet('a')), queue.add(greet('a'))]);
      expect((await totals(queue)).waiting).toBe(1);
      queue.work({
        greet: async () => {
          runs += 1;
          await gate.promise;
        },
      });
      await vi.waitFor(() => expect(runs).toBe(1), soon);
      await queue.add(greet('a'));
      expect(await totals(queue)).toEqual({ ...empty, active: 1 });
      gate.resolve();
      await vi.waitFor(async () => expect((await totals(queue)).active).toBe(0), soon);
      await queue.add(greet('a'));
      await queue.add(greet('b'));
      await vi.waitFor(() => expect(runs).toBe(2), soon);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
      expect(runs).toBe(2);
    });

    it('takes keys that are numbers, and refuses other characters', async () => {
      const queue = (await bench())();
      await queue.add(greet('12345'));
      expect((await totals(queue)).waiting).toBe(1);
      for (const key of ['', 'a:b', 'a b', 'ä'])
        await expect(queue.add(greet(key))).rejects.toMatchObject({ code: 'job-key-invalid' });
    });

    it('tries a failed job again until it works', async () => {
      const queue = (await bench())();
      let runs = 0;
      queue.work({
        greet: async () => {
          runs += 1;
          if (runs < 3) throw new Error('not yet');
        },
      });
      await queue.add(greet('a'));
      await vi.waitFor(() => expect(runs).toBe(3), soon);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
    });

    it('gives up after the last attempt, and keeps the job as dead', async () => {
      const queue = (await bench())();
      let runs = 0;
      queue.work({
        greet: async () => {
          runs += 1;
          throw new Error('never');
        },
      });
      await queue.add(greet('a'));
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
      expect(runs).toBe(3);
      await queue.add(greet('a'));
      expect(await totals(queue)).toEqual({ ...empty, dead: 1 });
    });

    it('counts by name, also names that have no job', async () => {
      const queue = (await bench())();
      expect(await queue.counts()).toEqual({ greet: empty, count: empty });
      await queue.add(greet('a'));
      await queue.add({ ...greet('b'), delayMs: 60_000 });
      await queue.add({ name: 'count', key: 'a', data: {} });
      expect(await queue.counts()).toEqual({ greet: { ...empty, waiting: 1, delayed: 1 }, count: { ...empty, waiting: 1 } });
    });

    it('a job with a delay is not done before it is due', async () => {
      const queue = (await bench())();
      const startedAt = performance.now();
      const seen: number[] = [];
      queue.work({ greet: async () => void seen.push(performance.now() - startedAt) });
      await queue.add({ ...greet('a'), delayMs: 400 });
      expect(await totals(queue)).toEqual({ ...empty, delayed: 1 });
      await vi.waitFor(() => expect(seen).toHaveLength(1), soon);
      expect(seen[0]).toBeGreaterThanOrEqual(395);
    });

    it('a job says for itself how often it is tried, and after which wait', async () => {
      const queue = (await bench())({ backoff: ms(60_000), attempts: 2 });
      const runs: number[] = [];
      queue.work({
        greet: async () => {
          runs.push(performance.now());
          throw new Error('never');
        },
      });
      await queue.add({ ...greet('a'), attempts: 4, backoffMs: 200 });
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
      expect(runs).toHaveLength(4);
      const waits = runs.slice(1).map((at, index) => at - (runs[index] ?? at));
      // Doubled each time, and shortened by up to a half.
      for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(100 * 2 ** index - 5);
    });

    it('a job that failed waits its turn as delayed', async () => {
      const queue = (await bench())({ backoff: ms(60_000), attempts: 2 });
      queue.work({ greet: async () => Promise.reject(new Error('not yet')) });
      await queue.add(greet('a'));
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, delayed: 1 }), soon);
    });

    it('lists the dead, newest first, with what is known of them', async () => {
      const queue = (await bench())({ backoff: ms(1), attempts: 2 });
      expect(await queue.dead(10)).toEqual([]);
      const fail = async (data: JobData): Promise<void> => {
        throw new Error(`no ${String(data['n'])} ${'x'.repeat(400)}`);
      };
      queue.work({ greet: fail, count: fail });
      const before = Date.now();
      for (const [n, name] of (['greet', 'count', 'greet'] as const).entries()) {
        await queue.add({ name, key: `job-${n}`, data: { n } });
        await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: n + 1 }), soon);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const dead = await queue.dead(2);
      expect(dead).toMatchObject([
        { name: 'greet', key: 'job-2', data: { n: 2 }, attempts: 2 },
        { name: 'count', key: 'job-1', data: { n: 1 }, attempts: 2 },
      ]);
      for (const { error, diedAt } of dead) {
        expect(error).toMatch(/^no \d x+$/);
        expect(error).toHaveLength(300);
        expect(diedAt).toBeGreaterThanOrEqual(before);
        expect(diedAt).toBeLessThanOrEqual(Date.now());
      }
    });

    it('a dead job is done again only when somebody says so, and then with all its attempts', async () => {
      const queue = (await bench())();
      let runs = 0;
      let isWell = false;
      queue.work({
        greet: async () => {
          runs += 1;
          if (!isWell) throw new Error('never');
        },
      });
      await queue.add(greet('a'));
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
      await queue.add(greet('a'));
      expect(await totals(queue)).toEqual({ ...empty, dead: 1 });
      expect(await queue.retry({ name: 'greet', key: 'a' })).toBe(true);
      await vi.waitFor(() => expect(runs).toBe(6), soon);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual({ ...empty, dead: 1 }), soon);
      isWell = true;
      expect(await queue.retry({ name: 'greet', key: 'a' })).toBe(true);
      await vi.waitFor(async () => expect(await totals(queue)).toEqual(empty), soon);
      expect(runs).toBe(7);
      expect(await queue.dead(10)).toEqual([]);
    });

    it('retry is false where no dead job is', async () => {
      const queue = (await bench())();
      await queue.add(greet('waits'));
      for (const job of [
        { name: 'greet', key: 'waits' },
        { name: 'greet', key: 'unknown' },
        { name: 'greet', key: 'not a key' },
        { name: 'unheard-of', key: 'waits' },
      ])
        expect(await queue.retry(job)).toBe(false);
      expect(await totals(queue)).toEqual({ ...empty, waiting: 1 });
    });

    it('two that retry the same dead job at once: it is one job, and one of them did it', async () => {
      const open = await bench();
      const [one, two] = [open({ ...quick, attempts: 1 }), open()];
      let runs = 0;
      one.work({
        greet: async () => {
          runs += 1;
          if (runs === 1) throw new Error('once');
        },
      });
      await one.add(greet('a'));
      await vi.waitFor(async () => expect(await totals(one)).toEqual({ ...empty, dead: 1 }), soon);
      const done = await Promise.all([one, two, one, two].map((queue) => queue.retry({ name: 'greet', key: 'a' })));
      expect(done.filter((ok) => ok)).toHaveLength(1);
      await vi.waitFor(async () => expect(await totals(one)).toEqual(empty), soon);
      expect(runs).toBe(2);
    });

    it('tells of every run that is over', async () => {
      const queue = (await bench())({ backoff: ms(1), attempts: 2 });
      const ended: JobEnd[] = [];
      const work = async (data: JobData): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (data['fails'] === true) throw new Error('never');
      };
      queue.work({ greet: work }, (end) => ended.push(end));
      await queue.add(greet('good'));
      await vi.waitFor(() => expect(ended).toHaveLength(1), soon);
      await queue.add(greet('bad', { fails: true }));
      await vi.waitFor(() => expect(ended).toHaveLength(3), soon);
      expect(ended.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['greet done', 'greet failed', 'greet dead']);
      for (const { durationMs } of ended) expect(durationMs).toBeGreaterThanOrEqual(19);
    });

    it('leaves jobs alone for which nobody has a handler', async () => {
      const open = await bench();
      const queue = open();
      const counted: string[] = [];
      queue.work({ count: async () => void counted.push('count') });
      await queue.add(greet('a'));
      await queue.add({ name: 'count', key: 'b', data: {} });
      await vi.waitFor(() => expect(counted).toEqual(['count']), soon);
      expect(await totals(queue)).toMatchObject({ waiting: 1, dead: 0 });
      const greeted: string[] = [];
      open().work({ greet: async () => void greeted.push('greet') });
      await vi.waitFor(() => expect(greeted).toEqual(['greet']), soon);
    });

    it('two workers share the jobs; each job runs once', async () => {
      const open = await bench();
      const [one, two] = [open(), open()];
      const runs: unknown[] = [];
      const handler = async (data: JobData): Promise<void> => {
        runs.push(data['n']);
        await new Promise((resolve) => setTimeout(resolve, 1));
      };
      one.work({ greet: handler });
      two.work({ greet: handler });
      await Promise.all(Array.from({ length: 40 }, (_, n) => one.add(greet(`job-${n}`, { n }))));
      await vi.waitFor(async () => expect(await totals(one)).toEqual(empty), soon);
      expect(runs.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    });

    it('a running job may take longer than its lease', async () => {
      const open = await bench();
      const timing = { ...quick, lease: ms(300) };
      const [one, two] = [open(timing), open(timing)];
      let runs = 0;
      const handler = async (): Promise<void> => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      };
      one.work({ greet: handler });
      two.work({ greet: handler });
      await one.add(greet('a'));
      await vi.waitFor(async () => expect(await totals(one)).toEqual(empty), soon);
      expect(runs).toBe(1);
    });

    it('close lets the running job end, takes no new one, and can be called twice', async () => {
      const open = await bench();
      const [working, other] = [open(), open()];
      const gate = Promise.withResolvers<void>();
      const seen: string[] = [];
      working.work({
        greet: async (data) => {
          seen.push(`start ${String(data['n'])}`);
          await gate.promise;
          seen.push(`end ${String(data['n'])}`);
        },
      });
      await other.add(greet('a', { n: 1 }));
      await vi.waitFor(() => expect(seen).toEqual(['start 1']), soon);
      const closing = Promise.all([working.close(), working.close()]);
      await other.add(greet('b', { n: 2 }));
      gate.resolve();
      await closing;
      expect(seen).toEqual(['start 1', 'end 1']);
      expect(await totals(other)).toEqual({ ...empty, waiting: 1 });
    });
  });
};
