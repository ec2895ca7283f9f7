import { expect, test } from 'vitest';
import { wallTime } from '../../../infra/brand.ts';
import { type CallFilter, callsFitting } from '../../../store/calls/filter.ts';
import type { CallRecord } from '../../../store/calls/record.ts';
import { recordWith } from '../../gateway/console/records.ts';

const fits = callsFitting(wallTime(Date.UTC(2026, 0, 1)));
const [there, back] = [
  { from: 'support', to: 'technical' },
  { from: 'technical', to: 'support' },
];

const twoTools = [
  { tool: 'look', agent: 'support', status: 'ok', ms: 1 },
  { tool: 'reset', agent: 'support', status: 'error', ms: 1 },
] as const;
const twoPeople = [
  { to: 'ana', way: 'warm', outcome: 'busy', wasAccepted: false, talkMs: null, requestedAt: '2026-01-01T00:00:00.000Z' },
  { to: 'bo', way: 'warm', outcome: 'finished', wasAccepted: true, talkMs: 9, requestedAt: '2026-01-01T00:00:00.000Z' },
] as const;

interface Case {
  readonly told: Partial<CallRecord>;
  readonly filter: CallFilter;
  readonly expected: boolean;
}

const given = (told: Partial<CallRecord>, filter: CallFilter, expected: boolean): Case => ({ told, filter, expected });

test.each<[string, Case]>([
  ['ended with whom it was handed to', given({ handoffs: [there] }, { endedWith: 'technical' }, true)],
  ['handed back', given({ handoffs: [there, back] }, { endedWith: 'technical' }, false)],
  ['handed back: nobody keeps it', given({ handoffs: [there, back] }, { endedWith: 'support' }, false)],
  ['never handed over', given({ handoffs: [] }, { endedWith: 'support' }, false)],
  ['answered by the first', given({ agents: ['support', 'technical'] }, { answeredBy: 'support' }, true)],
  ['had the caller, but did not answer', given({ agents: ['support', 'technical'] }, { answeredBy: 'technical' }, false)],
  ['about the same, spelt otherwise', given({ category: 'api-key' }, { category: 'API key' }, true)],
  ['about something else', given({ category: 'api-key' }, { category: 'login' }, false)],
  ['about nothing that was found', given({ category: null }, { category: 'uncategorised' }, true)],
  ['no repeat, eight days ago', given({ startedAt: '2025-12-24T23:59:00.000Z' }, { repeated: false }, true)],
  ['no repeat, seven days are not over', given({ startedAt: '2025-12-25T00:00:00.000Z' }, { repeated: false }, false)],
  ['no repeat of nobody known', given({ startedAt: '2025-12-01T00:00:00.000Z', caller: null }, { repeated: false }, false)],
  ['another tool failed', given({ tools: twoTools }, { tool: 'look', toolStatus: 'error' }, false)],
  ['that tool failed', given({ tools: twoTools }, { tool: 'reset', toolStatus: 'error' }, true)],
  ['any tool failed', given({ tools: twoTools }, { toolStatus: 'error' }, true)],
  ['another person took the caller', given({ transfers: twoPeople }, { person: 'ana', personTook: true }, false)],
  ['that person took the caller', given({ transfers: twoPeople }, { person: 'bo', personTook: true }, true)],
  ['that came of another', given({ transfers: twoPeople }, { person: 'bo', personOutcome: 'busy' }, false)],
])('%s', (_, { told, filter, expected }) => {
  expect(fits(recordWith(told), filter)).toBe(expected);
});
