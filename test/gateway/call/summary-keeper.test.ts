import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SummaryKeeper } from '../../../gateway/call/summary-keeper.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import type { Summary } from '../../../store/summaries.ts';
import { settle } from '../../world/clock.ts';
import { answeredCall } from './answered-call.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const made: Summary = { through: 'none', turns: 30, text: 'The gate opens at night.' };

describe('the summary of a long call', () => {
  const longCall = (turns: number, found: Summary | undefined) => {
    const state = { found };
    const world = answeredCall(sqlite, { summaries: { get: async () => state.found } });
    world.greeted();
    const says = (name: string) => {
      world.callerSpeaks(name);
      world.first.answers(`a-${name}`, new Uint8Array(160), `answer to ${name} ${'word '.repeat(150)}`);
      world.clock.advance(20);
      world.phone.returnsMarks();
    };
    for (let turn = 0; turn < turns; turn += 1) says(`t${turn}`);
    const asked = () => world.jobs.filter(({ name }) => name === 'summarise-call').map(({ key }) => key.split('-s')[1]);
    return { ...world, state, says, asked };
  };

  it('is asked for when the call is long, and again as it goes on', () => {
    const { asked, says } = longCall(11, undefined);
    expect(asked()).toEqual([]);
    for (let turn = 20; turn < 40; turn += 1) says(`t${turn}`);
    expect(asked().length).toBeGreaterThanOrEqual(3);
    expect(asked()[0]).toBe('24');
  });

  it('is looked for a moment later, and tells the next agent of what is too old to stand there', async () => {
    const { asked, asksForHandoff, clock, state, runner } = longCall(60, undefined);
    expect(asked().length).toBeGreaterThan(5);
    const covered = runner.journal.bundle.messages[40];
    state.found = { ...made, through: covered?.id ?? '' };
    clock.advance(3_000);
    await settle();
    const second = asksForHandoff();
    const [item] = second.setup.history;
    const context = item?.type === 'tool-call' ? JSON.parse(item.output) : {};
    expect(context.earlier).toMatchObject({ summary: 'The gate opens at night.' });
    expect(context.earlier.turns).toBeGreaterThan(41);
    // Where the summary does not reach, the caller's words stand for themselves.
    expect(context.earlier.callerSaid).toContain('words of t30');
    expect(context.earlier.callerSaid).not.toContain('words of t19');
    expect(context.leftOut).toEqual([`${context.earlier.turns} older turns: only a summary`]);
  });

  it('is not asked for when nobody makes them', () => {
    const { greeted, callerSpeaks, jobs } = answeredCall(sqlite);
    greeted();
    for (let turn = 0; turn < 40; turn += 1) callerSpeaks(`t${turn}`);
    expect(jobs).toEqual([]);
  });

  it('costs the call nothing when the store or the queue is away', async () => {
    const { clock, house, runner } = answeredCall(sqlite);
    const troubles: unknown[] = [];
    const keeper = new SummaryKeeper({
      callId: runner.facts.callId,
      clock,
      queue: { add: () => Promise.reject(new Error('away')) },
      summaries: { get: () => Promise.reject(new Error('away')) },
      bundle: () => ({
        ...runner.journal.bundle,
        messages: Array.from(
          { length: 30 },
          () => ({ role: 'user', id: 'a', content: 'a', at: house.clock.wall(), agent: '' }) as const,
        ),
      }),
      onTrouble: (error) => troubles.push(error),
    });
    keeper.hears({ type: 'caller-said', turn: 'a', text: 'a' });
    clock.advance(60_000);
    await settle();
    expect(troubles).toHaveLength(4);
    expect(keeper.current).toBeUndefined();
    keeper.stop();
  });
});
