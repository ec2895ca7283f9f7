import { describe, expect, it } from 'vitest';
import { Outbox, type Source } from '../../../gateway/call/outbox.ts';
import { ms, type Term, term } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import type { Job } from '../../../infra/queue/queue.ts';
import { newCallId } from '../../contracts/context-store.ts';
import { FakeClock, settle } from '../../world/clock.ts';

const job = (key: string): Job => ({ name: 'analyse-call', key, data: {} });

const world = () => {
  const clock = new FakeClock();
  const taken: string[] = [];
  const triedAt: number[] = [];
  const lines: string[] = [];
  const line = { isAway: false };
  const write = (_facts: unknown, text: string) => lines.push(text);
  const outbox = new Outbox({
    queue: {
      add: async ({ key }) => {
        triedAt.push(clock.now());
        if (key === 'bad key') throw new ThroughlineError('job-key-invalid', 'bad');
        if (line.isAway) throw new ThroughlineError('store-unavailable', 'cut');
        taken.push(key);
      },
    },
    clock,
    log: { info: write, warn: write, error: write },
    random: () => 1,
  });
  return { clock, taken, triedAt, lines, line, outbox };
};

/** A log that is stored when a test says so. */
class Log implements Source {
  readonly callId = newCallId();
  term: Term | undefined = term(3);
  isGivenUp = false;
  #isStored = false;
  readonly #clock: FakeClock;
  readonly #waiting = new Set<(stored: boolean) => void>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  stored(limit: number): Promise<boolean> {
    if (this.#isStored || this.isGivenUp) return Promise.resolve(this.#isStored);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms(limit), () => resolve(false));
      this.#waiting.add((stored) => {
        cancel();
        resolve(stored);
      });
    });
  }

  ends(stored: boolean): void {
    this.#isStored = stored;
    this.isGivenUp = !stored;
    for (const settleOne of this.#waiting) settleOne(stored);
  }
}

describe('the outbox', () => {
  it('gives jobs to the queue when their log is stored, in the term that stored it', async () => {
    const { outbox, taken, clock } = world();
    const log = new Log(clock);
    outbox.when(log, (of) => [job(`a${of}`), job(`b${of}`)]);
    await settle();
    expect([taken, outbox.size]).toEqual([[], 1]);
    log.ends(true);
    await settle();
    expect([taken, outbox.size, clock.pending]).toEqual([['a3', 'b3'], 0, 0]);
  });

  it('waits for a log as long as it takes', async () => {
    const { outbox, taken, clock } = world();
    const log = new Log(clock);
    outbox.when(log, () => [job('a')]);
    await clock.run(9 * 60_000, 10_000);
    expect(taken).toEqual([]);
    log.ends(true);
    await settle();
    expect(taken).toEqual(['a']);
  });

  it('says nothing of a call that another node has taken, and forgets it', async () => {
    const { outbox, taken, clock } = world();
    const log = new Log(clock);
    outbox.when(log, () => [job('a')]);
    log.ends(false);
    await settle();
    expect([taken, outbox.size, clock.pending]).toEqual([[], 0, 0]);
  });

  it('tries again while the store is away, after growing waits up to 30 s, and loses none', async () => {
    const { outbox, taken, triedAt, line, lines, clock } = world();
    line.isAway = true;
    outbox.put([job('a')]);
    await settle();
    await clock.run(3_600_000, 500);
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? at));
    expect(waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    outbox.put([job('b')]);
    line.isAway = false;
    await clock.run(30_000, 500);
    expect(taken).toEqual(['a', 'b']);
    expect(clock.pending).toBe(0);
    expect(lines.at(-1)).toContain('go to the queue');
    // One line for an outage, and a reminder a minute.
    expect(lines.filter((text) => text.startsWith('jobs wait'))).toHaveLength(60);
  });

  it('a job that no queue takes does not hold up the others', async () => {
    const { outbox, taken, lines } = world();
    outbox.put([job('bad key'), job('b')]);
    await settle();
    expect(taken).toEqual(['b']);
    expect(lines).toEqual(['a job can not be queued, and is not done']);
  });

  it('keeps 10,000 and no more: the rest is left to the relay, and that is said', async () => {
    const { outbox, taken, line, lines, clock } = world();
    line.isAway = true;
    outbox.put(Array.from({ length: 10_005 }, (_, n) => job(`job-${n}`)));
    expect(outbox.size).toBe(10_000);
    expect(lines[0]).toContain('left to the relay');
    line.isAway = false;
    await clock.run(1_000, 500);
    await expect.poll(() => taken.length).toBe(10_000);
    expect(new Set(taken).size).toBe(10_000);
  });

  it('at an end tries once more at once, waits a moment for logs, and says what is left', async () => {
    const { outbox, taken, line, lines, clock } = world();
    line.isAway = true;
    outbox.put([job('a')]);
    await clock.run(100_000, 500);
    line.isAway = false;
    const late = new Log(clock);
    outbox.when(late, () => [job('late')]);
    const stopped = outbox.stop();
    late.ends(true);
    await stopped;
    expect(taken.sort()).toEqual(['a', 'late']);
    const other = world();
    other.line.isAway = true;
    other.outbox.put([job('b')]);
    const stopping = other.outbox.stop();
    await other.clock.run(2_000, 500);
    await stopping;
    expect(other.lines.at(-1)).toContain('left to the relay');
    expect(other.clock.pending).toBe(0);
    expect(lines.at(-1)).toContain('go to the queue');
  });
});
