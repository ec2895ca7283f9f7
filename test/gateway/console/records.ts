import { type CallId, epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { CallRecord } from '../../../store/calls/record.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import { danasEvents } from '../screen/world.ts';

/** The n-th call id of these tests. */
export const callIdOf = (n: number): CallId => {
  const callId = parseCallId(`CA${n.toString(16).padStart(32, '0')}`);
  if (callId === undefined) throw new Error('call id');
  return callId;
};

/** As records have it. */
export const iso = (at: number): string => new Date(at).toISOString();
const start = Date.UTC(2025, 11, 31, 9);

/** A call that went well, but for what is told. */
export const recordWith = (told: Partial<CallRecord> = {}): CallRecord => ({
  callId: callIdOf(1),
  line: 'acme',
  startedAt: iso(start),
  endedAt: iso(start + 245_000),
  handleMs: 245_000,
  endReason: 'agent-ended',
  turnedAway: null,
  caller: 'c-1',
  category: 'API key',
  sentimentStart: 'frustrated',
  sentimentEnd: 'relieved',
  resolution: { agent: true, caller: true, tool: null, callerAt: iso(start + 230_000), toolAt: null, repeatedAt: null },
  solvedBy: 'technical',
  contained: true,
  agents: ['support', 'technical'],
  handoffs: [{ from: 'support', to: 'technical' }],
  handBacks: 0,
  abandonedInHandoff: false,
  askedAgain: 0,
  resumes: 0,
  transfers: [],
  callbackAsked: false,
  tools: [{ tool: 'checkAccountStatus', agent: 'support', status: 'ok', ms: 180 }],
  tokens: { textIn: 5_200, audioIn: 9_100, audioOut: 4_300 },
  cost: { usdMicros: 412_300, asOf: '2025-11-01' },
  judgedBy: 'rules',
  revision: 1,
  ...told,
});

/** A handoff that went well, but for what is told. */
export const handoffWith = (told: Partial<HandoffRecord> = {}): HandoffRecord => ({
  id: `${told.callId ?? callIdOf(1)}-1-2`,
  callId: callIdOf(1),
  term: term(1),
  epoch: epoch(2),
  line: 'acme',
  from: 'support',
  to: 'technical',
  cause: 'handoff',
  trigger: 'attempts-failed',
  reason: 'API key was reset, but the caller still gets a 401 error',
  category: 'API key',
  sentiment: 'frustrated',
  attempts: [{ solution: 'Reset API key', outcome: 'failed' }],
  outcome: 'committed',
  why: null,
  requestedAt: iso(start + 60_000),
  decidedAt: iso(start + 61_000),
  configuredMs: 210,
  firstAudioMs: 640,
  helpfulMs: 1_900,
  switchMs: 720,
  foreseen: true,
  silenceMs: 120,
  keptMs: 300,
  bundleBytes: 4_100,
  briefingTokens: 1_240,
  factsCarried: 6,
  leftOut: [],
  judgedBy: 'rules',
  acknowledged: { issue: true, finding: true, feeling: true },
  askedAgain: [],
  handedBack: false,
  resolved: true,
  ...told,
});

/** Dana's call as events that begin at a time. */
export const eventsAt = (at: number): readonly ContextEvent[] => {
  const events = danasEvents;
  const first = events[0]?.at ?? 0;
  const moved = events.map((event) => ({ ...event, at: wallTime(at + event.at - first) }));
  const last = moved.at(-1);
  const end: ContextEvent = {
    type: 'call-ended',
    reason: 'agent-ended',
    resolved: true,
    owesGoodbye: false,
    seq: moved.length + 1,
    term: term(1),
    at: wallTime((last?.at ?? at) + 12_000),
  };
  return [...moved, end];
};
