import { describe, expect, it } from 'vitest';
import { epoch, term, wallTime } from '../../infra/brand.ts';
import { systemClock } from '../../infra/clock.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import type { JudgeHandoff } from '../../store/handoffs/judgement.ts';
import { jobHandlers } from '../../store/jobs.ts';
import { openStores } from '../../store/stores.ts';
import { newCallId } from '../contracts/context-store.ts';
import { committed } from './committed.ts';

const said = (item: string, agent: string, text: string): ContextFact => ({
  type: 'agent-said',
  item,
  agent,
  text,
  heardText: text,
  saidMs: 1,
  heardMs: 1,
});
const facts: readonly ContextFact[] = [
  { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} },
  said('a', 'technical', 'Words of an earlier time.'),
  { type: 'fact-learned', key: 'accountId', value: 'acct_1', source: 'tool', verified: true },
  { type: 'solution-tried', solution: 'Reset API key', outcome: 'failed' },
  { type: 'handoff-requested', epoch: epoch(2), from: 'support', to: 'technical', reason: 'a 401', trigger: 'expertise' },
  said('b', 'support', 'One moment.'),
  said('c', 'technical', 'Hello there.'),
  committed(2),
  { type: 'asked-again', agent: 'technical', field: 'issue', sentence: 'found by rules' },
  { type: 'first-words-judged', epoch: epoch(2), agent: 'technical', issue: false, finding: false, feeling: false },
  said('c', 'technical', 'Hello there.'),
  said('d', 'technical', 'May I have that number of yours?'),
  { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false },
];

const ended = async () => {
  const stores = await openStores(
    { kind: 'sqlite', path: ':memory:' },
    { clock: systemClock, log: { info() {}, warn() {} } },
  );
  const callId = newCallId();
  await stores.contexts.claim(callId, 'node');
  const events = facts.map(
    (fact, index): ContextEvent => ({
      ...fact,
      seq: index + 1,
      term: term(1),
      at: wallTime(1_767_225_600_000 + index * 1_000),
    }),
  );
  await stores.contexts.append({ callId, term: term(1), owner: 'node', events });
  const completes = (judge?: JudgeHandoff) =>
    jobHandlers(stores, judge === undefined ? {} : { judge })['complete-handoffs']({ callId });
  const record = async () => (await stores.handoffs.list({ limit: 1 }))[0];
  return { stores, completes, record };
};

describe('when a call is over', () => {
  it('a text model has the final word on what was asked again: it gets what was known, and what the specialist said', async () => {
    const { stores, completes, record } = await ended();
    const given: Parameters<JudgeHandoff>[0][] = [];
    await completes(async (words) => {
      given.push(words);
      return {
        asked: [
          { sentence: 1, field: 'accountId' },
          { sentence: 7, field: 'accountId' },
          { sentence: 0, field: 'nobodyKnows' },
        ],
        acknowledged: { issue: true, finding: false, feeling: true },
      };
    });
    expect(given).toEqual([
      {
        issue: 'a 401',
        known: {
          callerNumber: '+14155550134',
          accountId: 'acct_1',
          issue: 'a 401',
          attempts: [{ solution: 'Reset API key', outcome: 'failed' }],
        },
        said: ['Hello there.', 'May I have that number of yours?'],
      },
    ]);
    expect(await record()).toMatchObject({
      judgedBy: 'model',
      acknowledged: { issue: true, finding: false, feeling: true },
      askedAgain: [{ field: 'accountId', sentence: 'May I have that number of yours?' }],
      resolved: true,
    });
    await stores.close();
  });

  it('without one, or while it can not be had, what the rules found stands', async () => {
    const { stores, completes, record } = await ended();
    const byRules = {
      judgedBy: 'rules',
      askedAgain: [{ field: 'issue', sentence: 'found by rules' }],
      acknowledged: { issue: false },
    };
    await completes();
    expect(await record()).toMatchObject(byRules);
    await expect(completes(() => Promise.reject(new Error('503')))).rejects.toThrow('503'); // the queue tries again
    expect(await record()).toMatchObject(byRules);
    await stores.close();
  });

  it('a job that comes again after that does not take the word back, and tells all else as it is now', async () => {
    const { stores, completes, record } = await ended();
    const judgement = { asked: [], acknowledged: { issue: true, finding: true, feeling: true } };
    await completes(async () => judgement);
    const before = await record();
    if (before === undefined) throw new Error('there is no record');
    await stores.handoffs.write({ ...before, resolved: null });
    await jobHandlers(stores)['record-handoff']({ callId: before.callId, term: 1, epoch: 2 });
    expect(await record()).toEqual(before);
    await stores.close();
  });
});
