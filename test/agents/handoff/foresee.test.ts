import { describe, expect, it } from 'vitest';
import { foreseeHandoff } from '../../../agents/handoff/foresee.ts';
import { epoch } from '../../../infra/brand.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { agentOf, bundleOf, callerSaid, handedOver, line, tried } from './world.ts';

const bound = (agent: string): ContextFact => ({ type: 'bound', agent, epoch: epoch(1), cause: 'answer' });
const foreseenBy = (agent: string, bundle: ReturnType<typeof bundleOf>, failedBefore = 0) =>
  foreseeHandoff({ line, agent: agentOf(agent), failedBefore }, bundle);

describe('a handoff that is coming', () => {
  it('the caller asks for somebody else, and what was said says for whom', () => {
    const asks = (words: string) =>
      foreseenBy('support', bundleOf([0, bound('support')], [1, callerSaid('My API key fails')], [2, callerSaid(words)]));
    expect(asks('Can I talk to a specialist?')).toBe('technical');
    expect(asks('Please transfer me')).toBe('technical');
    expect(asks('It still fails')).toBeUndefined();
    expect(asks('I am an expert myself')).toBe('technical'); // a guess costs a session that nobody hears
  });

  it('nobody can be told apart: none', () => {
    expect(foreseenBy('support', bundleOf([0, bound('support')], [1, callerSaid('Somebody else, please')]))).toBeUndefined();
    expect(foreseenBy('technical', bundleOf([0, bound('technical')], [1, callerSaid('Somebody else, please')]))).toBe(
      'support',
    );
  });

  it('two attempts of this agent failed', () => {
    const bundle = bundleOf([0, bound('support')], [1, callerSaid('My API key')], [2, tried('a')], [3, tried('b')]);
    expect(foreseenBy('support', bundle)).toBe('technical');
    expect(foreseenBy('support', bundle, 1)).toBeUndefined();
  });

  it('a wish that was granted is over', () => {
    const bundle = bundleOf(
      [0, bound('support')],
      [1, callerSaid('Let me talk to a specialist')],
      ...handedOver(2, 'support', 'technical'),
      [3, bound('technical')],
    );
    expect(foreseenBy('technical', bundle)).toBeUndefined();
  });
});
