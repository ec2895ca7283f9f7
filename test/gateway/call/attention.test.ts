import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import type { ScriptedSession } from '../../world/scripted-session.ts';
import { answeredCall } from './answered-call.ts';
import { houseOver, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const says = (session: ScriptedSession, name: string, words: string) => {
  session.starts(name);
  session.speaks({ response: name, item: name }, speech(20, 2), words);
  session.ends();
};

/** A call that is handed over; the first agent has written down what it knows. */
const handedOver = () => {
  const world = answeredCall(sqlite);
  const { greeted, first, asksForHandoff } = world;
  greeted();
  first.starts('notes');
  first.callsTool('n1', 'remember', { key: 'accountId', value: 'acct_1042' });
  first.callsTool('n2', 'note_attempt', { solution: 'Reset API key', outcome: 'failed' });
  first.ends();
  const second = asksForHandoff();
  second.readies();
  const events = async <Type extends ContextEvent['type']>(type: Type) => {
    await world.runner.journal.stored(1_000);
    const stored = (await sqlite.load(world.runner.facts.callId))?.events ?? [];
    return stored.filter((event): event is Extract<ContextEvent, { type: Type }> => event.type === type);
  };
  return { ...world, second, events };
};

describe('listening to a specialist', () => {
  it('who asks for what is known is noticed, and told without a word to the caller', async () => {
    const { second, events, counted } = handedOver();
    says(second, 'a', 'Sure. What is your account number?');
    expect(second.added).toMatchObject([{ type: 'tool-call', name: 'get_call_context' }]);
    const [item] = second.added;
    expect(item?.type === 'tool-call' && JSON.parse(item.output)).toMatchObject({ known: { accountId: 'acct_1042' } });
    expect(second.asks).toHaveLength(1); // only the one that every handoff begins with
    expect(await events('asked-again')).toMatchObject([
      { agent: 'technical', field: 'accountId', sentence: 'What is your account number?' },
    ]);
    expect(counted).toContain('throughline_asked_again_total');
  });

  it('whose first words show what they know is written down, once', async () => {
    const { second, events } = handedOver();
    says(second, 'a', 'I see that you still get a 401, and the API key was reset.');
    says(second, 'b', 'Let me look.');
    expect(await events('first-words-judged')).toMatchObject([{ epoch: 2, agent: 'technical', issue: true, finding: true }]);
    expect(await events('asked-again')).toEqual([]);
    expect(second.added).toEqual([]);
  });

  it('once also when the call goes on elsewhere, where sessions are numbered anew', async () => {
    const { second, runner } = handedOver();
    says(second, 'a', 'Hello!');
    runner.input({ type: 'phone-lost' });
    await runner.ended;
    const elsewhere = houseOver(sqlite);
    const next = new CallRunner(
      { ...elsewhere.house, owner: 'node-2' },
      new ScriptedPhone(runner.facts.callId),
      runner.facts,
    );
    await next.resume('resume');
    elsewhere.session(1).readies();
    elsewhere.session(1).breaks();
    elsewhere.clock.advance(200);
    const again = elsewhere.session(2); // the same number as that of the handoff, and the same agent
    expect(again.setup.agent).toBe('technical');
    expect(elsewhere.sessions).toHaveLength(2);
    again.readies();
    says(again, 'b', 'I see that you still get a 401.');
    expect(await next.journal.stored(1_000)).toBe(true);
    const stored = (await sqlite.load(runner.facts.callId))?.events ?? [];
    expect(stored.filter(({ type }) => type === 'first-words-judged')).toMatchObject([{ issue: false }]);
  });

  it('also when they show nothing', async () => {
    const { second, events } = handedOver();
    says(second, 'a', 'Hello!');
    expect(await events('first-words-judged')).toMatchObject([{ issue: false, finding: false }]);
  });

  it('and the first agent is judged by what is known, too, but has no first words to show', async () => {
    const { greeted, first, runner } = answeredCall(sqlite);
    greeted();
    says(first, 'a', 'What is your account number?');
    expect(first.added).toEqual([]);
    says(first, 'b', 'What is your phone number?');
    expect(first.added).toHaveLength(1); // the carrier told it
    await runner.journal.stored(1_000);
    const events = (await sqlite.load(runner.facts.callId))?.events ?? [];
    expect(events.filter(({ type }) => type === 'first-words-judged')).toEqual([]);
  });
});
