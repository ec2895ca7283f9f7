import { afterEach, describe, expect, it, vi } from 'vitest';
import { JobJournal } from '../../gateway/job-journal.ts';
import { jobFigures } from '../../gateway/job-work.ts';
import { gatewayMetrics } from '../../gateway/metrics.ts';
import { QueueDepth } from '../../gateway/queue-depth.ts';
import { systemClock } from '../../infra/clock.ts';
import { openStores } from '../../store/stores.ts';
import { FakeClock, settle } from '../world/clock.ts';

const soon = { timeout: 5_000, interval: 10 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describe('figures of jobs', () => {
  it('count runs by outcome and measure them, by name', async () => {
    const stores = await openStores(
      { kind: 'sqlite', path: ':memory:' },
      { clock: systemClock, log: { info() {}, warn() {} } },
    );
    ends.push(() => stores.close());
    const metrics = gatewayMetrics();
    const fails = () => Promise.reject(new Error('never'));
    stores.queue.work({ 'analyse-call': async () => {}, 'record-handoff': fails }, jobFigures(metrics));
    await stores.queue.add({ name: 'analyse-call', key: 'a', data: {} });
    await stores.queue.add({ name: 'record-handoff', key: 'b', data: {}, attempts: 1 });
    await vi.waitFor(async () => expect((await stores.queue.counts())['record-handoff']?.dead).toBe(1), soon);
    const text = await metrics.text();
    expect(text).toContain('throughline_jobs_total{name="analyse-call",outcome="done"} 1\n');
    expect(text).toContain('throughline_jobs_total{name="record-handoff",outcome="dead"} 1\n');
    expect(text).toContain('throughline_jobs_duration_seconds_count{name="analyse-call"} 1\n');
    jobFigures(metrics)({ name: 'analyse-call', outcome: 'dead', durationMs: undefined });
    expect(await metrics.text()).toContain('throughline_jobs_duration_seconds_count{name="analyse-call"} 1\n');
    expect(await metrics.text()).toContain('throughline_jobs_total{name="analyse-call",outcome="dead"} 1\n');
  });

  it('the depth of all queues is looked up every ten seconds, less often while the store is away, and not after a stop', async () => {
    const clock = new FakeClock();
    const metrics = gatewayMetrics();
    const looks: number[] = [];
    let away = false;
    const depth = new QueueDepth({
      queue: {
        counts: async () => {
          looks.push(clock.now());
          if (away) throw new Error('cut');
          return { 'analyse-call': { waiting: looks.length, delayed: 2, active: 0, dead: 4 } };
        },
      },
      clock,
      metrics,
    });
    depth.start();
    await settle();
    expect(await metrics.text()).toContain('throughline_jobs_depth{name="analyse-call",state="waiting"} 1\n');
    expect(await metrics.text()).toContain('throughline_jobs_depth{name="analyse-call",state="dead"} 4\n');
    await clock.run(20_000, 1_000);
    away = true;
    await clock.run(131_000, 1_000);
    expect(looks).toEqual([0, 10_000, 20_000, 30_000, 90_000, 150_000]);
    away = false;
    await clock.run(60_000, 1_000);
    expect(await metrics.text()).toContain('throughline_jobs_depth{name="analyse-call",state="waiting"} 7\n');
    depth.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('the journal of a job process', () => {
  it('is one line a minute, and none when there was nothing to do', async () => {
    const clock = new FakeClock();
    const lines: object[] = [];
    const journal = new JobJournal(clock, { info: (facts) => lines.push(facts) });
    clock.advance(300_000);
    expect([lines, clock.pending]).toEqual([[], 0]);
    journal.ended({ name: 'analyse-call', outcome: 'done', durationMs: 12.4 });
    journal.ended({ name: 'analyse-call', outcome: 'failed', durationMs: 99.6 });
    clock.advance(30_000);
    journal.ended({ name: 'record-handoff', outcome: 'dead', durationMs: undefined });
    expect(lines).toEqual([]);
    clock.advance(30_000);
    expect(lines).toEqual([{ done: 1, failed: 1, dead: 1, longestMs: 100, jobs: 'analyse-call 2, record-handoff 1' }]);
    journal.ended({ name: 'analyse-call', outcome: 'done', durationMs: 1 });
    journal.tell();
    journal.tell();
    expect(lines[1]).toEqual({ done: 1, failed: 0, dead: 0, longestMs: 1, jobs: 'analyse-call 1' });
    expect([lines.length, clock.pending]).toEqual([2, 0]);
  });
});
