import { describe, expect, it } from 'vitest';
import { RouteRules } from '../../gateway/route-rules.ts';
import type { Rule } from '../../store/suggestions/rules.ts';
import { ruleAbout } from '../contracts/rule-store.ts';
import { FakeClock, settle } from '../world/clock.ts';

const world = () => {
  const clock = new FakeClock();
  const store = {
    rules: [] as readonly Rule[],
    isAway: false,
    reads: 0,
    /** Answers that wait to be given, by the test's hand. */
    held: undefined as (() => void)[] | undefined,
    of: async (line: string) => {
      store.reads += 1;
      const seen = store.rules.filter((rule) => rule.line === line);
      if (store.held !== undefined) await new Promise<void>((resolve) => store.held?.push(resolve));
      if (store.isAway) throw new Error('cut');
      return seen;
    },
  };
  const warnings: string[] = [];
  const infos: string[] = [];
  const log = {
    info: (_: object, text: string) => infos.push(text),
    warn: (_: object, text: string) => warnings.push(text),
  };
  const routes = new RouteRules({ line: 'acme', store, clock, log });
  return { clock, store, routes, warnings, infos };
};

const ids = ({ current }: RouteRules) => current.map(({ category }) => category);

describe('accepted suggestions, for calls', () => {
  it('are known within ten seconds, and only those that were accepted, of this line', async () => {
    const { clock, store, routes, infos } = world();
    routes.start();
    await settle();
    expect(ids(routes)).toEqual([]);
    store.rules = [ruleAbout('a'), ruleAbout('b', { state: 'dismissed' }), ruleAbout('c', { line: 'other' })];
    await clock.run(10_000, 500);
    expect(ids(routes)).toEqual(['a']);
    store.rules = [];
    await clock.run(10_000, 500);
    expect(ids(routes)).toEqual([]);
    expect(infos).toHaveLength(2);
  });

  it('stand while the store is away, which is said once', async () => {
    const { clock, store, routes, warnings } = world();
    store.rules = [ruleAbout('a')];
    routes.start();
    await settle();
    store.isAway = true;
    await clock.run(60_000, 500);
    expect(ids(routes)).toEqual(['a']);
    expect(warnings).toEqual([expect.stringContaining('routed as before')]);
    store.isAway = false;
    store.rules = [];
    await clock.run(10_000, 500);
    expect(ids(routes)).toEqual([]);
  });

  it('are looked up at once when something was decided here, and an older look does not undo that', async () => {
    const { store, routes } = world();
    store.held = [];
    routes.start();
    await settle();
    const [old] = store.held;
    store.rules = [ruleAbout('a')];
    store.held = undefined;
    await routes.look();
    expect(ids(routes)).toEqual(['a']);
    old?.();
    await settle();
    expect(ids(routes)).toEqual(['a']);
  });

  it('are asked for in one row of looks, however often somebody decides, and no more once it is stopped', async () => {
    const { clock, store, routes } = world();
    routes.start();
    await Promise.all([routes.look(), routes.look(), routes.look()]);
    const { reads } = store;
    await clock.run(10_000, 500);
    expect(store.reads).toBe(reads + 1);
    routes.stop();
    await clock.run(60_000, 500);
    expect([store.reads, clock.pending]).toEqual([reads + 1, 0]);
  });
});
