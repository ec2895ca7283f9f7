import { supportLine } from '../../../agents/line.ts';
import { epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import type { ContextBundle } from '../../../store/context/bundle.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import { committed } from '../../store/committed.ts';

const about = { voice: 'marin', instructions: 'Help the caller.' };
const builder = supportLine();

/** Two specialists, one of whom knows API keys, and a person whom only support may call. */
export const line = builder.team(
  {
    support: builder.agent({
      ...about,
      greeting: 'Welcome to Acme.',
      handoffs: { technical: 'SDK errors', billing: 'invoices', human: 'the caller asks' },
    }),
    technical: builder.agent({
      ...about,
      voice: 'cedar',
      expertise: ['API key', 'SDK'],
      handoffs: { support: 'anything else' },
    }),
    billing: builder.agent({ ...about, voice: 'sage', handoffs: { support: 'anything else' } }),
  },
  { start: 'support', humans: { human: {} }, language: 'de' },
);

export const agentOf = (name: string) => {
  const agent = line.agents.get(name);
  if (agent === undefined) throw new Error(`no agent ${name}`);
  return agent;
};

/** A bundle of facts that happened at the given seconds, in order. */
export const bundleOf = (...facts: readonly (readonly [at: number, fact: ContextFact])[]): ContextBundle => {
  const callId = parseCallId(`CA${'0'.repeat(32)}`);
  if (callId === undefined) throw new Error('call id');
  return foldCall(
    callId,
    facts.map(([at, fact], index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(at * 1_000) })),
  );
};

export const callerSaid = (text: string | null, turn: string = text ?? 'none'): ContextFact => ({
  type: 'caller-said',
  turn,
  text,
});

export const agentSaid = (text: string, heardText = text): ContextFact => ({
  type: 'agent-said',
  item: `item-${text}`,
  agent: 'support',
  text,
  heardText,
  saidMs: text.length * 50,
  heardMs: heardText.length * 50,
});

export const tried = (solution: string, outcome: 'worked' | 'failed' = 'failed'): ContextFact => ({
  type: 'solution-tried',
  solution,
  outcome,
});

export const learned = (key: string, value: string): ContextFact => ({
  type: 'fact-learned',
  key,
  value,
  source: 'tool',
  verified: true,
});

/** A whole handoff at `at` seconds, requested and committed. */
export const handedOver = (at: number, from: string, to: string): (readonly [number, ContextFact])[] => [
  [at, { type: 'handoff-requested', epoch: epoch(at), from, to, reason: 'r', trigger: 'expertise' }],
  [at, committed(at, { from, to, switchMs: 1 })],
];
