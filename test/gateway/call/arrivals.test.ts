import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryItem } from '../../../agents/session.ts';
import { CallRegistry } from '../../../gateway/call/registry.ts';
import type { CallerMemory, PastCall } from '../../../store/caller-memory.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { pastCall } from '../../contracts/caller-memory.ts';
import { settle } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const known = pastCall(5);

/** A node whose line sends callers that had trouble with their key to the specialist. */
const nodeWith = (recall: CallerMemory['recall'] | undefined) => {
  const world = houseOver(sqlite);
  const callers = recall === undefined ? {} : { callers: { recall, remember: async () => {} } };
  const route: (typeof world.house.line)['route'] = ({ facts }) =>
    facts['lastCallIssue'] === 'API key' ? 'technical' : undefined;
  const registry = new CallRegistry(
    { ...world.house, ...callers, line: { ...world.house.line, route } },
    { maxCalls: 10, maxCallsOfFleet: undefined, maxCallsPerCaller: undefined, shared: undefined, fallbackNumber: undefined },
  );
  const arrives = (call = newCall(), cause: 'answer' | 'resume' = 'answer') => {
    registry.accept(new ScriptedPhone(call.callId), call, cause);
    return call;
  };
  return { ...world, registry, arrives };
};

const contextIn = (items: readonly HistoryItem[]) =>
  items.flatMap((item) => (item.type === 'tool-call' ? [JSON.parse(item.output)] : []));

describe('a caller who has called before', () => {
  it('is looked up while it rings: the first agent knows, and the line chooses who that is', async () => {
    const asked: string[] = [];
    const { registry, arrives, session } = nodeWith(async (number) => {
      asked.push(number);
      return [known, pastCall(1)];
    });
    const call = newCall();
    await registry.ring(call);
    await settle();
    arrives(call);
    await settle();
    const first = session(1);
    expect(first.setup.agent).toBe('technical');
    const [context] = contextIn(first.setup.history);
    expect(context.facts).toContainEqual({ key: 'lastCallIssue', value: 'API key', source: 'memory', verified: false });
    expect(context.facts).toContainEqual({
      key: 'lastCallOutcome',
      value: 'not resolved',
      source: 'memory',
      verified: false,
    });
    expect(asked).toEqual([call.from]);
  });

  it('whose call comes to another process is told of when it is known, and nobody waited', async () => {
    const late = Promise.withResolvers<readonly PastCall[]>();
    const { arrives, session, registry } = nodeWith(() => late.promise);
    const call = arrives();
    await settle();
    const first = session(1);
    expect(first.setup.agent).toBe('support');
    first.readies();
    late.resolve([known]);
    await settle();
    expect(contextIn(first.added)).toMatchObject([{ facts: { lastCallIssue: 'API key' } }]);
    expect((await registry.bundle(call.callId))?.facts.map(({ key }) => key)).toContain('lastCallIssue');
  });

  it.each([
    ['nothing is remembered', undefined],
    ['there was no call before', async () => []],
    ['the memory can not be read', () => Promise.reject(new Error('away'))],
  ] as const)('is answered as anybody when %s', async (_, recall) => {
    const { registry, arrives, session, errors } = nodeWith(recall);
    const call = newCall();
    await registry.ring(call);
    arrives(call);
    await settle();
    expect(session(1).setup.agent).toBe('support');
    expect(JSON.stringify(session(1).setup.history)).not.toContain('lastCall');
    expect(errors).toEqual([]);
  });

  it('what is remembered is no reason to hand over in the first turn', async () => {
    const { registry, arrives, session } = nodeWith(async () => [{ ...known, issue: 'invoice' }]);
    const call = newCall();
    await registry.ring(call);
    await settle();
    arrives(call);
    await settle();
    const first = session(1);
    first.readies();
    first.hearsSpeech('t', 0);
    first.commits('t');
    first.starts('r');
    first.callsTool('c', 'transfer_to_technical', { reason: 'a problem' });
    first.ends();
    expect(first.toolOutputs[0]?.output).toContain('nothing-known-yet');
  });

  it('is remembered when the call is over, if the house remembers callers', async () => {
    const { registry, arrives, jobs } = nodeWith(async () => []);
    const call = arrives();
    await settle();
    registry.ended(call.callId, 'completed');
    await expect.poll(() => jobs.map(({ name }) => name), { interval: 1 }).toEqual(['remember-caller', 'analyse-call']);
    const forgetful = nodeWith(undefined);
    forgetful.registry.ended(forgetful.arrives().callId, 'completed');
    await settle();
    expect(forgetful.jobs.map(({ name }) => name)).toEqual(['analyse-call']);
  });
});
