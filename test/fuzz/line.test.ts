import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkLine } from '../../agents/check-line.ts';
import { tool } from '../../agents/definition.ts';
import { disturbed, nastyJson, nastyText, neverThrows } from './runs.ts';

const reads = tool({ description: 'Looks.', input: z.object({}), effect: 'reads', run: () => 1 });
const strange: fc.Arbitrary<unknown> = fc.oneof(
  nastyJson,
  fc.anything({ withMap: true, withSet: true, withBigInt: true, withNullPrototype: true, maxDepth: 2 }),
  fc.constantFrom(Symbol('s'), () => 1, undefined),
  fc.constant({
    get voice() {
      throw new Error('thrown by a getter');
    },
  }),
);
const mapOf = (keys: fc.Arbitrary<unknown>, values: fc.Arbitrary<unknown>) =>
  fc.array(fc.tuple(keys, values), { maxLength: 3 }).map((entries) => new Map(entries));
const name = fc.oneof(fc.constantFrom('support', 'technical', 'suppоrt'), nastyText, strange);
const toolLike = fc.oneof(disturbed({ ...reads }), strange, fc.constant(reads));
const agentLike = fc
  .tuple(
    disturbed({
      name: 'support',
      voice: 'marin',
      instructions: 'Help.',
      greeting: undefined,
      expertise: [],
      accepts: undefined,
    }),
    fc.oneof(mapOf(name, toolLike), strange),
    fc.oneof(mapOf(name, fc.oneof(nastyText, strange)), strange),
  )
  .map(([fields, tools, handoffs]) => ({ ...fields, tools, handoffs }));
const lineLike = fc
  .tuple(
    disturbed({ name: 'line', start: 'support', language: 'en', userState: undefined }),
    fc.oneof(mapOf(name, fc.oneof(agentLike, strange)), strange),
    fc.oneof(mapOf(name, fc.oneof(fc.constantFrom({}, { number: '+4930123456' }), strange)), strange),
  )
  .map(([fields, agents, humans]) => ({ ...fields, agents, humans }));

test('agent definitions: whatever a module exports is a line, or refused with path and reason', () => {
  neverThrows(fc.oneof({ weight: 5, arbitrary: lineLike }, strange), (value) => {
    const { line, problems } = checkLine(value);
    expect(line === undefined).toBe(problems.length > 0);
    for (const { path, reason } of problems)
      expect([path, reason]).toEqual([expect.stringMatching(/./), expect.stringMatching(/\w/)]);
  });
});
