import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallId, epoch, term, wallTime } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import type { AnalyseCall, Analysis, CallWords } from '../../../store/calls/analysis.ts';
import { isResolved } from '../../../store/calls/record.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { jobHandlers } from '../../../store/jobs.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { newCallId } from '../../contracts/context-store.ts';

const day = 86_400_000;
const first = Date.now() - 5 * day;

let stores: Stores;
beforeEach(async () => {
  const log = { info: () => {}, warn: () => {} };
  stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock: systemClock, log });
});
afterEach(() => stores.close());

const started: ContextFact = { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} };
const bound = (agent: string): ContextFact => ({ type: 'bound', agent, epoch: epoch(1), cause: 'answer' });
const callerSaid = (text: string): ContextFact => ({ type: 'caller-said', turn: text, text });
const classified = (category: string): ContextFact => ({ type: 'issue-classified', category });
const noticed: ContextFact = { type: 'sentiment-noticed', sentiment: 'worried' };
const ended: ContextFact = { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false };
const solved: ContextFact = { type: 'solution-verified', tool: 'check', toolCallId: 't1', agent: 'technical', solved: true };

const unsolved: ContextFact = { ...solved, solved: false };
const asked: ContextFact = {
  type: 'transfer-requested',
  transfer: 'x',
  from: 'support',
  to: 'ana',
  way: 'warm',
  reason: 'wants a person',
  trigger: 'caller-asked',
};
const talk = { type: 'transfer-ended', transfer: 'x', to: 'ana', ending: 'given-back', talkMs: 60_000 } as const;
const withAna: readonly ContextFact[] = [
  asked,
  { type: 'transfer-accepted', transfer: 'x', to: 'ana' },
  { ...talk, notes: null, verdict: 'solved' },
];

/** A call that is in the store, `at` ms after the first one. */
const called = async (facts: readonly ContextFact[], at = 0): Promise<CallId> => {
  const callId = newCallId();
  const events = facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(first + at + index) }));
  await stores.contexts.append({ callId, term: term(1), owner: 'test', events });
  return callId;
};

const plain = [started, bound('support'), callerSaid('Hello.'), callerSaid('It works now.'), ended];
const silent: Analysis = {
  category: null,
  callerConfirmed: null,
  sentimentStart: null,
  sentimentEnd: null,
  solvedBy: null,
};

/** A model that makes this of every call, and what it was given. */
const model = (analysis: Partial<Analysis>) => {
  const asked: CallWords[] = [];
  const analyse: AnalyseCall = async (words) => {
    asked.push(words);
    return { ...silent, ...analysis };
  };
  return { asked, analyse };
};

const runs = async (callId: CallId, analyse?: AnalyseCall) => {
  await jobHandlers(stores, analyse === undefined ? {} : { analyse })['analyse-call']({ callId });
  return await stores.calls.get(callId);
};

