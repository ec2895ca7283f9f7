import { startAnswering } from './answering.ts';
import {
  type CallInput,
  type CallMachine,
  type Ending,
  failuresAfter,
  type Loss,
  maxFailures,
  type Step,
  type Switching,
  type Talking,
} from './state.ts';
import { close, ignore, mint, openFor, withoutClosing } from './steps.ts';

const startHandoff = (
  machine: CallMachine,
  state: Talking,
  input: Extract<CallInput, { type: 'handoff-requested' }>,
): Step => {
  const { epoch, pending } = mint(machine, { agent: input.to, cause: 'handoff' });
  const { handoff } = input;
  const switching: Switching = { at: 'switching', bound: state.bound, next: pending, handoff, bridging: 'speaking' };
  const from = state.bound.agent;
  return {
    machine: { lastEpoch: epoch, state: switching },
    effects: [
      { type: 'handoff-note', note: { kind: 'requested', epoch, from, to: input.to, handoff } },
      { type: 'caller-keep', from: 'open-utterance' },
      ...openFor(pending, 0, { from, ...handoff }),
    ],
  };
};

/** The session is gone: what it had not said is thrown away, and the same agent is opened again, unless that can't help. */
const rebuild = (machine: CallMachine, state: Talking, loss: Loss): Step => {
  const failures = failuresAfter(state.failures, loss);
  if (loss.fatal || failures >= maxFailures) return withoutClosing(close(machine, 'gave-up'), state.bound.epoch);
  const step = startAnswering(machine, { agent: state.bound.agent, cause: 'session-lost' }, failures);
  return { ...step, effects: [{ type: 'media-unbind' }, ...step.effects] };
};

export const talking = (machine: CallMachine, state: Talking, input: CallInput): Step => {
  if (!('epoch' in input) || input.epoch !== state.bound.epoch) return ignore(machine);
  switch (input.type) {
    case 'handoff-requested':
      return startHandoff(machine, state, input);
    case 'end-requested': {
      const ending: Ending = { at: 'ending', bound: state.bound, resolved: input.resolved };
      return {
        machine: { ...machine, state: ending },
        effects: [{ type: 'deadline-set', epoch: state.bound.epoch, phase: 'ending' }],
      };
    }
    case 'session-lost':
      return rebuild(machine, state, input.loss);
    case 'session-wrote': {
      // A known failure after history was loaded: words that nobody can hear.
      const failures = failuresAfter(state.failures, { slow: false });
      if (failures >= maxFailures) return close(machine, 'gave-up');
      const ask = { type: 'session-ask', epoch: state.bound.epoch, cause: 'resume', forceAudio: true } as const;
      return { machine: { ...machine, state: { ...state, failures } }, effects: [ask] };
    }
    case 'session-spoke':
      return { machine: { ...machine, state: { ...state, failures: 0 } }, effects: [] };
    default:
      return ignore(machine);
  }
};

/** The goodbye plays to its end, unless the caller has something more to say; a session that dies meanwhile changes nothing any more. */
export const ending = (machine: CallMachine, state: Ending, input: CallInput): Step => {
  if (!('epoch' in input) || input.epoch !== state.bound.epoch) return ignore(machine);
  switch (input.type) {
    case 'caller-spoke': {
      const back: Talking = { at: 'talking', bound: state.bound, failures: 0, resolved: state.resolved };
      return { machine: { ...machine, state: back }, effects: [] };
    }
    case 'goodbye-heard':
      return close(machine, 'agent-ended');
    case 'deadline-passed':
      return input.phase === 'ending' ? close(machine, 'agent-ended') : ignore(machine);
    case 'session-lost':
      return withoutClosing(close(machine, 'agent-ended'), state.bound.epoch);
    default:
      return ignore(machine);
  }
};
