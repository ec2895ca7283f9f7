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
      state: { at: 'talking', bound: { epoch: one, agent: 'support' }, failures: 0, hasSpoken: false, resolved: null },
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
      state: { at: 'talking', bound: { epoch: two, agent: 'technical' }, failures: 0, hasSpoken: true, resolved: null },
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
    expect(callAfter(ready(1), transfer, transfer)).toMatchObject({
      state: { at: 'switching' },
      effects: ['transfer-refuse 1'],
    });
  });

  it.each([
    ['the new session dies', [lost(2)], ['note failed', 'transfer-answer 1', 'caller-route 1']],
    [
      'the new session is never configured',
      [{ type: 'deadline-passed', epoch: two, phase: 'preparing' } as const],
      ['session-close 2', 'note failed', 'transfer-answer 1', 'caller-route 1'],
    ],
    [
      'the new agent answers in text twice',
      [ready(2), wrote(2), wrote(2)],
      ['session-close 2', 'note failed', 'transfer-answer 1', 'caller-route 1'],
    ],
    [
      'the new agent never speaks',
      [ready(2), { type: 'deadline-passed', epoch: two, phase: 'proving' } as const],
      ['session-close 2', 'note failed', 'transfer-answer 1', 'caller-route 1'],
    ],
  ])('rolls back when %s', (_, inputs, effects) => {
    const end = callAfter(ready(1), transfer, ...inputs);
    expect(end.state).toEqual({
      at: 'talking',
      bound: { epoch: one, agent: 'support' },
      failures: 0,
      hasSpoken: true,
      resolved: null,
    });
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

  const mute = (number: number): CallInput => ({
    type: 'session-lost',
    epoch: epoch(number),
    loss: { fatal: false, slow: true, why: 'the model went mute' },
  });

  it('sends a new call away after five failures in a row, and at once after a fatal one', () => {
    expect(callAfter(lost(1), lost(2), lost(3), lost(4)).state.at).toBe('answering');
    expect(callAfter(lost(1), lost(2), lost(3), lost(4), lost(5)).effects).toEqual(['release gave-up']);
    expect(callAfter(lost(1, true)).effects).toEqual(['release gave-up']);
  });

  it('a running call gets seven, and not one less for the loss of a session that worked', () => {
    const running = [ready(1), spoke(1), lost(1)];
    const six = [2, 3, 4, 5, 6, 7].map((number) => lost(number));
    expect(callAfter(...running).state).toMatchObject({ at: 'answering', failures: 0 });
    expect(callAfter(...running, ...six).state).toMatchObject({ at: 'answering', failures: 6 });
    expect(callAfter(...running, ...six, lost(8)).effects).toEqual(['release gave-up']);
    const spread = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((number) => [ready(number), spoke(number), lost(number)]);
    expect(callAfter(...spread).state).toMatchObject({ at: 'answering', failures: 0 });
  });

  it('sessions that are bound and never speak are failures too', () => {
    const bound = [1, 2, 3, 4, 5, 6].flatMap((number) => [ready(number), lost(number)]);
    expect(callAfter(...bound).state.at).toBe('answering');
    expect(callAfter(...bound, ready(7), lost(7)).effects).toEqual(['release gave-up']);
  });

  it('what took seconds of silence to find out counts three times, so nobody waits for it more than twice again', () => {
    expect(callAfter(mute(1)).state.at).toBe('answering');
    expect(callAfter(mute(1), mute(2)).effects).toEqual(['release gave-up']);
    const running = [ready(1), spoke(1), mute(1)];
    expect(callAfter(...running, mute(2)).state).toMatchObject({ at: 'answering', failures: 4 });
    expect(callAfter(...running, mute(2), mute(3)).effects).toEqual(['release gave-up']);
  });

  it('takes a goodbye back when the caller speaks again, and keeps what the agent said of the outcome', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    const back = callAfter(ready(1), end, { type: 'caller-spoke', epoch: one }, { type: 'goodbye-heard', epoch: one });
    expect(back.state).toMatchObject({ at: 'talking', resolved: true });
    let step = beginCall({ agent: 'support', cause: 'answer' });
    for (const input of [ready(1), end, { type: 'caller-spoke', epoch: one }, { type: 'caller-hung-up' }] as const) {
      step = transition(step.machine, input);
    }
    expect(step.effects).toContainEqual({
      type: 'call-release',
      reason: 'caller-hung-up',
      resolved: true,
      owesGoodbye: false,
    });
  });

  it('what the agent said of the outcome does not outlive its next words', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    const back = callAfter(ready(1), end, { type: 'caller-spoke', epoch: one }, spoke(1));
    expect(back.state).toMatchObject({ at: 'talking', resolved: null });
  });

  it('a specialist who ends the call in the first words, while the old agent still speaks: bound, heard, ended', () => {
    const end: CallInput = { type: 'end-requested', epoch: two, resolved: true };
    const early = callAfter(ready(1), transfer, ready(2), spoke(2), end, finished);
    expect(early.effects).toEqual(['media-bind 2', 'session-close 1', 'note committed', 'deadline-set 2']);
    expect(early.state).toMatchObject({ at: 'ending', resolved: true });
  });

  it('no transfer stays without an answer, whoever asks while one is under way', () => {
    const again: CallInput = { ...transfer, epoch: two };
    expect(callAfter(ready(1), transfer, ready(2), spoke(2), again).effects).toEqual(['transfer-refuse 2']);
  });

  it('ends after the goodbye was heard', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    expect(callAfter(ready(1), end).effects).toEqual(['deadline-set 1']);
    expect(callAfter(ready(1), end, { type: 'goodbye-heard', epoch: one })).toEqual({
      state: { at: 'closed', reason: 'agent-ended', owesGoodbye: false },
      effects: ['session-close 1', 'release agent-ended'],
    });
  });

  it('owes a goodbye that never began, when its session is lost or it takes too long', () => {
    const due: CallInput = { type: 'prompt-due', epoch: one, prompt: 'time-goodbye' };
    const late: CallInput = { type: 'deadline-passed', epoch: one, phase: 'ending' };
    const owed = { at: 'closed', reason: 'too-long', owesGoodbye: true };
    expect(callAfter(ready(1), due, lost(1))).toEqual({ state: owed, effects: ['release too-long'] });
    expect(callAfter(ready(1), due, late)).toEqual({ state: owed, effects: ['session-close 1', 'release too-long'] });
    expect(callAfter(ready(1), due, wrote(1)).state).toEqual(owed);
    expect(callAfter(ready(1), due, spoke(1), wrote(1)).state).toMatchObject({ at: 'ending' });
    expect(callAfter(ready(1), due, spoke(1), late).state).toMatchObject({ owesGoodbye: false });
    expect(callAfter(ready(1), due, { type: 'caller-hung-up' }).state).toMatchObject({ owesGoodbye: false });
  });

  it('lets a goodbye that has begun play on when its session is lost, or opens another if it is taken back', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    const alone = callAfter(ready(1), end, lost(1));
    expect(alone).toMatchObject({ state: { at: 'ending', goodbye: 'left-behind' }, effects: [] });
    expect(callAfter(ready(1), end, lost(1), { type: 'goodbye-heard', epoch: one }).effects).toEqual([
      'release agent-ended',
    ]);
    const back = callAfter(ready(1), end, lost(1), { type: 'caller-spoke', epoch: one });
    expect(back.state).toMatchObject({ at: 'answering', next: { epoch: two, agent: 'support', cause: 'session-lost' } });
    expect(back.effects).toEqual(['media-unbind', 'caller-keep', 'session-open 2', 'deadline-set 2']);
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

const wants = (purpose: 'rotation' | 'handoff', agent: string, number = 1): CallInput => ({
  type: 'spare-wanted',
  epoch: epoch(number),
  agent,
  purpose,
});
const pause = (number: number): CallInput => ({ type: 'pause-reached', epoch: epoch(number) });

describe('a spare session', () => {
  it('takes the place of the old one in a pause, told of the call at that moment', () => {
    expect(callAfter(ready(1), spoke(1), wants('rotation', 'support')).effects).toEqual(['spare-open 2', 'deadline-set 2']);
    expect(callAfter(ready(1), spoke(1), wants('rotation', 'support'), ready(2)).effects).toEqual([]);
    expect(callAfter(ready(1), spoke(1), wants('rotation', 'support'), ready(2), pause(1))).toEqual({
      state: { at: 'talking', bound: { epoch: two, agent: 'support' }, failures: 0, hasSpoken: false, resolved: null },
      effects: ['session-brief 2', 'caller-keep', 'media-bind 2', 'caller-route 2', 'session-close 1'],
    });
  });

  it.each([
    ['it is not ready', [wants('rotation', 'support'), pause(1)]],
    ['it is a specialist', [wants('handoff', 'technical'), ready(2), pause(1)]],
    ['there is none', [pause(1)]],
    ['the pause is another session’s', [wants('rotation', 'support'), ready(2), pause(2)]],
  ])('is not bound in a pause when %s', (_, inputs) => {
    expect(callAfter(ready(1), spoke(1), ...inputs)).toMatchObject({
      state: { at: 'talking', bound: { epoch: one } },
      effects: [],
    });
  });

  it('that was foreseen is briefed and asked at the request', () => {
    expect(callAfter(ready(1), wants('handoff', 'technical'), ready(2), transfer).effects).toEqual([
      'note requested',
      'caller-keep',
      'session-brief 2',
      'caller-route 2',
      'session-ask 2',
      'deadline-set 2',
    ]);
    const done = callAfter(ready(1), wants('handoff', 'technical'), ready(2), transfer, finished, spoke(2));
    expect(done.state).toMatchObject({ at: 'talking', bound: { epoch: two, agent: 'technical' } });
    expect(done.state).not.toHaveProperty('spare');
  });

  it('that was foreseen and is still on its way is briefed, and asked when it is ready', () => {
    const way = [ready(1), wants('handoff', 'technical'), transfer];
    expect(callAfter(...way)).toMatchObject({
      state: { at: 'switching', next: { phase: 'preparing', epoch: two } },
      effects: ['note requested', 'caller-keep', 'session-brief 2', 'deadline-set 2'],
    });
    expect(callAfter(...way, ready(2)).effects).toEqual(['caller-route 2', 'session-ask 2', 'deadline-set 2']);
  });

  it('that nobody needs is closed: another target, a goodbye, a loss of the bound one, a rotation', () => {
    const spare = [ready(1), spoke(1), wants('handoff', 'billing'), ready(2)];
    expect(callAfter(...spare, transfer).effects.slice(0, 2)).toEqual(['session-close 2', 'note requested']);
    expect(callAfter(...spare, { type: 'end-requested', epoch: one, resolved: true }).effects).toEqual([
      'session-close 2',
      'deadline-set 1',
    ]);
    expect(callAfter(...spare, { type: 'prompt-due', epoch: one, prompt: 'idle-goodbye' }).effects).toEqual([
      'session-close 2',
      'session-prompt 1',
      'deadline-set 1',
    ]);
    expect(callAfter(...spare, lost(1)).effects).toEqual([
      'session-close 2',
      'media-unbind',
      'caller-keep',
      'session-open 3',
      'deadline-set 3',
    ]);
    expect(callAfter(...spare, wants('rotation', 'support')).effects).toEqual([
      'session-close 2',
      'spare-open 3',
      'deadline-set 3',
    ]);
    expect(callAfter(...spare, { type: 'spare-unwanted', epoch: two }).effects).toEqual(['session-close 2']);
    expect(callAfter(...spare, { type: 'caller-hung-up' }).effects).toEqual([
      'session-close 1',
      'session-close 2',
      'release caller-hung-up',
    ]);
  });

  it('that dies or is late costs the call nothing, even when no other try can help', () => {
    const spare = [ready(1), spoke(1), wants('rotation', 'support')];
    for (const end of [lost(2), lost(2, true)])
      expect(callAfter(...spare, end)).toEqual({
        state: { at: 'talking', bound: { epoch: one, agent: 'support' }, failures: 0, hasSpoken: true, resolved: null },
        effects: [],
      });
    const late: CallInput = { type: 'deadline-passed', epoch: two, phase: 'preparing' };
    expect(callAfter(...spare, late).effects).toEqual(['session-close 2']);
    expect(callAfter(...spare, ready(2), late).effects).toEqual([]);
  });

  it('is opened once for the same purpose, and none is opened for a guess while a rotation is due', () => {
    expect(callAfter(ready(1), wants('handoff', 'technical'), wants('handoff', 'billing')).effects).toEqual([]);
    expect(callAfter(ready(1), wants('rotation', 'support'), wants('handoff', 'billing')).effects).toEqual([]);
  });
});

describe('a caller who leaves and comes back', () => {
  it.each([
    ['transferred', 'putting-through'],
    ['paying', 'to-payment'],
  ] as const)('%s: the agent is made to say so, and heard to its end', (reason, prompt) => {
    const due: CallInput = { type: 'leave-ready', words: 'due', reason };
    expect(callAfter(ready(1), due).effects).toEqual(['session-hush 1', 'session-prompt 1', 'deadline-set 1']);
    const step = [ready(1), due].reduce(
      (before, input) => transition(before.machine, input),
      beginCall({ agent: 'support', cause: 'answer' }),
    );
    expect(step.effects).toContainEqual({ type: 'session-prompt', epoch: one, prompt });
    const heard: CallInput = { type: 'goodbye-heard', epoch: one };
    expect(callAfter(ready(1), due, heard).state.at).toBe('ending');
    expect(callAfter(ready(1), due, spoke(1), { type: 'caller-spoke', epoch: one }).state.at).toBe('ending');
    expect(callAfter(ready(1), due, spoke(1), heard).effects).toEqual(['session-close 1', `release ${reason}`]);
    expect(callAfter(ready(1), { ...due, words: 'said' }, heard).state).toMatchObject({ at: 'closed', reason });
    expect(callAfter(ready(1), transfer, due).effects).toContain(`release ${reason}`);
  });
});
