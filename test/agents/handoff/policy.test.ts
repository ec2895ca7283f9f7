import { describe, expect, test } from 'vitest';
import { type HandoffQuestion, judgeHandoff } from '../../../agents/handoff/policy.ts';
import { wallTime } from '../../../infra/brand.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { bundleOf, callerSaid, handedOver, learned, line, tried } from './world.ts';

const ask = (request: Partial<HandoffQuestion['request']>, rest: Partial<HandoffQuestion> = {}) =>
  judgeHandoff({
    bundle: bundleOf([1, learned('accountTier', 'Pro')]),
    line,
    request: { from: 'support', to: 'technical', reason: 'Still fails', callerAsked: false, ...request },
    turns: 3,
    now: wallTime(1_000_000),
    ...rest,
  });

describe('the default is to allow, with the trigger for the record', () => {
  test.each([
    ['the caller asked', ask({ callerAsked: true }, { bundle: bundleOf([1, tried('a')], [2, tried('b')]) }), 'caller-asked'],
    [
      'two attempts failed',
      ask({ reason: 'SDK' }, { bundle: bundleOf([1, tried('a')], [2, tried('b')]) }),
      'attempts-failed',
    ],
    ["the reason is the target's expertise", ask({ reason: 'the sdk throws' }), 'expertise'],
    [
      "the category is the target's expertise",
      ask({}, { bundle: bundleOf([1, { type: 'issue-classified', category: 'API key' }]) }),
      'expertise',
    ],
    ['none of these', ask({}), 'agent-judgement'],
    [
      'one failed attempt is not two',
      ask({}, { bundle: bundleOf([1, tried('a')], [2, tried('b', 'worked')]) }),
      'agent-judgement',
    ],
    ['a person', ask({ to: 'human' }), 'agent-judgement'],
  ])('%s', (_, judgement, trigger) => {
    expect(judgement).toEqual({ kind: 'allowed', trigger });
  });
});

describe('unknown targets are refused', () => {
  test.each([
    ['nobody', ask({ to: 'admin' })],
    ['not a target of this agent', ask({ from: 'technical', to: 'billing' })],
    ['oneself', ask({ to: 'support' })],
    ['from nobody', ask({ from: 'admin' })],
  ])('%s', (_, judgement) => {
    expect(judgement).toMatchObject({ kind: 'refused', why: 'unknown-target' });
  });
});

describe('the first turn with nothing known', () => {
  const started = { type: 'call-started', from: '+15550100', to: '+1', line: 'acme', ivr: {} } as const;
  const nothing = bundleOf([1, started], [2, callerSaid('Hello')]);
  const asked = (why: string, question: Partial<HandoffQuestion>, request: Partial<HandoffQuestion['request']> = {}) =>
    [why, ask(request, { bundle: nothing, turns: 1, ...question })] as const;

  test.each([
    asked('refused', {}),
    asked('refused before any turn', { turns: 0 }),
    asked('refused for a person too', {}, { to: 'human' }),
  ])('%s', (_, judgement) => {
    expect(judgement).toMatchObject({ kind: 'refused', why: 'nothing-known-yet', words: expect.stringContaining('Ask') });
  });

  test.each([
    asked('the caller asked', {}, { callerAsked: true }),
    asked('the second turn, though no transcript came', { turns: 2 }),
    asked('an IVR knew something', { bundle: bundleOf([1, { ...started, ivr: { topic: 'keys' } }]) }),
    asked('the issue is classified', { bundle: bundleOf([1, { type: 'issue-classified', category: 'x' }]) }),
    asked('something was tried', { bundle: bundleOf([1, tried('a')]) }),
    asked('an agent handed over already', { bundle: bundleOf(...handedOver(1, 'technical', 'support')) }),
  ])('allowed: %s', (_, judgement) => {
    expect(judgement.kind).toBe('allowed');
  });
});

describe('a word that was merely not understood', () => {
  test.each([
    'Could not understand the caller',
    'I did not hear what they said',
    'inaudible',
    "Can't catch the name",
    'mumbling',
  ])('refused: %s', (reason) => {
    expect(ask({ reason })).toMatchObject({ kind: 'refused', why: 'not-understood' });
    expect(ask({ reason, callerAsked: true }).kind).toBe('allowed');
    expect(ask({ reason }, { bundle: bundleOf([1, tried('x')]) }).kind).toBe('allowed');
  });

  test.each([
    'Cannot understand why the API answers 401',
    'The caller heard of a new SDK',
    'does not understand the invoice',
  ])('allowed: %s', (reason) => {
    expect(ask({ reason }).kind).toBe('allowed');
  });
});

