import type { Prompt } from '../../agents/handoff/protocol.ts';
import type { Epoch } from '../../infra/brand.ts';
import { startAnswering } from './answering.ts';
import { dropSpare, ofSpare, openSpare, rotate, type TalkingWithSpare } from './spare.ts';
import {
  type Bound,
  type CallEffect,
  type CallInput,
  type CallMachine,
  type Ending,
  type Farewell,
  failuresAfter,
  isAway,
  type Loss,
  maxFailures,
  type Pending,
  type Step,
  type Switching,
  type Talking,
} from './state.ts';
import { close, ignore, mint, openFor, startProving, withoutClosing } from './steps.ts';

const startHandoff = (
  machine: CallMachine,
  state: Talking,
  input: Extract<CallInput, { type: 'handoff-requested' }>,
): Step => {
  const { spare } = state;
  return spare?.purpose === 'handoff' && spare.agent === input.to
    ? takeSpare(machine, { ...state, spare }, input)
    : openSpecialist(machine, state, input);
};

type Requested = Extract<CallInput, { type: 'handoff-requested' }>;

const requested = ({ bound }: Talking, { to, handoff }: Requested, epoch: Epoch): CallEffect => ({
  type: 'handoff-note',
  note: { kind: 'requested', epoch, from: bound.agent, to, handoff },
});

const openSpecialist = (machine: CallMachine, state: Talking, input: Requested): Step => {
  const { epoch, pending } = mint(machine, { agent: input.to, cause: 'handoff' });
  const { bound } = state;
  const { handoff } = input;
  const switching: Switching = { at: 'switching', bound, next: pending, handoff, bridging: 'speaking' };
  return {
    machine: { lastEpoch: epoch, state: switching },
    effects: [
      ...dropSpare(state),
      requested(state, input, epoch),
      { type: 'caller-keep', from: 'open-utterance' },
      ...openFor(pending, 0, { from: bound.agent, ...handoff }),
    ],
  };
};

/** The specialist was foreseen: its session is open, and is told what is known of the call at this moment. */
const takeSpare = (machine: CallMachine, state: TalkingWithSpare, input: Requested): Step => {
  const { bound, spare } = state;
  const { handoff } = input;
  const { epoch, agent } = spare;
  const pending: Pending = { epoch, agent, cause: 'handoff', phase: 'preparing', textAnswers: 0 };
  // One that is still on its way has as much time from now on as any other.
  const deadline: CallEffect = { type: 'deadline-set', epoch, phase: 'preparing' };
  const { next, effects } = spare.isReady ? startProving(pending) : { next: pending, effects: [deadline] };
  return {
    machine: { ...machine, state: { at: 'switching', bound, next, handoff, bridging: 'speaking' } },
    effects: [
      requested(state, input, epoch),
      { type: 'caller-keep', from: 'open-utterance' },
      { type: 'session-brief', epoch, cause: 'handoff', transfer: { from: bound.agent, ...handoff } },
      ...effects,
    ],
  };
};

/** What a session counts that came up and then kept the caller waiting for its first word, for seconds: behind another one it is the last. */
const mute = 6;

/**
 * The loss of a session that worked costs no failure, and the next one is opened at once; if it took seconds to find out, the
 * caller has waited already.
 */
const failuresOf = ({ failures, hasSpoken }: Talking, { slow }: Pick<Loss, 'slow'>): number => {
  if (hasSpoken) return slow ? 1 : 0;
  return failures + (slow ? mute : 1);
};

/** The session is gone: what it had not said is thrown away, and the same agent is opened again, unless that can't help. */
const rebuild = (machine: CallMachine, state: Talking, loss: Loss): Step => {
  const failures = failuresOf(state, loss);
  if (loss.fatal || failures >= maxFailures('session-lost'))
    return withoutClosing(close(machine, 'gave-up'), state.bound.epoch);
  const step = openAgain(machine, state.bound.agent, failures);
  return { ...step, effects: [...dropSpare(state), ...step.effects] };
};

const openAgain = (machine: CallMachine, agent: string, failures: number): Step => {
  const step = startAnswering(machine, { agent, cause: 'session-lost' }, failures);
  return { ...step, effects: [{ type: 'media-unbind' }, ...step.effects] };
};

