import type { Epoch } from '../../infra/brand.ts';
import { dropSpare } from './spare.ts';
import type { CallEffect, CallInput, CallMachine, Step, Talking } from './state.ts';
import { close, ignore } from './steps.ts';

/**
 * A person has taken over: the agent's last words are heard to their end, then the caller leaves. With nobody bound, or a handoff
 * under way, the caller leaves at once: a person who waits comes first. An end that is under way stays one.
 */
export const leaveForPerson = (machine: CallMachine, { words }: Extract<CallInput, { type: 'transfer-ready' }>): Step => {
  const { state } = machine;
  switch (state.at) {
    case 'talking':
      return saysGoodbye(machine, state, words);
    case 'answering':
    case 'switching':
      return close(machine, 'transferred');
    case 'ending':
    case 'closed':
      return ignore(machine);
  }
};

const saysGoodbye = (machine: CallMachine, state: Talking, words: 'due' | 'said'): Step => {
  const { bound } = state;
  const { epoch } = bound;
  const goodbye = words === 'due' ? 'due' : 'begun';
  return {
    machine: { ...machine, state: { at: 'ending', bound, resolved: null, reason: 'transferred', goodbye } },
    effects: [
      ...dropSpare(state),
      ...(words === 'due' ? lastWords(epoch) : []),
      { type: 'deadline-set', epoch, phase: 'leaving' },
    ],
  };
};

/** What the agent was saying, or about to, matters no more: the person waits. */
const lastWords = (epoch: Epoch): readonly CallEffect[] => [
  { type: 'session-hush', epoch },
  { type: 'session-prompt', epoch, prompt: 'putting-through' },
];
