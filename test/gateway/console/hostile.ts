import { epoch, term, wallTime } from '../../../infra/brand.ts';
import type { CallRecord } from '../../../store/calls/record.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import { committed } from '../../store/committed.ts';
import { callIdOf, handoffWith, recordWith } from './records.ts';

/** A record with this text wherever something comes in from outside. */
export const recordFull = (text: string): CallRecord =>
  recordWith({
    line: text,
    endReason: text,
    category: text,
    sentimentStart: text,
    sentimentEnd: text,
    solvedBy: text,
    agents: [text, `${text}!`],
    handoffs: [{ from: text, to: `${text}!` }],
    transfers: [{ to: text, way: 'warm', requestedAt: null, outcome: 'finished', wasAccepted: true, talkMs: 1_000 }],
    tools: [{ tool: text, agent: text, status: 'ok', ms: 12 }],
    tokens: { [text]: 5 },
    cost: { usdMicros: 1, asOf: text },
  });

export const handoffFull = (text: string): HandoffRecord =>
  handoffWith({
    line: text,
    from: text,
    to: `${text}!`,
    reason: text,
    category: text,
    sentiment: text,
    attempts: [{ solution: text, outcome: text }],
    outcome: 'failed',
    why: text,
    leftOut: [text],
    askedAgain: [{ field: text, sentence: text }],
  });

const facts = (text: string): readonly ContextFact[] => [
  { type: 'call-started', from: text, to: text, line: text, ivr: { [text]: text } },
  { type: 'bound', agent: text, epoch: epoch(1), cause: 'answer' },
  { type: 'bound', agent: text, epoch: epoch(3), cause: 'return' },
  { type: 'caller-said', turn: '1', text },
  { type: 'agent-said', item: '1', agent: text, text: `${text} ${text}`, heardText: text, saidMs: 2_000, heardMs: 1_000 },
  { type: 'tool-called', tool: text, toolCallId: 't', agent: text, arguments: { [text]: text }, effect: 'reads' },
  { type: 'tool-returned', tool: text, toolCallId: 't', status: 'ok', result: { [text]: text }, durationMs: 4 },
  { type: 'fact-learned', key: text, value: text, source: 'tool', verified: true },
  { type: 'solution-tried', solution: text, outcome: 'failed' },
  { type: 'solution-verified', tool: text, toolCallId: 't', agent: text, solved: true },
  { type: 'sentiment-noticed', sentiment: text },
  { type: 'issue-classified', category: text },
  { type: 'keys-entered', digits: text, ended: 'pound' },
  { type: 'handoff-requested', epoch: epoch(2), from: text, to: text, reason: text, trigger: 'expertise' },
  committed(2, { from: text, to: text, switchMs: 20 }),
  { type: 'handoff-refused', from: text, to: text, reason: text, why: text },
  { type: 'transfer-requested', transfer: 't1', from: text, to: text, way: 'warm', reason: text, trigger: 'expertise' },
  { type: 'transfer-accepted', transfer: 't1', to: text },
  { type: 'transfer-ended', transfer: 't1', to: text, ending: 'left', talkMs: 5, notes: text, verdict: null },
  {
    type: 'payment-started',
    payment: 'p1',
    agent: text,
    tool: text,
    toolCallId: 't',
    amount: text,
    currency: text,
    description: text,
    connector: text,
  },
  { type: 'callback-requested', number: text, when: text, reason: text },
  { type: 'asked-again', agent: text, field: text, sentence: text },
  { type: 'call-turned-away', why: text, to: text },
  { type: 'log-condensed', results: 1, words: 1, characters: 1 },
  { type: 'call-ended', reason: text, resolved: true, owesGoodbye: false },
];

export const eventsFull = (text: string): readonly ContextEvent[] =>
  facts(text).map((fact, index) => ({
    ...fact,
    seq: index + 1,
    term: term(1),
    at: wallTime(Date.UTC(2025, 11, 31, 10) + index * 1_500),
  }));

export const hostileCall = callIdOf(0xbad);
