import type { CallInput, CallMachine, Step, Switching } from './state.ts';
import { ignore, startProving, withoutClosing } from './steps.ts';
import { startEnding } from './talking.ts';

const stay = (machine: CallMachine, state: Switching, change: Partial<Pick<Switching, 'next' | 'bridging'>>): Step => ({
  machine: { ...machine, state: { ...state, ...change } },
  effects: [],
});

/** The proof is there and the old agent has said its last word: one tick makes the new agent the bound one. */
const commit = (machine: CallMachine, state: Switching): Step => {
  const { bound: old, next } = state;
  const bound = { epoch: next.epoch, agent: next.agent };
  const effects = [
    { type: 'media-bind', epoch: next.epoch, agent: next.agent, cause: 'handoff' },
    { type: 'session-close', epoch: old.epoch },
    { type: 'handoff-note', note: { kind: 'committed', epoch: next.epoch, from: old.agent, to: next.agent } },
  ] as const;
  if (next.ending === undefined)
    return {
      machine: { ...machine, state: { at: 'talking', bound, failures: 0, hasSpoken: true, resolved: null } },
      effects,
    };
  const end = startEnding(machine, bound, next.ending.resolved);
  return { ...end, effects: [...effects, ...end.effects] };
};

/** The caller stays with the old agent, which gets the words that it missed and says what happened. */
const rollBack = (machine: CallMachine, state: Switching, why: string): Step => {
  const { bound, next, handoff } = state;
  return {
    machine: { ...machine, state: { at: 'talking', bound, failures: 0, hasSpoken: true, resolved: null } },
    effects: [
      { type: 'session-close', epoch: next.epoch },
      { type: 'handoff-note', note: { kind: 'failed', epoch: next.epoch, from: bound.agent, to: next.agent, why } },
      // First what the model must know, then the words that may make it answer.
      { type: 'transfer-answer', epoch: bound.epoch, toolCallId: handoff.toolCallId, why },
      { type: 'caller-route', epoch: bound.epoch },
    ],
  };
};

/** The old session died first: nobody is bound, and the new agent, on its way already, takes the call. */
const goOnUnbound = (machine: CallMachine, state: Switching): Step => {
  const { next, bound } = state;
  if (next.phase === 'draining') {
    const step = commit(machine, state);
    return withoutClosing({ ...step, effects: [{ type: 'media-unbind' }, ...step.effects] }, bound.epoch);
  }
  const answering = { at: 'answering', next, failures: 0, handoffFrom: bound.agent } as const;
  return { machine: { ...machine, state: answering }, effects: [{ type: 'media-unbind' }] };
};

const readied = (machine: CallMachine, state: Switching): Step => {
  const { next } = state;
  if (next.phase !== 'preparing') return ignore(machine);
  const proving = startProving(next);
  return { machine: { ...machine, state: { ...state, next: proving.next } }, effects: proving.effects };
};

const spoke = (machine: CallMachine, state: Switching): Step => {
  const { next } = state;
  if (next.phase !== 'proving') return ignore(machine);
  const draining: Switching = { ...state, next: { ...next, phase: 'draining' } };
  if (state.bridging === 'spoken') return commit(machine, draining);
  return {
    machine: { ...machine, state: draining },
    effects: [{ type: 'deadline-set', epoch: next.epoch, phase: 'draining' }],
  };
};

/** A text-only answer is a failure of the model: once more with audio forced, then back. */
const wrote = (machine: CallMachine, state: Switching): Step => {
  const { next } = state;
  if (next.phase !== 'proving') return ignore(machine);
  if (next.textAnswers > 0) return rollBack(machine, state, 'answered in text only');
  return {
    machine: { ...machine, state: { ...state, next: { ...next, textAnswers: 1 } } },
    effects: [
      { type: 'session-ask', epoch: next.epoch, cause: 'handoff', forceAudio: true },
      { type: 'deadline-set', epoch: next.epoch, phase: 'proving' },
    ],
  };
};

const late = (machine: CallMachine, state: Switching): Step =>
  state.next.phase === 'draining'
    ? commit(machine, state)
    : rollBack(machine, state, `no answer in time (${state.next.phase})`);

/** One handoff at a time; but no tool call may stay without its answer. */
const refuse = (machine: CallMachine, { epoch, handoff }: Extract<CallInput, { type: 'handoff-requested' }>): Step => ({
  machine,
  effects: [{ type: 'transfer-refuse', epoch, toolCallId: handoff.toolCallId }],
});

const ofNext = (machine: CallMachine, state: Switching, input: CallInput): Step => {
  switch (input.type) {
    case 'session-readied':
      return readied(machine, state);
    case 'session-spoke':
      return spoke(machine, state);
    case 'session-wrote':
      return wrote(machine, state);
    case 'session-lost':
      return withoutClosing(rollBack(machine, state, input.loss.why), state.next.epoch);
    case 'deadline-passed':
      return input.phase === state.next.phase ? late(machine, state) : ignore(machine);
    case 'end-requested':
      return stay(machine, state, { next: { ...state.next, ending: { resolved: input.resolved } } });
    case 'handoff-requested':
      return refuse(machine, input);
    default:
      return ignore(machine);
  }
};

const ofBound = (machine: CallMachine, state: Switching, input: CallInput): Step => {
  switch (input.type) {
    case 'response-finished':
      if (state.bridging === 'spoken') return ignore(machine);
      return state.next.phase === 'draining' ? commit(machine, state) : stay(machine, state, { bridging: 'spoken' });
    case 'session-lost':
      return goOnUnbound(machine, state);
    case 'handoff-requested':
      return refuse(machine, input);
    default:
      return ignore(machine);
  }
};

export const switching = (machine: CallMachine, state: Switching, input: CallInput): Step => {
  if (!('epoch' in input)) return ignore(machine);
  if (input.epoch === state.next.epoch) return ofNext(machine, state, input);
  if (input.epoch === state.bound.epoch) return ofBound(machine, state, input);
  return ignore(machine);
};
