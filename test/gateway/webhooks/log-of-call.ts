import { type CallId, epoch, ms, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';

export const callId: CallId = (() => {
  const parsed = parseCallId(`CA${'a'.repeat(32)}`);
  if (parsed === undefined) throw new Error('no call id');
  return parsed;
})();

/** When the call began: an hour after the endpoints of the tests were made. */
export const startedAt = Date.UTC(2026, 0, 1, 1);

/** Words and numbers that must not leave. */
export const secrets = ['+14155550134', 'robin@example.com', 'Robin', 'the caller cried', 'they said that'];

const facts: readonly ContextFact[] = [
  { type: 'call-started', from: '+14155550134', to: '+15005550010', line: 'acme', ivr: { name: 'Robin' } },
  { type: 'caller-said', turn: 't1', text: 'I am Robin, robin@example.com' },
  {
    type: 'handoff-requested',
    epoch: epoch(2),
    from: 'support',
    to: 'technical',
    reason: 'the caller cried',
    trigger: 'expertise',
  },
  {
    ...{ type: 'handoff-committed', epoch: epoch(2), from: 'support', to: 'technical', switchMs: 900, configuredMs: 300 },
    ...{
      firstAudioMs: 700,
      foreseen: false,
      silenceMs: 0,
      keptMs: ms(20),
      factsCarried: 3,
      briefingTokens: 200,
      leftOut: ['they said that'],
    },
  },
  { type: 'handoff-refused', from: 'technical', to: 'support', reason: 'the caller cried', why: 'they said that' },
  { type: 'handoff-failed', epoch: epoch(3), from: 'technical', to: 'billing', why: 'they said that' },
  {
    ...{ type: 'transfer-requested', transfer: 'x1', from: 'technical', to: 'desk', way: 'warm' },
    ...{ reason: 'the caller cried', trigger: 'caller-asked' },
  },
  { type: 'transfer-accepted', transfer: 'x1', to: 'desk' },
  { type: 'transfer-failed', transfer: 'x2', to: 'desk', why: 'busy' },
  {
    type: 'transfer-ended',
    transfer: 'x1',
    to: 'desk',
    ending: 'finished',
    talkMs: 9_000,
    notes: 'Robin',
    verdict: 'solved',
  },
  { type: 'call-ended', reason: 'caller-hung-up', resolved: true, owesGoodbye: false },
];

/** A call with everything that is told. */
export const logOfCall: readonly ContextEvent[] = facts.map((fact, index) => ({
  ...fact,
  seq: index + 1,
  term: term(1),
  at: wallTime(startedAt + index * 1_000),
}));
