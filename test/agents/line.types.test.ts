import { expect, test } from 'vitest';
import { z } from 'zod';
import { tool } from '../../agents/definition.ts';
import { supportLine } from '../../agents/line.ts';

// The proofs here are the compiler's: an `@ts-expect-error` that expects in vain does not compile.
const line = supportLine();
const about = { voice: 'marin', instructions: 'Help.' };
const lonely = line.agent(about);

test('cycles of handoffs compile and run', () => {
  const support = line.agent({ ...about, handoffs: { technical: 'SDK errors', human: 'the caller asks' } });
  const technical = line.agent({ ...about, handoffs: { support: 'anything else' } });
  const team = line.team({ support, technical }, { start: 'support', humans: { human: {} } });
  expect([...(team.agents.get('technical')?.handoffs.keys() ?? [])]).toEqual(['support']);
});

test('a misspelt handoff target does not compile', () => {
  const support = line.agent({ ...about, handoffs: { technicl: 'SDK errors' } });
  // @ts-expect-error no agent and no person is called technicl
  line.team({ support, technical: lonely }, { start: 'support' });
  // @ts-expect-error a person of another name does not help
  line.team({ support, technical: lonely }, { start: 'support', humans: { human: {} } });
  expect(line.team({ support, technicl: lonely }, { start: 'support' }).agents.size).toBe(2);
});

test('a handoff to oneself does not compile', () => {
  const support = line.agent({ ...about, handoffs: { support: 'myself' } });
  // @ts-expect-error support is no target of support
  expect(line.team({ support }, { start: 'support' }).agents.size).toBe(1);
});

test('a misspelt fallback of a person, or oneself, does not compile', () => {
  const start = { start: 'support' } as const;
  const team = line.team({ support: lonely }, { ...start, humans: { desk: { fallback: 'night' }, night: {} } });
  expect(team.humans.get('desk')).toEqual({ fallback: 'night' });
  // @ts-expect-error nobody is called nigth
  line.team({ support: lonely }, { ...start, humans: { desk: { fallback: 'nigth' }, night: {} } });
  // @ts-expect-error desk is no fallback of desk
  line.team({ support: lonely }, { ...start, humans: { desk: { fallback: 'desk' } } });
});

test('a misspelt start does not compile', () => {
  // @ts-expect-error nobody is called suport
  expect(line.team({ support: lonely }, { start: 'suport' }).start).toBe('suport');
});

test("a tool's arguments and result are typed from its input and run", () => {
  const looksUp = tool({
    description: 'Look up.',
    input: z.object({ id: z.string() }),
    effect: 'reads',
    run: ({ id }) => ({ tier: id.toUpperCase() }),
    learns: ({ tier }) => ({ accountTier: tier }),
  });
  tool({
    description: 'Wrong.',
    input: z.object({ id: z.string() }),
    effect: 'reads',
    // @ts-expect-error id is a string
    run: ({ id }) => id.toFixed(2),
  });
  tool({
    description: 'Wrong.',
    input: z.object({}),
    effect: 'reads',
    run: () => ({ tier: 'Pro' }),
    // @ts-expect-error the result has no field of that name
    learns: ({ teir }) => ({ accountTier: teir }),
  });
  tool({
    description: 'Right.',
    input: z.object({}),
    effect: 'reads',
    run: () => ({ tier: 'Pro' }),
    verifies: ({ tier }) => (tier === '' ? undefined : tier === 'Pro'),
  });
  tool({
    description: 'Wrong.',
    input: z.object({}),
    effect: 'reads',
    run: () => ({ tier: 'Pro' }),
    // @ts-expect-error a word on a solution is yes, no or nothing
    verifies: ({ tier }) => tier,
  });
  tool({
    description: 'Wrong.',
    input: z.object({}),
    effect: 'reads',
    run: () => ({ tier: 'Pro' }),
    // @ts-expect-error the result has no field of that name
    verifies: ({ teir }) => teir === 'Pro',
  });
  expect(looksUp.timeoutMs).toBe(8_000);
});

test('what an IVR passes on is typed from the schema, and `verified` from the facts', () => {
  const accepts = z.object({ accountId: z.string(), tries: z.number() });
  const start = { start: 'support' } as const;
  const plain = line.team({ support: lonely }, { ...start, intake: { accepts, verified: ['accountId'] } });
  expect(plain.intake?.facts({ accountId: 'a', tries: 2 })).toEqual({ accountId: 'a', tries: 2 });
  // @ts-expect-error there is no fact of that name
  line.team({ support: lonely }, { ...start, intake: { accepts, verified: ['acountId'] } });
  const mapped = line.team(
    { support: lonely },
    { ...start, intake: { accepts, facts: ({ accountId }) => ({ account: accountId?.trim() }), verified: ['account'] } },
  );
  expect(mapped.intake?.facts({ accountId: ' a ' })).toEqual({ account: 'a' });
  line.team(
    { support: lonely },
    // @ts-expect-error the facts are what `facts` returns
    { ...start, intake: { accepts, facts: ({ accountId }) => ({ account: accountId }), verified: ['accountId'] } },
  );
  // @ts-expect-error any of the fields may be missing
  line.team({ support: lonely }, { ...start, intake: { accepts, facts: ({ tries }) => ({ tries: tries + 1 }) } });
  // @ts-expect-error nobody asks for that field
  line.team({ support: lonely }, { ...start, intake: { accepts, facts: ({ month }) => ({ month }) } });
});
