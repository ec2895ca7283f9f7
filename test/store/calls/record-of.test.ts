import { describe, expect, it } from 'vitest';
import { epoch, term, wallTime } from '../../../infra/brand.ts';
import { isResolved } from '../../../store/calls/record.ts';
import { callRecordOf, type RecordGround } from '../../../store/calls/record-of.ts';
import type { ContextEvent, ContextFact, PersonsVerdict } from '../../../store/context/event.ts';
import { noTokens } from '../../../store/context/usage.ts';
import { contributionOfCall } from '../../../store/figures/contributions.ts';
import { knownPrices } from '../../../store/price-table.ts';
import { newCallId } from '../../contracts/context-store.ts';
import { committed } from '../committed.ts';

const works = 'It works now.';
const fails = 'It still does not work.';

const ground: RecordGround = {
  prices: knownPrices,
  hashOf: (number) => (number === '' ? null : `hash of ${number.length}`),
  callerSays: (messages) =>
    messages.flatMap((message) => {
      const { content } = message;
      return content === works || content === fails ? [{ isSolved: content === works, message }] : [];
    }),
};

const callId = newCallId();
const start = Date.UTC(2026, 0, 5, 9);
/** A log of facts, ten seconds from one to the next. */
const logOf = (facts: readonly ContextFact[]): readonly ContextEvent[] =>
  facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(start + index * 10_000) }));
const recordOf = (...facts: readonly ContextFact[]) => callRecordOf(callId, logOf(facts), ground);

const started: ContextFact = { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} };
const bound = (agent: string): ContextFact => ({ type: 'bound', agent, epoch: epoch(1), cause: 'answer' });
const ended = (reason: string, resolved: boolean | null = null): ContextFact => ({
  type: 'call-ended',
  reason,
  resolved,
  owesGoodbye: false,
});
let turns = 0;
const said = (text: string): ContextFact => {
  turns += 1;
  return { type: 'caller-said', turn: `${turns}`, text };
};
const verified = (agent: string, solved: boolean): ContextFact => ({
  type: 'solution-verified',
  tool: 'checkApiLogs',
  toolCallId: 't1',
  agent,
  solved,
});
const requested: ContextFact = {
  type: 'handoff-requested',
  epoch: epoch(2),
  from: 'support',
  to: 'technical',
  reason: 'still 401',
  trigger: 'attempts-failed',
};
const asked = (transfer: string): ContextFact => ({
  type: 'transfer-requested',
  transfer,
  from: 'support',
  to: 'ana',
  way: 'warm',
  reason: 'wants a person',
  trigger: 'caller-asked',
});
const missed = (transfer: string): ContextFact => ({ type: 'transfer-failed', transfer, to: 'ana', why: 'voicemail' });
const talked = (transfer: string, verdict: PersonsVerdict | null): ContextFact => ({
  type: 'transfer-ended',
  transfer,
  to: 'ana',
  ending: 'finished',
  talkMs: 60_000,
  notes: null,
  verdict,
});

const withAna = (verdict: PersonsVerdict | null): readonly ContextFact[] => [
  asked('x'),
  { type: 'transfer-accepted', transfer: 'x', to: 'ana' },
  talked('x', verdict),
];
const noted = (verdict: PersonsVerdict): ContextFact => ({ type: 'transfer-noted', transfer: 'x', notes: null, verdict });

