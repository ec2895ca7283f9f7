import { epoch } from '../../infra/brand.ts';
import { answering, startAnswering } from './answering.ts';
import { leave } from './going-away.ts';
import type { CallInput, CallMachine, EndReason, Step } from './state.ts';
import { close, ignore, type Request } from './steps.ts';
import { switching } from './switching.ts';
import { ending, talking } from './talking.ts';

/** The first step of a call in a term: `answer`, or `resume` after another owner's end. */
export const beginCall = (request: Request): Step =>
  startAnswering({ lastEpoch: epoch(0), state: { at: 'closed', reason: 'phone-lost', owesGoodbye: false } }, request, 0);

/** Why an input ends the call, whatever its state. */
const endReasons: Readonly<Partial<Record<CallInput['type'], EndReason>>> = {
  'caller-hung-up': 'caller-hung-up',
  'phone-lost': 'phone-lost',
  'term-superseded': 'superseded',
  'shut-down': 'shut-down',
};

/** The end of a call that has not begun: while its log is claimed, only an end counts. Undefined: the input has to wait. */
export const neverBegan = ({ type }: CallInput): Step | undefined => {
  const reason = endReasons[type];
  if (reason === undefined) return undefined;
  return {
    machine: { lastEpoch: epoch(0), state: { at: 'closed', reason, owesGoodbye: false } },
    effects: [{ type: 'call-release', reason, resolved: null, owesGoodbye: false }],
  };
};

/**
 * The call as a pure machine: one input at a time, the next state and what shall be done. Inputs that carry an epoch which is
 * neither bound nor pending are ignored: late is harmless.
 */
export const transition = (machine: CallMachine, input: CallInput): Step => {
  const reason = endReasons[input.type];
  if (reason !== undefined) return close(machine, reason);
  switch (input.type) {
    case 'leave-ready':
      return leave(machine, input);
    case 'move-due':
      return close(machine, input.as);
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