/** What the agent said before the end is heard to its last mark. */
export const startEnding = (machine: CallMachine, bound: Bound, resolved: boolean | null): Step => ({
  machine: { ...machine, state: { at: 'ending', bound, resolved, reason: 'agent-ended', goodbye: 'begun' } },
  effects: [{ type: 'deadline-set', epoch: bound.epoch, phase: 'ending' }],
});

const farewells: Readonly<Partial<Record<Prompt, Farewell>>> = { 'idle-goodbye': 'idle', 'time-goodbye': 'too-long' };

/** The agent says what we want said; after a goodbye the call ends. */
const promptAgent = (machine: CallMachine, state: Talking, prompt: Prompt): Step => {
  const { bound, resolved } = state;
  const effect = { type: 'session-prompt', epoch: bound.epoch, prompt } as const;
  const reason = farewells[prompt];
  if (reason === undefined) return { machine, effects: [effect] };
  return {
    machine: { ...machine, state: { at: 'ending', bound, resolved, reason, goodbye: 'due' } },
    effects: [...dropSpare(state), effect, { type: 'deadline-set', epoch: bound.epoch, phase: 'ending' }],
  };
};

export const talking = (machine: CallMachine, state: Talking, input: CallInput): Step => {
  if (!('epoch' in input)) return ignore(machine);
  const { spare } = state;
  if (spare !== undefined && input.epoch === spare.epoch) return ofSpare(machine, { ...state, spare }, input);
  return input.epoch === state.bound.epoch ? ofBound(machine, state, input) : ignore(machine);
};

const ofBound = (machine: CallMachine, state: Talking, input: CallInput): Step => {
  switch (input.type) {
    case 'handoff-requested':
      return startHandoff(machine, state, input);
    case 'spare-wanted':
      return openSpare(machine, state, input);
    case 'pause-reached':
      return rotate(machine, state);
    case 'end-requested': {
      const end = startEnding(machine, state.bound, input.resolved);
      return { ...end, effects: [...dropSpare(state), ...end.effects] };
    }
    case 'prompt-due':
      return promptAgent(machine, state, input.prompt);
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

/** The caller is there, or has something more to say: no goodbye. Only the longest time for a call is not argued about, and a caller who leaves is on the way already. */
const takeBack = (machine: CallMachine, state: Ending): Step => {
  const { bound, resolved, reason, goodbye } = state;
  if (reason === 'too-long' || isAway(reason)) return ignore(machine);
  if (goodbye === 'left-behind') return openAgain(machine, bound.agent, 0);
  return {
    machine: { ...machine, state: { at: 'talking', bound, failures: 0, hasSpoken: true, resolved } },
    effects: goodbye === 'due' ? [{ type: 'session-hush', epoch: bound.epoch }] : [],
  };
};

/** A session that is gone says nothing any more. */
const says = (machine: CallMachine, state: Ending, goodbye: Ending['goodbye']): Step =>
  ignore(state.goodbye === 'left-behind' ? machine : { ...machine, state: { ...state, goodbye } });

/**
 * The goodbye plays to its end, unless it is taken back. A session that dies meanwhile takes nothing from what it has said; if that
 * is nothing, or only text, the goodbye is owed.
 */
export const ending = (machine: CallMachine, state: Ending, input: CallInput): Step => {
  if (!('epoch' in input) || input.epoch !== state.bound.epoch) return ignore(machine);
  const { reason, goodbye } = state;
  switch (input.type) {
    case 'caller-spoke':
      return takeBack(machine, state);
    case 'session-spoke':
      return says(machine, state, 'begun');
    case 'goodbye-heard':
      return goodbye === 'due' ? ignore(machine) : close(machine, reason);
    case 'session-wrote':
      return goodbye === 'due' ? close(machine, reason) : ignore(machine);
    case 'deadline-passed':
      return input.phase === 'ending' || input.phase === 'leaving' ? close(machine, reason) : ignore(machine);
    case 'session-lost':
      if (goodbye === 'due') return withoutClosing(close(machine, reason), state.bound.epoch);
      return says(machine, state, 'left-behind');
    default:
      return ignore(machine);
  }
};