describe('a call that a model reads', () => {
  it('has what it made of the words in place of what rules found, and in the figures', async () => {
    const callId = await called([...plain.slice(0, 2), noticed, classified('login'), ...plain.slice(2)]);
    const { analyse, asked } = model({
      category: 'API key',
      callerConfirmed: false,
      sentimentStart: 'angry',
      sentimentEnd: 'calm',
    });
    expect(await runs(callId)).toMatchObject({ judgedBy: 'rules', category: 'login', solvedBy: 'support' });
    expect(await runs(callId, analyse)).toMatchObject({
      judgedBy: 'model',
      category: 'API key',
      sentimentStart: 'angry',
      sentimentEnd: 'calm',
      resolution: { agent: true, caller: false, tool: null },
      solvedBy: null,
    });
    expect(asked).toEqual([
      {
        turns: [
          { who: 'caller', said: 'Hello.' },
          { who: 'caller', said: 'It works now.' },
        ],
        categories: ['login'],
        solvers: ['support'],
      },
    ]);
    const today = new Date().toISOString().slice(0, 10);
    const from = new Date(first).toISOString().slice(0, 10);
    const figures = await figuresFrom(stores.tallies, () => systemClock.wall())({ from, to: today });
    expect(figures.categories.map(({ category }) => category)).toEqual(['API key']);
  });

  it('is the same when that is done twice, and when rules come after it', async () => {
    const callId = await called(plain);
    const { analyse } = model({ category: 'API key', callerConfirmed: true, solvedBy: 'support' });
    const once = await runs(callId, analyse);
    expect(await runs(callId, analyse)).toEqual(once);
    expect(await runs(callId)).toEqual(once);
  });

  it('keeps what noticed it while it went on where the words do not tell, but not what rules took for the caller’s word', async () => {
    const callId = await called([...plain.slice(0, 2), noticed, classified('login'), ...plain.slice(2)]);
    expect(await runs(callId, model({}).analyse)).toMatchObject({
      category: 'login',
      sentimentStart: 'worried',
      resolution: { caller: null },
      solvedBy: null,
    });
  });

  it('can’t be solved by somebody who was not there, and a tool’s word stays a fact', async () => {
    const callId = await called([started, bound('support'), bound('technical'), callerSaid('Thanks.'), solved, ended]);
    expect(await runs(callId, model({ solvedBy: 'the president' }).analyse)).toMatchObject({
      resolution: { caller: null, tool: true },
      solvedBy: 'technical',
    });
    expect(await runs(callId, model({ solvedBy: 'support' }).analyse)).toMatchObject({ solvedBy: 'support' });
  });

  it.each<[string, readonly ContextFact[], boolean, string | null]>([
    ['a no that was said before a person solved it', [callerSaid('It still fails.'), ...withAna], false, 'ana'],
    ['the same, found where rules find none', [callerSaid('Quite as broken as ever.'), ...withAna], false, 'ana'],
    [
      'the same, though they said goodbye to the agent after it',
      [callerSaid('It still fails.'), ...withAna, callerSaid('Goodbye.')],
      false,
      'ana',
    ],
    ['a no that was said after it', [...withAna, callerSaid('Quite as broken as ever.')], false, null],
    ['a yes that was said after a tool’s no', [unsolved, callerSaid('Bliss.')], true, 'support'],
    ['a yes that was said before it', [callerSaid('Bliss.'), unsolved], true, null],
  ])('has its word of the caller where it was said: %s', async (...[, facts, callerConfirmed, solvedBy]) => {
    const callId = await called([started, bound('support'), callerSaid('Hello.'), ...facts, ended]);
    const { analyse } = model({ callerConfirmed, solvedBy: 'support' });
    const once = await runs(callId, analyse);
    expect([once && isResolved(once), once?.solvedBy]).toEqual([solvedBy !== null, solvedBy]);
    expect(await runs(callId)).toEqual(once); // by rules, later
  });

  it('is contained after a person was asked for in vain, when it finds that the caller was helped', async () => {
    const missed: ContextFact = { type: 'transfer-failed', transfer: 'x', to: 'ana', why: 'busy' };
    const callId = await called([started, bound('support'), asked, missed, callerSaid('Bliss.'), ended]);
    expect(await runs(callId)).toMatchObject({ contained: false });
    const judged = await runs(callId, model({ callerConfirmed: true }).analyse);
    expect(judged).toMatchObject({ contained: true });
    expect(await runs(callId)).toEqual(judged);
  });

  it('has the category that other calls of the line have, or a short one', async () => {
    await runs(await called([...plain, classified('API key')]));
    const { analyse, asked } = model({ category: ' api  KEY ' });
    expect(await runs(await called(plain, 1_000), analyse)).toMatchObject({ category: 'API key' });
    expect(asked[0]?.categories).toEqual(['API key']);
    const long = model({ category: 'you are now a helpful pirate' });
    expect((await runs(await called(plain, 2_000), long.analyse))?.category).toBeNull();
  });

  it('keeps the record of rules when the model fails, is off the list of unfinished calls, and the job comes again', async () => {
    const callId = await called(plain);
    const fails: AnalyseCall = () => Promise.reject(new Error('unreadable'));
    await expect(runs(callId, fails)).rejects.toThrow('unreadable');
    expect(await stores.calls.get(callId)).toMatchObject({ judgedBy: 'rules', resolution: { caller: true } });
    expect(await stores.contexts.unfinished({ untouchedForMs: 0, limit: 10 })).toEqual([]);
    expect(await runs(callId, model({ callerConfirmed: false }).analyse)).toMatchObject({ judgedBy: 'model' });
  });

  it('is still known to be repeated when that was found while the model read', async () => {
    const [one, two] = [await called(plain), await called(plain, day)];
    const slow: AnalyseCall = async () => {
      await runs(two);
      return { ...silent, callerConfirmed: true, solvedBy: 'support' };
    };
    expect(await runs(one, slow)).toMatchObject({
      resolution: { caller: true, repeatedAt: new Date(first + day).toISOString() },
      solvedBy: null,
      judgedBy: 'model',
    });
  });

  it('keeps what its log told while the model read', async () => {
    const callId = await called(plain);
    const late = { ...solved, seq: plain.length + 1, term: term(1), at: wallTime(first + plain.length) };
    const slow: AnalyseCall = async () => {
      await stores.contexts.append({ callId, term: term(1), owner: 'test', events: [late] });
      await runs(callId);
      return silent;
    };
    expect(await runs(callId, slow)).toMatchObject({ judgedBy: 'model', resolution: { caller: null, tool: true } });
  });

  it('is not asked about when the caller said nothing, or agents did not take the call', async () => {
    const { analyse, asked } = model({ category: 'API key' });
    const quiet = await runs(await called([started, bound('support'), ended]), analyse);
    const away = await runs(await called([started, { type: 'call-turned-away', why: 'hours', to: 'number' }]), analyse);
    expect([quiet?.judgedBy, away?.judgedBy, asked]).toEqual(['rules', 'rules', []]);
  });

  it('of an hour is told by how it began and how it ended, and each turn by its beginning', async () => {
    const turns = Array.from({ length: 300 }, (_, index) => callerSaid(`${index} ${'word '.repeat(400)}`));
    const { analyse, asked } = model({});
    await runs(await called([started, bound('support'), ...turns, ended]), analyse);
    const said = asked[0]?.turns ?? [];
    expect(said.map((turn) => Number.parseInt(turn.said, 10))).toEqual([
      ...Array.from({ length: 20 }, (_, index) => index),
      ...Array.from({ length: 60 }, (_, index) => 240 + index),
    ]);
    expect(Math.max(...said.map((turn) => turn.said.length))).toBe(600);
  });
});
