import { describe, expect, it } from 'vitest';
import type { CallEffect, CallInput, Handoff } from '../../../gateway/call/state.ts';
import { beginCall, transition } from '../../../gateway/call/transition.ts';
import { epoch } from '../../../infra/brand.ts';

const handoff: Handoff = { reason: 'still a 401', trigger: 'attempts-failed', toolCallId: 'call_9' };
const one = epoch(1);
const two = epoch(2);

const ready = (number: number): CallInput => ({ type: 'session-readied', epoch: epoch(number) });
const spoke = (number: number): CallInput => ({ type: 'session-spoke', epoch: epoch(number) });
const wrote = (number: number): CallInput => ({ type: 'session-wrote', epoch: epoch(number) });
const lost = (number: number, fatal = false): CallInput => ({
  type: 'session-lost',
  epoch: epoch(number),
  loss: { fatal, slow: false, why: 'socket closed' },
});
const transfer: CallInput = { type: 'handoff-requested', epoch: one, to: 'technical', handoff };
const finished: CallInput = { type: 'response-finished', epoch: one };

/** Runs a call from its answer; gives the state at the end and the effects of the last input, as short words. */
const callAfter = (...inputs: readonly CallInput[]) => {
  let step = beginCall({ agent: 'support', cause: 'answer' });
  for (const input of inputs) step = transition(step.machine, input);
  return { state: step.machine.state, effects: step.effects.map(inShort) };
};

const inShort = (effect: CallEffect): string => {
  if (effect.type === 'handoff-note') return `note ${effect.note.kind}`;
  if (effect.type === 'call-release') return `release ${effect.reason}`;
  return 'epoch' in effect ? `${effect.type} ${effect.epoch}` : effect.type;
};

