import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../../agents/handoff/count-tokens.ts';
import { recall } from '../../../agents/handoff/recall.ts';
import type { ContextFact, Json } from '../../../store/context/event.ts';
import { agentSaid, bundleOf, callerSaid, learned } from './world.ts';

const ran = (tool: string, id: string, result: Json): readonly ContextFact[] => [
  { type: 'tool-called', tool, toolCallId: id, agent: 'support', arguments: {}, effect: 'reads' },
  { type: 'tool-returned', tool, toolCallId: id, status: 'ok', result, durationMs: 5 },
];

const facts: readonly ContextFact[] = [
  callerSaid('My gate opens by itself at night'),
  agentSaid('Which model is it?'),
  callerSaid('A Falcon 300, in the garage'),
  ...Array.from({ length: 40 }, (_, index) => callerSaid(`chatter ${index}`)),
  ...ran('readLogs', 'c1', { lines: Array.from({ length: 900 }, (_, line) => `line ${line} of the log`) }),
  ...ran('lookUpDevice', 'c2', { firmware: '2.1', owner: 'Robin' }),
  ...ran('lookUpDevice', 'c3', { firmware: '2.2', owner: 'Robin' }),
  learned('deviceModel', 'Falcon 300'),
];
const bundle = bundleOf(...facts.map((fact, index) => [index, fact] as const));
const ask = (about: string, part = 1): Record<string, unknown> =>
  Object(recall(bundle, { about, part }, estimateTokens)) as Record<string, unknown>;

describe('recall', () => {
  it('finds older turns by their words, with what was said around them', () => {
    expect(ask('the garage')['conversation']).toEqual([
      { who: 'support', said: 'Which model is it?' },
      { who: 'caller', said: 'A Falcon 300, in the garage' },
      { who: 'caller', said: 'chatter 0' },
    ]);
  });

  it('finds a tool’s results by its name, the newest first, and facts', () => {
    const found = ask('lookUpDevice');
    expect(found['toolCalls']).toMatchObject([{ result: { firmware: '2.2' } }, { result: { firmware: '2.1' } }]);
    expect(ask('what model of Falcon')['facts']).toMatchObject([{ key: 'deviceModel', value: 'Falcon 300' }]);
  });

  it('gives a long result in parts, all of it', () => {
    const whole = JSON.stringify({ lines: Array.from({ length: 900 }, (_, line) => `line ${line} of the log`) });
    const partOf = (part: number): { part: number; of: number; text: string } => {
      const calls = ask('readLogs', part)['toolCalls'];
      return Object(Array.isArray(calls) ? calls[0] : undefined).result;
    };
    const { of } = partOf(1);
    expect(of).toBeGreaterThan(3);
    expect(Array.from({ length: of }, (_, index) => partOf(index + 1).text).join('')).toBe(whole);
    expect(partOf(99)).toEqual(partOf(of));
  });

  it('is short, however much was said about it', () => {
    expect(estimateTokens(JSON.stringify(ask('chatter')))).toBeLessThanOrEqual(1_600);
    const talk = bundleOf(
      ...Array.from({ length: 500 }, (_, index) => [index, callerSaid(`gate ${index} ${'word '.repeat(60)}`)] as const),
    );
    const found = JSON.stringify(recall(talk, { about: 'gate', part: 1 }, estimateTokens));
    expect(estimateTokens(found)).toBeLessThanOrEqual(1_700);
    expect(found).toContain('gate 499 ');
  });

  it('says when there is nothing, and what there is', () => {
    expect(ask('zebra')).toEqual({
      found: 'nothing',
      hint: expect.any(String),
      tools: ['readLogs', 'lookUpDevice'],
      turns: 43,
    });
  });
});
