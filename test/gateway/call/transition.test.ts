import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEffect, CallInput, CallMachine, Handoff, Step } from '../../../gateway/call/state.ts';
import { beginCall, transition } from '../../../gateway/call/transition.ts';
import { type Epoch, epoch } from '../../../infra/brand.ts';
import { InvariantWatch, type MachineUnderTest } from './invariants.ts';

const real: MachineUnderTest = { begin: beginCall, transition };
const handoff: Handoff = { reason: 'needs the specialist', trigger: 'expertise', toolCallId: 'call_1' };

/** How far back from the newest epoch an input points: mostly at sessions that live, sometimes at one long gone. */
const epochs = fc
  .oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(2, 3) },
  )
  .map(epoch);
const withEpoch = <Type extends string>(type: Type) => epochs.map((back) => ({ type, epoch: back }));
const anyInput: fc.Arbitrary<CallInput> = fc.oneof(
  { weight: 8, arbitrary: withEpoch('session-readied') },
  { weight: 8, arbitrary: withEpoch('session-spoke') },
  { weight: 4, arbitrary: withEpoch('response-finished') },
  { weight: 2, arbitrary: withEpoch('session-wrote') },
  {
    weight: 6,
    arbitrary: epochs.map((back) => ({ type: 'handoff-requested', epoch: back, to: 'technical', handoff }) as const),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('session-lost' as const),
      epoch: epochs,
      loss: fc.record({ fatal: fc.boolean(), slow: fc.boolean(), why: fc.constant('gone') }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('deadline-passed' as const),
      epoch: epochs,
      phase: fc.constantFrom(
        'preparing' as const,
        'proving' as const,
        'draining' as const,
        'ending' as const,
        'leaving' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('spare-wanted' as const),
      epoch: epochs,
      agent: fc.constantFrom('support', 'technical'),
      purpose: fc.constantFrom('rotation' as const, 'handoff' as const),
    }),
  },
  { weight: 1, arbitrary: withEpoch('spare-unwanted') },
  { weight: 3, arbitrary: withEpoch('pause-reached') },
  { weight: 1, arbitrary: epochs.map((back) => ({ type: 'end-requested', epoch: back, resolved: true }) as const) },
  { weight: 1, arbitrary: withEpoch('goodbye-heard') },
  { weight: 1, arbitrary: withEpoch('caller-spoke') },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('prompt-due' as const),
      epoch: epochs,
      prompt: fc.constantFrom(
        'still-there' as const,
        'idle-goodbye' as const,
        'time-warning' as const,
        'time-goodbye' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<CallInput>(
      { type: 'caller-hung-up' },
      { type: 'phone-lost' },
      { type: 'shut-down' },
      { type: 'leave-ready', words: 'due', reason: 'paying' },
      { type: 'leave-ready', words: 'said', reason: 'transferred' },
    ),
  },
);

/** Runs one call and says what broke. A session that was lost can't be lost again, as with the real port. */
const runCall = (machine: MachineUnderTest, inputs: readonly CallInput[]): readonly string[] => {
  const watch = new InvariantWatch();
  let step = machine.begin({ agent: 'support', cause: 'answer' });
  watch.step(step, undefined);
  for (const relative of inputs) {
    const input = 'epoch' in relative ? { ...relative, epoch: epoch(watch.newest - relative.epoch) } : relative;
    if (input.type === 'session-lost' && !watch.open.has(input.epoch)) continue;
    if (input.type === 'session-lost') watch.died(input.epoch);
    watch.saw(input);
    step = machine.transition(step.machine, input);
    watch.step(step, input);
  }
  if (step.machine.state.at !== 'closed') {
    step = machine.transition(step.machine, { type: 'caller-hung-up' });
    watch.step(step, { type: 'caller-hung-up' });
  }
  const after = machine.transition(step.machine, { type: 'caller-hung-up' });
  watch.step(after, { type: 'caller-hung-up' });
  return watch.broken;
};

const holds = (machine: MachineUnderTest) =>
  fc.check(
    fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
      expect(runCall(machine, inputs)).toEqual([]);
    }),
    { numRuns: 5_000, seed: 20_261_124 },
  );

describe('the call as a machine', () => {
  it('keeps its invariants under random inputs', () => {
    const result = holds(real);
    expect(result.failed, JSON.stringify(result.counterexample)).toBe(false);
  });
});

const withEffects = (
  change: (effects: readonly CallEffect[], input: CallInput | undefined) => readonly CallEffect[],
): MachineUnderTest => {
  const changed = (step: Step, input?: CallInput): Step => ({ ...step, effects: change(step.effects, input) });
  return {
    begin: (request) => changed(beginCall(request)),
    transition: (machine, input) => changed(transition(machine, input), input),
  };
};