describe('bind', () => {
  it('answers: opens, and binds when configured', () => {
    expect(callAfter().effects).toEqual(['caller-keep', 'session-open 1', 'deadline-set 1']);
    expect(callAfter(ready(1))).toEqual({
      state: { at: 'talking', bound: { epoch: one, agent: 'support' }, failures: 0, resolved: null },
      effects: ['media-bind 1', 'caller-route 1', 'session-ask 1'],
    });
  });

  it('hands off: make before break, committed by the first audio', () => {
    expect(callAfter(ready(1), transfer).effects).toEqual([
      'note requested',
      'caller-keep',
      'session-open 2',
      'deadline-set 2',
    ]);
    expect(callAfter(ready(1), transfer, ready(2)).effects).toEqual(['caller-route 2', 'session-ask 2', 'deadline-set 2']);
    expect(callAfter(ready(1), transfer, finished, ready(2), spoke(2))).toEqual({
      state: { at: 'talking', bound: { epoch: two, agent: 'technical' }, failures: 0, resolved: null },
      effects: ['media-bind 2', 'session-close 1', 'note committed'],
    });
  });

  it('lets the old agent finish its bridging words first', () => {
    expect(callAfter(ready(1), transfer, ready(2), spoke(2)).effects).toEqual(['deadline-set 2']);
    expect(callAfter(ready(1), transfer, ready(2), spoke(2), finished).effects).toEqual([
      'media-bind 2',
      'session-close 1',
      'note committed',
    ]);
  });

  it('asked twice is one handoff', () => {
    expect(callAfter(ready(1), transfer, transfer).effects).toEqual([]);
  });

  it.each([
    ['the new session dies', [lost(2)], ['note failed', 'caller-route 1', 'transfer-answer 1']],
    [
      'the new session is never configured',
      [{ type: 'deadline-passed', epoch: two, phase: 'preparing' } as const],
      ['session-close 2', 'note failed', 'caller-route 1', 'transfer-answer 1'],
    ],
    [
      'the new agent answers in text twice',
      [ready(2), wrote(2), wrote(2)],
      ['session-close 2', 'note failed', 'caller-route 1', 'transfer-answer 1'],
    ],
    [
      'the new agent never speaks',
      [ready(2), { type: 'deadline-passed', epoch: two, phase: 'proving' } as const],
      ['session-close 2', 'note failed', 'caller-route 1', 'transfer-answer 1'],
    ],
  ])('rolls back when %s', (_, inputs, effects) => {
    const end = callAfter(ready(1), transfer, ...inputs);
    expect(end.state).toEqual({ at: 'talking', bound: { epoch: one, agent: 'support' }, failures: 0, resolved: null });
    expect(end.effects).toEqual(effects);
  });

  it('forces audio after the first answer in text', () => {
    expect(callAfter(ready(1), transfer, ready(2), wrote(2)).effects).toEqual(['session-ask 2', 'deadline-set 2']);
    expect(callAfter(ready(1), transfer, finished, ready(2), wrote(2), spoke(2)).effects).toContain('media-bind 2');
  });

  it('rebuilds a session that was lost, as the same agent', () => {
    const end = callAfter(ready(1), spoke(1), lost(1));
    expect(end.effects).toEqual(['media-unbind', 'caller-keep', 'session-open 2', 'deadline-set 2']);
    expect(end.state).toMatchObject({ at: 'answering', next: { agent: 'support', cause: 'session-lost' } });
  });

  it('goes on to the new agent when the old one dies in the middle of a handoff', () => {
    expect(callAfter(ready(1), transfer, lost(1)).effects).toEqual(['media-unbind']);
    expect(callAfter(ready(1), transfer, lost(1), ready(2), spoke(2)).effects).toEqual(['media-bind 2', 'note committed']);
    expect(callAfter(ready(1), transfer, lost(1), lost(2)).state).toMatchObject({
      at: 'answering',
      next: { agent: 'support', cause: 'session-lost' },
    });
  });

  it('gives up after five failures in a row, at once after a fatal one, and not after five spread over a call', () => {
    expect(callAfter(lost(1), lost(2), lost(3), lost(4)).state.at).toBe('answering');
    expect(callAfter(lost(1), lost(2), lost(3), lost(4), lost(5)).effects).toEqual(['release gave-up']);
    const bound = [1, 2, 3, 4, 5].flatMap((number) => [ready(number), lost(number)]);
    expect(callAfter(...bound).effects).toEqual(['release gave-up']);
    expect(callAfter(lost(1, true)).effects).toEqual(['release gave-up']);
    const spread = [1, 2, 3, 4, 5, 6].flatMap((number) => [ready(number), spoke(number), lost(number)]);
    expect(callAfter(...spread).state.at).toBe('answering');
  });

  it('what took seconds of silence to find out counts twice', () => {
    const mute = (number: number): CallInput => ({
      type: 'session-lost',
      epoch: epoch(number),
      loss: { fatal: false, slow: true, why: 'the model went mute' },
    });
    expect(callAfter(ready(1), mute(1), ready(2), mute(2)).state.at).toBe('answering');
    expect(callAfter(ready(1), mute(1), ready(2), mute(2), ready(3), mute(3)).effects).toEqual(['release gave-up']);
  });

  it('takes a goodbye back when the caller speaks again, and keeps what the agent said of the outcome', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    const back = callAfter(ready(1), end, { type: 'caller-spoke', epoch: one }, { type: 'goodbye-heard', epoch: one });
    expect(back.state).toMatchObject({ at: 'talking', resolved: true });
    let step = beginCall({ agent: 'support', cause: 'answer' });
    for (const input of [ready(1), end, { type: 'caller-spoke', epoch: one }, { type: 'caller-hung-up' }] as const) {
      step = transition(step.machine, input);
    }
    expect(step.effects).toContainEqual({ type: 'call-release', reason: 'caller-hung-up', resolved: true });
  });

  it('ends after the goodbye was heard', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    expect(callAfter(ready(1), end).effects).toEqual(['deadline-set 1']);
    expect(callAfter(ready(1), end, { type: 'goodbye-heard', epoch: one })).toEqual({
      state: { at: 'closed', reason: 'agent-ended' },
      effects: ['session-close 1', 'release agent-ended'],
    });
  });

  it('a hang-up cancels everything, in every state', () => {
    const gone: CallInput = { type: 'caller-hung-up' };
    expect(callAfter(gone).effects).toEqual(['session-close 1', 'release caller-hung-up']);
    expect(callAfter(ready(1), transfer, gone).effects).toEqual([
      'note failed',
      'session-close 1',
      'session-close 2',
      'release caller-hung-up',
    ]);
    expect(callAfter(ready(1), gone, gone).effects).toEqual([]);
  });

  it('ignores what comes late', () => {
    expect(callAfter(ready(1), transfer, finished, ready(2), spoke(2), lost(1)).effects).toEqual([]);
    expect(callAfter(ready(1), { type: 'deadline-passed', epoch: one, phase: 'preparing' }).effects).toEqual([]);
  });
});