describe('the record of a call', () => {
  it('of a whole call: who had it, what was found, who said that it is solved', () => {
    const record = recordOf(
      started,
      bound('support'),
      { type: 'sentiment-noticed', sentiment: 'frustrated' },
      { type: 'issue-classified', category: 'login' },
      { type: 'issue-classified', category: 'API key' },
      { type: 'tool-called', tool: 'reset', toolCallId: 'a', agent: 'support', arguments: {}, effect: 'writes' },
      { type: 'tool-returned', tool: 'reset', toolCallId: 'a', status: 'ok', result: null, durationMs: 120 },
      { type: 'tool-called', tool: 'look', toolCallId: 'b', agent: 'support', arguments: {}, effect: 'reads' },
      requested,
      committed(2),
      bound('technical'),
      { type: 'asked-again', agent: 'technical', field: 'accountId', sentence: 'Which account?' },
      { type: 'sentiment-noticed', sentiment: 'relieved' },
      said('It works now.'),
      ended('agent-ended', true),
    );
    expect(record).toEqual({
      callId,
      line: 'acme',
      startedAt: '2026-01-05T09:00:00.000Z',
      endedAt: '2026-01-05T09:02:20.000Z',
      handleMs: 140_000,
      endReason: 'agent-ended',
      turnedAway: null,
      caller: 'hash of 12',
      category: 'API key',
      sentimentStart: 'frustrated',
      sentimentEnd: 'relieved',
      resolution: {
        agent: true,
        caller: true,
        callerAt: '2026-01-05T09:02:10.000Z',
        tool: null,
        toolAt: null,
        repeatedAt: null,
      },
      solvedBy: 'technical',
      contained: true,
      agents: ['support', 'technical'],
      handoffs: [{ from: 'support', to: 'technical' }],
      handBacks: 0,
      abandonedInHandoff: false,
      askedAgain: 1,
      resumes: 0,
      transfers: [],
      callbackAsked: false,
      tools: [
        { tool: 'reset', agent: 'support', status: 'ok', ms: 120 },
        { tool: 'look', agent: 'support', status: 'running', ms: null },
      ],
      tokens: null,
      cost: { usdMicros: null, asOf: expect.any(String) },
      judgedBy: 'rules',
      revision: 0,
    });
  });

  it('what the agent says of its own work solves nothing', () => {
    expect(recordOf(started, bound('support'), ended('agent-ended', true))).toMatchObject({
      resolution: { agent: true, caller: null, tool: null },
      solvedBy: null,
    });
  });

  it.each([
    ['the newest word of a tool counts', [verified('technical', false), verified('technical', true)], true, 'technical'],
    ['and one that takes it back', [verified('technical', true), verified('technical', false)], false, null],
    [
      'a person who has the caller later knows better',
      [verified('support', false), asked('x'), talked('x', 'solved')],
      true,
      'ana',
    ],
    ['also when they did not solve it', [verified('support', true), asked('x'), talked('x', 'not-solved')], false, null],
    [
      'a person who says nothing changes nothing',
      [verified('support', true), asked('x'), talked('x', null)],
      true,
      'support',
    ],
  ] as const)('%s', (...[, facts, tool, solvedBy]) => {
    const record = recordOf(started, bound('support'), ...facts, ended('caller-hung-up'));
    expect([record?.resolution.tool, record?.solvedBy]).toEqual([tool, solvedBy]);
  });

  it.each<[string, readonly ContextFact[], boolean | null, string | null]>([
    ['the caller’s no, and then a person who solved it', [said(fails), ...withAna('solved')], true, 'ana'],
    ['and after it the caller is back with a no', [said(fails), ...withAna('solved'), said(fails)], false, null],
    ['and is back content', [said(fails), ...withAna('solved'), said(works)], true, 'ana'],
    ['the caller’s yes, and then a person who could not', [said(works), ...withAna('not-solved')], false, null],
    ['a person who promises a call changes nothing', [said(fails), ...withAna('call-back')], false, null],
    ['a person who could not, and then the caller’s yes', [...withAna('not-solved'), said(works)], true, 'support'],
    ['a tool’s no, and then the caller’s yes', [verified('support', false), said(works)], true, 'support'],
    ['a tool’s yes, and then the caller’s no', [verified('support', true), said(fails)], false, null],
    ['the caller’s no, and then a tool’s yes', [said(fails), verified('support', true)], true, 'support'],
    [
      'a person’s yes, the caller’s no, and then a tool’s yes of another agent',
      [...withAna('solved'), said(fails), bound('technical'), verified('technical', true)],
      true,
      'technical',
    ],
    ['what a person wrote down later is about their talk', [...withAna(null), said(fails), noted('solved')], false, null],
    ['the agent’s claim alone', [], null, null],
  ])('the newest word counts: %s', (...[, facts, resolved, solvedBy]) => {
    const record = recordOf(started, bound('support'), ...facts, ended('agent-ended', true));
    expect([record && isResolved(record), record?.solvedBy]).toEqual([resolved, solvedBy]);
    const repeatedAt = '2026-01-06T09:00:00.000Z';
    const repeated = record && isResolved({ resolution: { ...record.resolution, repeatedAt } });
    expect(repeated).toBe(resolved === true ? false : resolved);
  });

  it.each<[string, readonly ContextFact[], string, boolean | null]>([
    ['and hung up', [], 'caller-hung-up', false],
    ['and hung up while another one was rung', [asked('y')], 'caller-hung-up', false],
    ['and whom the agent said goodbye to', [], 'agent-ended', false],
    ['and was helped by the agent, as they say', [said(works)], 'agent-ended', true],
    ['and was helped by the agent, as a tool saw', [verified('support', true)], 'caller-hung-up', true],
    ['and was helped, but not in the end', [said(works), said(fails)], 'agent-ended', false],
    ['twice, and was helped between', [said(works), asked('y'), missed('y')], 'caller-hung-up', false],
    ['and whose call was lost', [], 'lost', null],
  ])('contained: a caller who asked for a person in vain %s', (...[, facts, reason, contained]) => {
    const end = reason === 'lost' ? [] : [ended(reason, reason === 'agent-ended' ? true : null)];
    const record = recordOf(started, bound('support'), said(works), asked('x'), missed('x'), ...facts, ...end);
    expect(record?.contained).toBe(contained);
  });

  it.each([
    ['an agent alone', [], 'caller-hung-up', true],
    [
      'a person who took the caller',
      [asked('x'), { type: 'transfer-accepted', transfer: 'x', to: 'ana' }],
      'caller-hung-up',
      false,
    ],
    [
      'a person who is to call back',
      [{ type: 'callback-requested', number: '', when: 'tomorrow', reason: 'invoice' }],
      'agent-ended',
      false,
    ],
    ['a call that was given up', [], 'failed', false],
  ] as const)('contained: %s', (...[, facts, reason, contained]) => {
    expect(recordOf(started, bound('support'), ...facts, ended(reason))?.contained).toBe(contained);
  });

  it('a wish to be called back is in it, and in the figures', () => {
    const wish: ContextFact = { type: 'callback-requested', number: '', when: 'tomorrow', reason: 'invoice' };
    const record = recordOf(started, bound('support'), wish, wish, ended('agent-ended'));
    expect(record?.callbackAsked).toBe(true);
    const rows = record === undefined ? [] : contributionOfCall(record).rows;
    expect(rows).toContainEqual({ kind: 'all', name: '', field: 'callbackAsked', n: 1 });
  });

  it('a transfer with its way, outcome and length', () => {
    const accepted: ContextFact = { type: 'transfer-accepted', transfer: 'x', to: 'ana' };
    const record = recordOf(
      started,
      bound('support'),
      asked('x'),
      accepted,
      talked('x', 'solved'),
      asked('y'),
      ended('idle'),
    );
    expect(record?.transfers).toEqual([
      {
        to: 'ana',
        way: 'warm',
        requestedAt: '2026-01-05T09:00:20.000Z',
        outcome: 'finished',
        wasAccepted: true,
        talkMs: 60_000,
      },
      {
        to: 'ana',
        way: 'warm',
        requestedAt: '2026-01-05T09:00:50.000Z',
        outcome: 'pending',
        wasAccepted: false,
        talkMs: null,
      },
    ]);
  });

  it.each([
    ['hung up while the next agent was on its way', [requested], 'caller-hung-up', true],
    [
      'whose handoff the end cut off',
      [requested, { type: 'handoff-failed', epoch: epoch(2), from: 'support', to: 'technical', why: 'caller-hung-up' }],
      'caller-hung-up',
      true,
    ],
    [
      'whose handoff had failed before',
      [requested, { type: 'handoff-failed', epoch: epoch(2), from: 'support', to: 'technical', why: 'timed out' }],
      'caller-hung-up',
      false,
    ],
    ['handed over in time', [requested, committed(2)], 'caller-hung-up', false],
    ['ended by the agent', [requested], 'agent-ended', false],
  ] as const)('abandoned in a handoff: a caller %s', (...[, facts, reason, is]) => {
    expect(recordOf(started, bound('support'), ...facts, ended(reason))?.abandonedInHandoff).toBe(is);
  });

  it('a call that agents did not take', () => {
    const record = recordOf(started, { type: 'call-turned-away', why: 'hours', to: 'number' }, ended('turned-away'));
    expect(record).toMatchObject({ turnedAway: 'hours', contained: null, agents: [], cost: null, solvedBy: null });
  });

  it('a log without an end is a lost call, and says nothing of containment', () => {
    expect(recordOf(started, bound('support'), said('Hello?'))).toMatchObject({
      endReason: 'lost',
      endedAt: '2026-01-05T09:00:20.000Z',
      contained: null,
    });
  });

  it('a call that went on after an end counts by its last', () => {
    const record = recordOf(started, bound('support'), ended('failed'), bound('support'), ended('agent-ended', true));
    expect([record?.endReason, record?.handleMs]).toEqual(['agent-ended', 40_000]);
  });

  it('without its beginning there is no record', () => {
    expect(recordOf(bound('support'), ended('idle'))).toBeUndefined();
    expect(recordOf()).toBeUndefined();
  });

  it('costs what its models and its minutes cost; unknown prices make it unknown', () => {
    const used = (model: string): ContextFact => ({
      type: 'model-used',
      agent: 'support',
      model,
      tokens: { ...noTokens, audioOut: 1_000_000 },
      transcription: null,
    });
    const model = 'gpt-realtime-2.1';
    const { inbound, mediaStream } = knownPrices.telephony;
    const minute = (inbound.perMinute ?? Number.NaN) + (mediaStream.perMinute ?? Number.NaN);
    const perMillion = knownPrices.models[model]?.tokens.audioOut ?? Number.NaN;
    const record = recordOf(started, bound('support'), used(model), used(model), ended('idle'));
    expect(record?.tokens).toEqual({ ...noTokens, audioOut: 2_000_000 });
    expect(record?.cost?.usdMicros).toBe(Math.round((2 * perMillion + minute) * 1_000_000));
    const unknown = recordOf(started, bound('support'), used('a-model-of-tomorrow'), ended('idle'));
    expect(unknown?.cost?.usdMicros).toBeNull();
  });
});