/** The epoch that a careless machine would take a late input for. */
const currentEpoch = (machine: CallMachine): Epoch => machine.lastEpoch;

const planted: Readonly<Record<string, MachineUnderTest>> = {
  'an epoch is used again': {
    begin: beginCall,
    transition: (machine, input) => {
      const step = transition(machine, input);
      return { ...step, machine: { ...step.machine, lastEpoch: epoch(Math.min(step.machine.lastEpoch, 1)) } };
    },
  },
  'the old session is not closed at the commit': withEffects((effects) =>
    effects.some((effect) => effect.type === 'media-bind')
      ? effects.filter((effect) => effect.type !== 'session-close')
      : effects,
  ),
  'the failed session is not closed at the rollback': withEffects((effects) =>
    effects.some((effect) => effect.type === 'transfer-answer')
      ? effects.filter((effect) => effect.type !== 'session-close')
      : effects,
  ),
  'the end closes sessions twice': withEffects((effects) =>
    effects.some((effect) => effect.type === 'call-release')
      ? [...effects.filter((effect) => effect.type === 'session-close'), ...effects]
      : effects,
  ),
  'a call hangs up twice': withEffects((effects) => [
    ...effects,
    ...effects.filter((effect) => effect.type === 'call-release'),
  ]),
  'a call is never released': withEffects((effects) => effects.filter((effect) => effect.type !== 'call-release')),
  'a handoff is bound as soon as it is configured': {
    begin: beginCall,
    transition: (machine, input) => {
      if (machine.state.at !== 'switching' || input.type !== 'session-readied') return transition(machine, input);
      const ready = transition(machine, input);
      const spoke = transition(ready.machine, { type: 'response-finished', epoch: machine.state.bound.epoch });
      const bound = transition(spoke.machine, { type: 'session-spoke', epoch: input.epoch });
      return { machine: bound.machine, effects: [...ready.effects, ...spoke.effects, ...bound.effects] };
    },
  },
  'late inputs act as if they were current': {
    begin: beginCall,
    transition: (machine, input) =>
      transition(machine, 'epoch' in input ? { ...input, epoch: currentEpoch(machine) } : input),
  },
  'a second request opens a third session': {
    begin: beginCall,
    transition: (machine, input) => {
      if (machine.state.at !== 'switching' || input.type !== 'handoff-requested') return transition(machine, input);
      const { bound } = machine.state;
      return transition(
        { ...machine, state: { at: 'talking', bound, failures: 0, hasSpoken: true, resolved: null } },
        { ...input, epoch: bound.epoch },
      );
    },
  },
  'a spare session is left open when another is needed': withEffects((effects) =>
    effects.some((effect) => effect.type === 'session-open' && effect.cause === 'handoff')
      ? effects.filter((effect) => effect.type !== 'session-close')
      : effects,
  ),
  'a rotation does not wait for the new session': {
    begin: beginCall,
    transition: (machine, input) => {
      if (machine.state.at !== 'talking' || input.type !== 'pause-reached' || machine.state.spare === undefined)
        return transition(machine, input);
      const spare = { ...machine.state.spare, isReady: true };
      return transition({ ...machine, state: { ...machine.state, spare } }, input);
    },
  },
  'a spare session is bound without being told of the call': withEffects((effects) =>
    effects.filter((effect) => effect.type !== 'session-brief'),
  ),
  'a caller who leaves for a person leaves sessions open': {
    begin: beginCall,
    transition: (machine, input) => {
      const step = transition(machine, input);
      if (input.type !== 'leave-ready') return step;
      return { ...step, effects: step.effects.filter((effect) => effect.type !== 'session-close') };
    },
  },
  'a caller leaves for a person twice': {
    begin: beginCall,
    transition: (machine, input) => {
      if (input.type !== 'leave-ready' || machine.state.at !== 'closed') return transition(machine, input);
      return { machine, effects: [{ type: 'call-release', reason: 'transferred', resolved: null, owesGoodbye: false }] };
    },
  },
  'the end forgets the session that is being prepared': {
    begin: beginCall,
    transition: (machine, input) => {
      const step = transition(machine, input);
      if (machine.state.at !== 'switching' || step.machine.state.at !== 'closed') return step;
      const { epoch: next } = machine.state.next;
      return { ...step, effects: step.effects.filter((effect) => effect.type !== 'session-close' || effect.epoch !== next) };
    },
  },
};

describe('planted faults', () => {
  for (const [name, machine] of Object.entries(planted)) {
    it(`are caught: ${name}`, () => {
      expect(holds(machine).failed).toBe(true);
    });
  }
});
