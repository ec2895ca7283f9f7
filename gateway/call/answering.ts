import {
  type Answering,
  type CallEffect,
  type CallInput,
  type CallMachine,
  failuresAfter,
  type Loss,
  longestWaitMs,
  maxFailures,
  type Pending,
  type Step,
} from './state.ts';
import { close, ignore, mint, openFor, type Request, withoutClosing } from './steps.ts';

/** Starts a bind with nobody bound: the caller waits for exactly this session, after `failures` in a row. */
export const startAnswering = (machine: CallMachine, request: Request, failures: number): Step => {
  const { epoch, pending } = mint(machine, request);
  return {
    machine: { lastEpoch: epoch, state: { at: 'answering', next: pending, failures } },
    effects: [{ type: 'caller-keep', from: 'unanswered' }, ...openFor(pending, failures)],
  };
};

const routeAndAsk = (next: Pending): readonly CallEffect[] => [
  { type: 'caller-route', epoch: next.epoch },
  { type: 'session-ask', epoch: next.epoch, cause: next.cause, forceAudio: next.textAnswers > 0 },
];

const handoffNote = (state: Answering, kind: 'committed' | { readonly failed: string }): readonly CallEffect[] => {
  if (state.handoffFrom === undefined) return [];
  const facts = { epoch: state.next.epoch, from: state.handoffFrom, to: state.next.agent };
  const note =
    kind === 'committed' ? ({ kind, ...facts } as const) : ({ kind: 'failed', why: kind.failed, ...facts } as const);
  return [{ type: 'handoff-note', note }];
};

/** Binds the session: the one place where an unbound call becomes a talking one. */
const bind = (machine: CallMachine, state: Answering): Step => {
  const { next } = state;
  return {
    machine: {
      ...machine,
      state: {
        at: 'talking',
        bound: { epoch: next.epoch, agent: next.agent },
        failures: state.failures,
        hasSpoken: next.phase !== 'preparing',
        resolved: null,
      },
    },
    effects: [
      { type: 'media-bind', epoch: next.epoch, agent: next.agent, cause: next.cause },
      ...handoffNote(state, 'committed'),
      ...(next.phase === 'preparing' ? routeAndAsk(next) : []),
    ],
  };
};

interface Failure extends Loss {
  /** Nothing is left to close. */
  readonly gone: boolean;
}

/** Again with a new session: the same agent, or the old one when a handoff was under way. */
const tryAgain = (machine: CallMachine, state: Answering, failure: Failure): Step => {
  const failures = failuresAfter(state.failures, failure);
  const notes = handoffNote(state, { failed: failure.why });
  const closing: readonly CallEffect[] = failure.gone ? [] : [{ type: 'session-close', epoch: state.next.epoch }];
  const { retryAfterMs: waitMs = 0 } = failure;
  if (failure.fatal || waitMs > longestWaitMs || failures >= maxFailures(state.next.cause)) {
    const over = close(machine, 'gave-up');
    const step = failure.gone ? withoutClosing(over, state.next.epoch) : over;
    return { ...step, effects: [...notes, ...step.effects] };
  }
  const { cause, agent } = state.next;
  const request: Request =
    state.handoffFrom === undefined ? { agent, cause } : { agent: state.handoffFrom, cause: 'session-lost' };
  const step = startAnswering(machine, request, failures);
  const effects = step.effects.map((effect) => (effect.type === 'session-open' ? { ...effect, waitMs } : effect));
  return { ...step, effects: [...notes, ...closing, ...effects] };
};

const readied = (machine: CallMachine, state: Answering): Step => {
  const { next } = state;
  if (next.phase !== 'preparing') return ignore(machine);
  if (next.cause !== 'handoff') return bind(machine, state);
  // The old session died in the middle of a handoff: the new one still proves itself by speaking.
  return {
    machine: { ...machine, state: { ...state, next: { ...next, phase: 'proving' } } },
    effects: [...routeAndAsk(next), { type: 'deadline-set', epoch: next.epoch, phase: 'proving' }],
  };
};

export const answering = (machine: CallMachine, state: Answering, input: CallInput): Step => {
  const { next } = state;
  if (!('epoch' in input) || input.epoch !== next.epoch) return ignore(machine);
  switch (input.type) {
    case 'session-readied':
      return readied(machine, state);
    case 'session-spoke':
      return next.phase === 'preparing' ? ignore(machine) : bind(machine, state);
    case 'session-wrote':
      if (next.phase === 'preparing') return ignore(machine);
      return tryAgain(machine, state, { gone: false, fatal: false, slow: false, why: 'answered in text only' });
    case 'session-lost':
      return tryAgain(machine, state, { gone: true, ...input.loss });
    case 'deadline-passed':
      if (input.phase !== next.phase) return ignore(machine);
      return tryAgain(machine, state, { gone: false, fatal: false, slow: true, why: `no answer in time (${next.phase})` });
    default:
      return ignore(machine);
  }
};