describe('people are rung a few times in a call', () => {
  const failed = (number: number, to: string): (readonly [number, ContextFact])[] => {
    const transfer = `t${number}`;
    return [
      [
        number,
        { type: 'transfer-requested', transfer, from: 'support', to, way: 'warm', reason: 'r', trigger: 'caller-asked' },
      ],
      [number, { type: 'transfer-failed', transfer, to, why: 'busy' }],
    ];
  };
  const rung = (...who: readonly string[]) => bundleOf(...who.flatMap((to, index) => failed(index + 1, to)));
  const two = ['human', 'human'];

  test.each([
    ['the same person a third time', rung(...two), 'allowed'],
    ['but not a fourth time', rung(...two, 'human'), 'refused'],
    ['the sixth of all', rung(...two, 'a', 'b', 'c'), 'allowed'],
    ['but not the seventh', rung(...two, 'a', 'b', 'c', 'd'), 'refused'],
  ])('%s, even when the caller asks', (_, bundle, kind) => {
    for (const callerAsked of [false, true]) expect(ask({ to: 'human', callerAsked }, { bundle }).kind).toBe(kind);
  });

  test('the agent hears what to offer instead, and may still hand over to agents', () => {
    const bundle = rung(...two, 'human');
    expect(ask({ to: 'human' }, { bundle })).toMatchObject({
      why: 'too-many-transfers',
      instead: undefined,
      words: expect.stringContaining('call back'),
    });
    expect(ask({}, { bundle }).kind).toBe('allowed');
  });

  test('who was asked too often is not named as the way out of a merry-go-round', () => {
    const round = [...handedOver(950, 'support', 'technical'), ...handedOver(960, 'technical', 'support')];
    const bundle = bundleOf(...round, ...failed(1, 'human'), ...failed(2, 'human'), ...failed(3, 'human'));
    expect(ask({}, { bundle })).toMatchObject({ why: 'back-and-forth', instead: undefined });
  });
});

describe('merry-go-rounds', () => {
  const there = handedOver(950, 'support', 'technical');
  const back = handedOver(960, 'technical', 'support');

  test('the same pair twice within two minutes: a person instead, even when the caller asked', () => {
    const bundle = bundleOf(...there, ...back);
    for (const callerAsked of [false, true]) {
      const judgement = ask({ callerAsked }, { bundle });
      expect(judgement).toMatchObject({ kind: 'refused', why: 'back-and-forth', instead: 'human' });
      expect(judgement).toMatchObject({ words: expect.stringContaining('transfer_to_human') });
    }
    expect(ask({ to: 'billing' }, { bundle }).kind).toBe('allowed');
    expect(ask({ to: 'human' }, { bundle }).kind).toBe('allowed');
  });

  test('two minutes later it may happen again', () => {
    const bundle = bundleOf(...there, ...back);
    expect(ask({}, { bundle, now: wallTime(950_000 + 119_999) }).kind).toBe('refused');
    expect(ask({}, { bundle, now: wallTime(950_000 + 120_000) }).kind).toBe('allowed');
  });

  test('handoffs that failed or still wait do not count', () => {
    const waiting = there.slice(0, 1);
    expect(ask({}, { bundle: bundleOf(...there, ...waiting) }).kind).toBe('allowed');
  });

  test('after four handoffs only a person; an agent without one stays', () => {
    const four = bundleOf(
      ...handedOver(1, 'support', 'technical'),
      ...handedOver(2, 'technical', 'support'),
      ...handedOver(3, 'support', 'billing'),
      ...handedOver(4, 'billing', 'support'),
    );
    expect(ask({}, { bundle: four })).toMatchObject({ why: 'too-many-handoffs', instead: 'human' });
    expect(ask({ to: 'human' }, { bundle: four }).kind).toBe('allowed');
    const stuck = ask({ from: 'technical', to: 'support' }, { bundle: four });
    expect(stuck).toMatchObject({ why: 'too-many-handoffs', instead: undefined, words: expect.stringContaining('Stay') });
  });

  test('three are not four', () => {
    const three = bundleOf(
      ...handedOver(1, 'support', 'technical'),
      ...handedOver(2, 'technical', 'support'),
      ...handedOver(3, 'support', 'billing'),
    );
    expect(ask({}, { bundle: three }).kind).toBe('allowed');
  });
});
