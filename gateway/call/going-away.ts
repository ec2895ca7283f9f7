import type { Prompt } from '../../agents/handoff/protocol.ts';
import type { Epoch } from '../../infra/brand.ts';
import { dropSpare } from './spare.ts';
import type { Away, CallEffect, CallInput, CallMachine, Step, Talking } from './state.ts';
import { close, ignore } from './steps.ts';

/**
 * The caller goes away, to a person or to pay, and may come back: the agent's last words are heard to their end, then the caller leaves.
 * With nobody bound, or a handoff under way, the caller leaves at once: who or what waits for them comes first. An end that is under
 * way stays one.
 */
export const leave = (machine: CallMachine, { words, reason }: Extract<CallInput, { type: 'leave-ready' }>): Step => {
  const { state } = machine;
  switch (state.at) {
    case 'talking':
      return saysGoodbye(machine, state, { words, reason });
    case 'answering':
    case 'switching':
      return close(machine, reason);
    case 'ending':
    case 'closed':
      return ignore(machine);
  }
};

interface Leave {
  readonly words: 'due' | 'said';
  readonly reason: Away;
}

const saysGoodbye = (machine: CallMachine, state: Talking, { words, reason }: Leave): Step => {
  const { bound } = state;
  const { epoch } = bound;
  const goodbye = words === 'due' ? 'due' : 'begun';
  return {
    machine: { ...machine, state: { at: 'ending', bound, resolved: null, reason, goodbye } },
    effects: [
      ...dropSpare(state),
      ...(words === 'due' ? lastWords(epoch, reason) : []),
      { type: 'deadline-set', epoch, phase: 'leaving' },
    ],
  };
};

const prompts: Readonly<Record<Away, Prompt>> = { transferred: 'putting-through', paying: 'to-payment' };

/** What the agent was saying, or about to, matters no more. */
const lastWords = (epoch: Epoch, reason: Away): readonly CallEffect[] => [
  { type: 'session-hush', epoch },
  { type: 'session-prompt', epoch, prompt: prompts[reason] },
];
