import { afterEach, describe, expect, it, vi } from 'vitest';
import { ms } from '../../infra/brand.ts';
import type { JobTiming } from '../../infra/queue/job-timing.ts';
import type { JobData, JobQueue } from '../../infra/queue/queue.ts';

/** Queues over one fresh database; the suite closes every queue. */
export interface QueueBench {
  open(timing: Partial<JobTiming>): JobQueue;
  end(): Promise<void>;
}

/** The job names that a bench's queues know. */
export const benchNames = ['greet', 'count'] as const;

const soon = { timeout: 15_000, interval: 10 };
const quick = { backoff: ms(10), attempts: 3 };

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
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, dead: 0 }), soon);
      expect(seen).toEqual([{ callId: 'CA1', term: 2, ok: true }]);
    });

    it('does jobs that waited before anybody worked, and from another queue object', async () => {
      const open = await bench();
      const adding = open();
      await adding.add(greet('a', { n: 1 }));
      await adding.add(greet('b', { n: 2 }));
      expect(await adding.counts()).toEqual({ waiting: 2, active: 0, dead: 0 });
      const seen: unknown[] = [];
      open().work({ greet: async (data) => void seen.push(data['n']) });
      await vi.waitFor(() => expect(seen).toEqual([1, 2]), soon);
    });

    it('the same key is one job: while it waits, while it runs, and when it is done', async () => {
      const queue = (await bench())();
      let runs = 0;
      const gate = Promise.withResolvers<void>();
      await Promise.all([queue.add(greet('a')), queue.add(greet('a')), queue.add(greet('a'))]);
      expect((await queue.counts()).waiting).toBe(1);
      queue.work({
        greet: async () => {
          runs += 1;
          await gate.promise;
        },
      });
      await vi.waitFor(() => expect(runs).toBe(1), soon);
      await queue.add(greet('a'));
      expect(await queue.counts()).toEqual({ waiting: 0, active: 1, dead: 0 });
      gate.resolve();
      await vi.waitFor(async () => expect((await queue.counts()).active).toBe(0), soon);
      await queue.add(greet('a'));
      await queue.add(greet('b'));
      await vi.waitFor(() => expect(runs).toBe(2), soon);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, dead: 0 }), soon);
      expect(runs).toBe(2);
    });

    it('takes keys that are numbers, and refuses other characters', async () => {
      const queue = (await bench())();
      await queue.add(greet('12345'));
      expect((await queue.counts()).waiting).toBe(1);
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
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, dead: 0 }), soon);
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
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, dead: 1 }), soon);
      expect(runs).toBe(3);
      await queue.add(greet('a'));
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, dead: 1 });
    });

    it('leaves jobs alone for which nobody has a handler', async () => {
      const open = await bench();
      const queue = open();
      const counted: string[] = [];
      queue.work({ count: async () => void counted.push('count') });
      await queue.add(greet('a'));
      await queue.add({ name: 'count', key: 'b', data: {} });
      await vi.waitFor(() => expect(counted).toEqual(['count']), soon);
      expect(await queue.counts()).toMatchObject({ waiting: 1, dead: 0 });
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
      await vi.waitFor(async () => expect(await one.counts()).toEqual({ waiting: 0, active: 0, dead: 0 }), soon);
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
      await vi.waitFor(async () => expect(await one.counts()).toEqual({ waiting: 0, active: 0, dead: 0 }), soon);
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
      expect(await other.counts()).toEqual({ waiting: 1, active: 0, dead: 0 });
    });
  });
};
