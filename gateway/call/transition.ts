import { epoch } from '../../infra/brand.ts';
import { answering, startAnswering } from './answering.ts';
import type { CallInput, CallMachine, Step } from './state.ts';
import { close, ignore, type Request } from './steps.ts';
import { switching } from './switching.ts';
import { ending, talking } from './talking.ts';

/** The first step of a call in a term: `answer`, or `resume` after another owner's end. */
export const beginCall = (request: Request): Step =>
  startAnswering({ lastEpoch: epoch(0), state: { at: 'closed', reason: 'phone-lost' } }, request, 0);

/**
 * The call as a pure machine: one input at a time, the next state and what shall be done. Inputs that carry an epoch which is
 * neither bound nor pending are ignored: late is harmless.
 */
export const transition = (machine: CallMachine, input: CallInput): Step => {
  switch (input.type) {
    case 'caller-hung-up':
      return close(machine, 'caller-hung-up');
    case 'phone-lost':
      return close(machine, 'phone-lost');
    case 'term-superseded':
      return close(machine, 'superseded');
    case 'shut-down':
      return close(machine, 'shut-down');
    default:
      return inState(machine, input);
  }
};

const inState = (machine: CallMachine, input: CallInput): Step => {
  const { state } = machine;
  switch (state.at) {
    case 'answering':
      return answering(machine, state, input);
    case 'talking':
      return talking(machine, state, input);
    case 'switching':
      return switching(machine, state, input);
    case 'ending':
      return ending(machine, state, input);
    case 'closed':
      return ignore(machine);
  }
};
