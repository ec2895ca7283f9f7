import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteRule } from '../../../agents/handoff/rules.ts';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { answeredCall } from './answered-call.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const rule: RouteRule = { id: 'r1', line: 'test', category: 'API key', from: 'support', to: 'technical' };

const called = (rules: readonly RouteRule[] = [rule]) => {
  const world = answeredCall(sqlite, { rules: { current: rules } });
  world.greeted();
  let responses = 0;
  const classifies = (category: string, session = world.first) => {
    responses += 1;
    session.starts(`c${responses}`);
    session.callsTool(`c${responses}`, 'classify_issue', { category });
    session.ends();
  };
  const events = async <Type extends ContextEvent['type']>(type: Type) => {
    await world.runner.journal.stored(1_000);
    const stored = (await sqlite.load(world.runner.facts.callId))?.events ?? [];
    return stored.filter((event): event is Extract<ContextEvent, { type: Type }> => event.type === type);
  };
  return { ...world, classifies, events };
};

const told = ({ added }: { readonly added: readonly { readonly type: string; readonly output?: string }[] }) =>
  added.flatMap(({ output }) => (output?.includes('colleague') === true ? [JSON.parse(output)] : []));

describe('an accepted suggestion, once it is known what the call is about', () => {
  it("opens the specialist's session, and tells the agent without a word to the caller", async () => {
    const { classifies, first, sessions, session, events, counted } = called();
    classifies('api-key');
    expect(sessions).toHaveLength(2);
    expect(session(2).setup.agent).toBe('technical');
    expect(told(first)).toMatchObject([{ issue: 'API key', colleague: 'technical' }]);
    expect(first.setup.instructions).not.toContain('API key');
    expect(await events('routed-by-rule')).toMatchObject([{ rule: 'r1', agent: 'technical', way: 'told' }]);
    expect(counted).toContain('throughline_routed_by_rule_total told');
    // The handoff itself is the agent's, and finds the session there.
    expect(await events('handoff-requested')).toEqual([]);
    session(2).readies();
    first.starts('bridge');
    first.callsTool('t', 'transfer_to_technical', { reason: 'API key' });
    first.ends();
    expect(await events('handoff-requested')).toMatchObject([{ to: 'technical' }]);
    expect(sessions).toHaveLength(2);
  });

  it('tells it once', async () => {
    const { classifies, first, events } = called();
    for (const category of ['API key', 'something', 'API key']) classifies(category);
    expect(told(first)).toHaveLength(1);
    expect(await events('routed-by-rule')).toHaveLength(1);
  });

  it.each<[string, readonly RouteRule[], string]>([
    ['there is none', [], 'API key'],
    ['the call is about something else', [rule], 'invoice'],
    ['it is of another line', [{ ...rule, line: 'acme' }], 'API key'],
    ['it is for calls of another agent', [{ ...rule, from: 'technical', to: 'support' }], 'API key'],
    ['its specialist is gone', [{ ...rule, to: 'billing' }], 'API key'],
  ])('does nothing where %s', async (_, rules, category) => {
    const { classifies, first, sessions, events } = called(rules);
    classifies(category);
    expect([sessions.length, told(first)]).toEqual([1, []]);
    expect(await events('routed-by-rule')).toEqual([]);
  });

  it('does not send back who came from the specialist', async () => {
    const { classifies, asksForHandoff, session, events, clock, phone } = called();
    const second = asksForHandoff();
    second.readies();
    second.answers('hi', new Uint8Array(1_600));
    clock.advance(2_000);
    phone.returnsMarks();
    second.starts('back');
    second.callsTool('b', 'transfer_to_support', { reason: 'not mine' });
    second.ends();
    const third = session(3);
    third.readies();
    third.answers('again', new Uint8Array(1_600));
    expect((await events('bound')).at(-1)).toMatchObject({ agent: 'support' });
    classifies('API key', third);
    expect(told(third)).toEqual([]);
    expect(await events('routed-by-rule')).toEqual([]);
  });

  it('an agent without tools, in a call that may be what kills processes, is told nothing', async () => {
    const { runner, house, sessions } = called();
    await runner.journal.stored(1_000);
    for (let lost = 0; lost < 2; lost += 1) {
      const next = new CallRunner(
        { ...house, rules: { current: [rule] }, owner: `o${lost}` },
        new ScriptedPhone(runner.facts.callId),
        runner.facts,
      );
      await next.resume('resume');
      sessions.at(-1)?.readies();
      await next.journal.stored(1_000);
      if (lost === 0) continue;
      const count = sessions.length;
      next.journal.note({ type: 'issue-classified', category: 'API key' });
      expect(sessions).toHaveLength(count);
      expect(next.journal.bundle.category).toBe('API key');
      expect(told(sessions.at(-1) ?? { added: [] })).toEqual([]);
    }
  });
});
