import { epoch as brandEpoch, type Epoch } from '../../infra/brand.ts';
import type { Cause } from '../../store/context/event.ts';
import {
  type CallEffect,
  type CallMachine,
  type CallState,
  type EndReason,
  isFarewell,
  type Pending,
  type Step,
  type Transfer,
} from './state.ts';

/** Who shall be bound, and why. */
export interface Request {
  readonly agent: string;
  readonly cause: Cause;
}

export const ignore = (machine: CallMachine): Step => ({ machine, effects: [] });

/** The only place where epochs are minted. */
export const mint = (machine: CallMachine, request: Request): { readonly epoch: Epoch; readonly pending: Pending } => {
  const epoch = brandEpoch(machine.lastEpoch + 1);
  return { epoch, pending: { epoch, agent: request.agent, cause: request.cause, phase: 'preparing', textAnswers: 0 } };
};

export const openFor = (pending: Pending, failures: number, transfer?: Transfer): readonly CallEffect[] => [
  {
    type: 'session-open',
    epoch: pending.epoch,
    agent: pending.agent,
    cause: pending.cause,
    failures,
    ...(transfer === undefined ? {} : { transfer }),
  },
  { type: 'deadline-set', epoch: pending.epoch, phase: 'preparing' },
];

/** A specialist that is configured hears the kept words and is asked to speak: that proves it. */
export const startProving = (next: Pending): { readonly next: Pending; readonly effects: readonly CallEffect[] } => ({
  next: { ...next, phase: 'proving' },
  effects: [
    { type: 'caller-route', epoch: next.epoch },
    { type: 'session-ask', epoch: next.epoch, cause: 'handoff', forceAudio: false },
    { type: 'deadline-set', epoch: next.epoch, phase: 'proving' },
  ],
});

/** Epochs whose sessions are open in a state. */
export const openEpochs = (state: CallState): readonly Epoch[] => {
  switch (state.at) {
    case 'answering':
      return [state.next.epoch];
    case 'talking':
      return [state.bound.epoch, ...(state.spare === undefined ? [] : [state.spare.epoch])];
    case 'ending':
      return state.goodbye === 'left-behind' ? [] : [state.bound.epoch];
    case 'switching':
      return [state.bound.epoch, state.next.epoch];
    case 'closed':
      return [];
  }
};

/** A handoff that the end of the call cuts off. */
const abandonedHandoff = (state: CallState, why: EndReason): readonly CallEffect[] => {
  const from = state.at === 'switching' ? state.bound.agent : state.at === 'answering' ? state.handoffFrom : undefined;
  if (from === undefined || !('next' in state)) return [];
  return [{ type: 'handoff-note', note: { kind: 'failed', epoch: state.next.epoch, from, to: state.next.agent, why } }];
};

/** Ends the call from any state: every open session is closed once, the call is released once. */
export const close = (machine: CallMachine, reason: EndReason): Step => {
  const { state } = machine;
  if (state.at === 'closed') return ignore(machine);
  const resolved = state.at === 'ending' || state.at === 'talking' ? state.resolved : null;
  const owesGoodbye = state.at === 'ending' && state.goodbye === 'due' && isFarewell(reason);
  return {
    machine: { ...machine, state: { at: 'closed', reason, owesGoodbye } },
    effects: [
      ...abandonedHandoff(state, reason),
      ...openEpochs(state).map((epoch) => ({ type: 'session-close', epoch }) as const),
      { type: 'call-release', reason, resolved, owesGoodbye },
    ],
  };
};

/** The same step without closing a session that is gone already. */
export const withoutClosing = (step: Step, gone: Epoch): Step => ({
  ...step,
  effects: step.effects.filter((effect) => effect.type !== 'session-close' || effect.epoch !== gone),
});
