import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rule, type RuleStore, suggestionId } from '../../store/suggestions/rules.ts';

export interface OpenedRules {
  readonly rules: RuleStore;
  /** The same rules, as another process has them. */
  readonly elsewhere: RuleStore;
  /** Ten years go by. */
  yearsPass(): Promise<void>;
  close(): Promise<void>;
}

/** A rule about calls of a category. */
export const ruleAbout = (category: string, change: Partial<Rule> = {}): Rule => {
  const way = { line: 'acme', category, from: 'support', to: 'technical' };
  return {
    ...{ id: suggestionId(way), ...way, state: 'accepted', at: '2026-01-01T00:00:00.000Z', by: 'Robin “R”' },
    evidence: { n: 200, k: 160, savesMs: 40_000, from: '2025-12-01T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z' },
    ...change,
  };
};

const adds = (rule: Rule) => (rules: readonly Rule[]) => ({ rules: [...rules, rule], answer: rules.length });

/** What every RuleStore does. */
export const ruleStoreContract = (name: string, open: () => Promise<OpenedRules>): void => {
  describe(`RuleStore: ${name}`, () => {
    let opened: OpenedRules;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has none at first, and none for a line that nobody decided about', async () => {
      expect(await opened.rules.of('acme')).toEqual([]);
      await opened.rules.change('acme', adds(ruleAbout('API key')));
      expect(await opened.rules.of('other')).toEqual([]);
    });

    it('what was decided is there for everybody, as it was', async () => {
      const [accepted, dismissed] = [ruleAbout('API key'), ruleAbout('SDK', { state: 'dismissed', by: null })];
      expect(await opened.rules.change('acme', adds(accepted))).toBe(0);
      expect(await opened.elsewhere.change('acme', adds(dismissed))).toBe(1);
      expect(await opened.rules.of('acme')).toEqual([accepted, dismissed]);
      expect(await opened.elsewhere.of('acme')).toEqual([accepted, dismissed]);
    });

    it('of those who change at the same time nobody is lost', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      const stores = [opened.rules, opened.elsewhere];
      await Promise.all(names.map((one, index) => stores[index % 2]?.change('acme', adds(ruleAbout(one)))));
      expect((await opened.rules.of('acme')).map(({ category }) => category).sort()).toEqual(names);
    });

    it('who changes nothing only gets the answer', async () => {
      await opened.rules.change('acme', adds(ruleAbout('API key')));
      expect(await opened.rules.change('acme', () => ({ answer: 'as it was' }))).toBe('as it was');
      expect(await opened.rules.of('acme')).toHaveLength(1);
    });

    it('all can be taken away, and come again', async () => {
      await opened.rules.change('acme', adds(ruleAbout('API key')));
      await opened.elsewhere.change('acme', () => ({ rules: [], answer: undefined }));
      expect(await opened.rules.of('acme')).toEqual([]);
      await opened.rules.change('acme', adds(ruleAbout('SDK')));
      expect(await opened.elsewhere.of('acme')).toHaveLength(1);
    });

    it('holds until it is withdrawn', async () => {
      await opened.rules.change('acme', adds(ruleAbout('API key')));
      await opened.yearsPass();
      expect(await opened.elsewhere.of('acme')).toEqual([ruleAbout('API key')]);
    });
  });
};
