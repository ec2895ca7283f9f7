import { describe, expect, it } from 'vitest';
import type { CallEffect, CallInput, Handoff } from '../../../gateway/call/state.ts';
import { beginCall, transition } from '../../../gateway/call/transition.ts';
import { epoch } from '../../../infra/brand.ts';

const one = epoch(1);
const ready = (number: number): CallInput => ({ type: 'session-readied', epoch: epoch(number) });
const spoke = (number: number): CallInput => ({ type: 'session-spoke', epoch: epoch(number) });
const lost: CallInput = { type: 'session-lost', epoch: one, loss: { fatal: false, slow: false, why: 'gone' } };
const due: CallInput = { type: 'leave-ready', words: 'due', reason: 'transferred' };
const said: CallInput = { type: 'leave-ready', words: 'said', reason: 'transferred' };
const heard: CallInput = { type: 'goodbye-heard', epoch: one };
const callerSpoke: CallInput = { type: 'caller-spoke', epoch: one };
const late: CallInput = { type: 'deadline-passed', epoch: one, phase: 'leaving' };
const handoff: Handoff = { reason: 'hard', trigger: 'expertise', toolCallId: 'call_1' };
const switches: CallInput = { type: 'handoff-requested', epoch: one, to: 'technical', handoff };
const spare: CallInput = { type: 'spare-wanted', epoch: one, agent: 'technical', purpose: 'handoff' };

const inShort = (effect: CallEffect): string => {
  if (effect.type === 'call-release') return `release ${effect.reason}${effect.owesGoodbye ? ', owing a goodbye' : ''}`;
  if (effect.type === 'session-prompt') return `prompt ${effect.prompt} ${effect.epoch}`;
  if (effect.type === 'deadline-set') return `deadline ${effect.phase} ${effect.epoch}`;
  if (effect.type === 'handoff-note') return `note ${effect.note.kind}`;
  return 'epoch' in effect ? `${effect.type} ${effect.epoch}` : effect.type;
};

const callAfter = (...inputs: readonly CallInput[]) => {
  let step = beginCall({ agent: 'support', cause: 'answer' });
  for (const input of inputs) step = transition(step.machine, input);
  return { state: step.machine.state, effects: step.effects.map(inShort) };
};

const talking = [ready(1), spoke(1)];

describe('a caller whom a person takes', () => {
  it('hears the last words of the agent, who drops what it was about to say', () => {
    const leaving = callAfter(...talking, due);
    expect(leaving.effects).toEqual(['session-hush 1', 'prompt putting-through 1', 'deadline leaving 1']);
    expect(leaving.state).toMatchObject({ at: 'ending', reason: 'transferred', goodbye: 'due', resolved: null });
    expect(callAfter(...talking, due, heard).effects).toEqual([]);
    expect(callAfter(...talking, due, spoke(1), heard).effects).toEqual(['session-close 1', 'release transferred']);
  });

  it('is not told twice by an agent who has said so', () => {
    expect(callAfter(...talking, said).effects).toEqual(['deadline leaving 1']);
    expect(callAfter(...talking, said, heard).effects).toEqual(['session-close 1', 'release transferred']);
  });

  it('leaves no session open that was foreseen', () => {
    expect(callAfter(...talking, spare, due).effects[0]).toBe('session-close 2');
    expect(callAfter(...talking, spare, ready(2), said).effects).toEqual(['session-close 2', 'deadline leaving 1']);
  });

  it('leaves at once when nobody is bound, or while agents change', () => {
    expect(callAfter(due).effects).toEqual(['session-close 1', 'release transferred']);
    expect(callAfter(...talking, lost, due).effects).toEqual(['session-close 2', 'release transferred']);
    const changing = callAfter(...talking, switches, due);
    expect(changing.effects).toEqual(['note failed', 'session-close 1', 'session-close 2', 'release transferred']);
    expect(changing.state).toMatchObject({ at: 'closed', reason: 'transferred', owesGoodbye: false });
  });

  it.each<[string, CallInput, string]>([
    ['the agent was done', { type: 'end-requested', epoch: one, resolved: true }, 'agent-ended'],
    ['the caller was silent', { type: 'prompt-due', epoch: one, prompt: 'idle-goodbye' }, 'idle'],
    ['the call took too long', { type: 'prompt-due', epoch: one, prompt: 'time-goodbye' }, 'too-long'],
  ])('does not leave a call that ends because %s', (_, end, reason) => {
    const still = callAfter(...talking, end, due);
    expect(still.effects).toEqual([]);
    expect(still.state).toMatchObject({ at: 'ending', reason });
  });

  it('leaves when such an end was taken back', () => {
    const end: CallInput = { type: 'end-requested', epoch: one, resolved: true };
    expect(callAfter(...talking, end, due, callerSpoke, due).state).toMatchObject({ at: 'ending', reason: 'transferred' });
  });

  it('leaves once: what comes again, and after the end, changes nothing', () => {
    expect(callAfter(...talking, due, due).effects).toEqual([]);
    expect(callAfter(...talking, due, said).state).toMatchObject({ goodbye: 'due' });
    expect(callAfter({ type: 'caller-hung-up' }, due)).toMatchObject({ state: { reason: 'caller-hung-up' }, effects: [] });
  });

  it('leaves although they speak, since the person waits', () => {
    expect(callAfter(...talking, due, callerSpoke)).toMatchObject({ state: { reason: 'transferred' }, effects: [] });
  });

  it('leaves when the session is lost in the last words, or before them', () => {
    expect(callAfter(...talking, due, lost).effects[0]).toMatch(/^release transferred/);
    const begun = callAfter(...talking, due, spoke(1), lost);
    expect(begun).toMatchObject({ state: { at: 'ending', goodbye: 'left-behind' }, effects: [] });
    expect(callAfter(...talking, due, spoke(1), lost, heard).effects).toEqual(['release transferred']);
    expect(callAfter(...talking, due, spoke(1), lost, late).effects).toEqual(['release transferred']);
  });

  it('leaves after so long, whatever was said by then', () => {
    expect(callAfter(...talking, due, late).effects[0]).toBe('session-close 1');
    expect(callAfter(...talking, due, late).effects[1]).toMatch(/^release transferred/);
    expect(callAfter(...talking, due, spoke(1), late).effects).toEqual(['session-close 1', 'release transferred']);
    expect(callAfter(...talking, late).effects).toEqual([]);
  });

  it('who hangs up in the last words is gone, and not with the person', () => {
    expect(callAfter(...talking, due, { type: 'caller-hung-up' }).effects).toEqual([
      'session-close 1',
      'release caller-hung-up',
    ]);
  });
});
