import type { CallEffect, CallInput, CallMachine, Spare, Step, Talking } from './state.ts';
import { ignore, mint } from './steps.ts';

export interface TalkingWithSpare extends Talking {
  readonly spare: Spare;
}

/** Nobody needs the spare session any more. */
export const dropSpare = ({ spare }: Talking): readonly CallEffect[] =>
  spare === undefined ? [] : [{ type: 'session-close', epoch: spare.epoch }];

const withoutSpare = ({ spare: _, ...state }: Talking): Talking => state;

/** One spare session at a time; one for a rotation is needed more than one that may be asked for. */
export const openSpare = (
  machine: CallMachine,
  state: Talking,
  { agent, purpose }: Extract<CallInput, { type: 'spare-wanted' }>,
): Step => {
  if (state.spare !== undefined && (state.spare.purpose === purpose || purpose === 'handoff')) return ignore(machine);
  const { epoch } = mint(machine, { agent, cause: purpose });
  return {
    machine: { lastEpoch: epoch, state: { ...state, spare: { epoch, agent, purpose, isReady: false } } },
    effects: [
      ...dropSpare(state),
      { type: 'spare-open', epoch, agent, purpose },
      { type: 'deadline-set', epoch, phase: 'preparing' },
    ],
  };
};

/** The same agent goes on in a fresh session, unheard. */
export const rotate = (machine: CallMachine, state: Talking): Step => {
  const { bound: old, spare } = state;
  if (spare?.purpose !== 'rotation' || !spare.isReady) return ignore(machine);
  const { epoch, agent } = spare;
  return {
    machine: { ...machine, state: { ...withoutSpare(state), bound: { epoch, agent }, failures: 0, hasSpoken: false } },
    effects: [
      { type: 'session-brief', epoch, cause: 'rotation' },
      { type: 'caller-keep', from: 'open-utterance' },
      { type: 'media-bind', epoch, agent, cause: 'rotation' },
      { type: 'caller-route', epoch },
      { type: 'session-close', epoch: old.epoch },
    ],
  };
};

/** What comes from the spare session itself. */
export const ofSpare = (machine: CallMachine, state: TalkingWithSpare, input: CallInput): Step => {
  const { spare } = state;
  const without = { ...machine, state: withoutSpare(state) };
  switch (input.type) {
    case 'session-readied':
      return ignore({ ...machine, state: { ...state, spare: { ...spare, isReady: true } } });
    case 'session-lost':
      return ignore(without);
    case 'deadline-passed':
      return spare.isReady ? ignore(machine) : { machine: without, effects: dropSpare(state) };
    case 'spare-unwanted':
      return { machine: without, effects: dropSpare(state) };
    default:
      return ignore(machine);
  }
};
