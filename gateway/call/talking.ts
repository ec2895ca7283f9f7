import { startAnswering } from './answering.ts';
import {
  type Bound,
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

/**
 * The loss of a session that worked costs no failure, and the next one is opened at once; if it took seconds to find out, the
 * caller has waited already.
 */
const failuresOf = ({ failures, hasSpoken }: Talking, loss: Pick<Loss, 'slow'>): number => {
  if (!hasSpoken) return failuresAfter(failures, loss);
  return loss.slow ? 1 : 0;
};

/** The session is gone: what it had not said is thrown away, and the same agent is opened again, unless that can't help. */
const rebuild = (machine: CallMachine, state: Talking, loss: Loss): Step => {
  const failures = failuresOf(state, loss);
  if (loss.fatal || failures >= maxFailures('session-lost'))
    return withoutClosing(close(machine, 'gave-up'), state.bound.epoch);
  const step = startAnswering(machine, { agent: state.bound.agent, cause: 'session-lost' }, failures);
  return { ...step, effects: [{ type: 'media-unbind' }, ...step.effects] };
};

/** What the agent said before the end is heard to its last mark. */
export const startEnding = (machine: CallMachine, bound: Bound, resolved: boolean | null): Step => ({
  machine: { ...machine, state: { at: 'ending', bound, resolved } },
  effects: [{ type: 'deadline-set', epoch: bound.epoch, phase: 'ending' }],
});

export const talking = (machine: CallMachine, state: Talking, input: CallInput): Step => {
  if (!('epoch' in input) || input.epoch !== state.bound.epoch) return ignore(machine);
  switch (input.type) {
    case 'handoff-requested':
      return startHandoff(machine, state, input);
    case 'end-requested':
      return startEnding(machine, state.bound, input.resolved);
    case 'session-lost':
      return rebuild(machine, state, input.loss);
    case 'session-wrote': {
      // A known failure after history was loaded: words that nobody can hear.
      const failures = failuresAfter(state.failures, { slow: false });
      if (failures >= maxFailures('session-lost')) return close(machine, 'gave-up');
      const ask = { type: 'session-ask', epoch: state.bound.epoch, cause: 'resume', forceAudio: true } as const;
      return { machine: { ...machine, state: { ...state, failures } }, effects: [ask] };
    }
    case 'session-spoke':
      return { machine: { ...machine, state: { ...state, failures: 0, hasSpoken: true, resolved: null } }, effects: [] };
    default:
      return ignore(machine);
  }
};

/** The goodbye plays to its end, unless the caller has something more to say; a session that dies meanwhile changes nothing any more. */
export const ending = (machine: CallMachine, state: Ending, input: CallInput): Step => {
  if (!('epoch' in input) || input.epoch !== state.bound.epoch) return ignore(machine);
  switch (input.type) {
    case 'caller-spoke': {
      const back: Talking = { at: 'talking', bound: state.bound, failures: 0, hasSpoken: true, resolved: state.resolved };
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
