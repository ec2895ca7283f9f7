import { expect, it } from 'vitest';
import type { RouteView } from '../../../agents/definition.ts';
import { routeCall } from '../../../agents/handoff/route.ts';
import { supportLine } from '../../../agents/line.ts';

const builder = supportLine();
const agents = {
  support: builder.agent({ voice: 'marin', instructions: 'Help.' }),
  billing: builder.agent({ voice: 'sage', instructions: 'Help.' }),
};
const call: RouteView = { from: '+14155550134', to: '+1', facts: { lastCallIssue: 'invoice' } };

it('decides who answers from what is known before the first word', () => {
  const line = builder.team(agents, {
    start: 'support',
    route: ({ facts }) => (facts['lastCallIssue'] === 'invoice' ? 'billing' : undefined),
  });
  expect(routeCall(line, call)).toEqual({ agent: 'billing' });
  expect(routeCall(line, { ...call, facts: {} })).toEqual({ agent: 'support' });
});

it('a line without a route starts with its start', () => {
  expect(routeCall(builder.team(agents, { start: 'support' }), call)).toEqual({ agent: 'support' });
});

it('a route that names nobody does not compile, and costs nothing when it is let in all the same', () => {
  // @ts-expect-error nobody is called biling
  const line = builder.team(agents, { start: 'support', route: () => 'biling' });
  expect(routeCall(line, call)).toEqual({ agent: 'support', trouble: expect.stringContaining('"biling"') });
});

it('nor does one that throws', () => {
  const line = builder.team(agents, {
    start: 'support',
    route: () => {
      throw new Error('no table');
    },
  });
  expect(routeCall(line, call)).toEqual({ agent: 'support', trouble: 'route threw: no table' });
});
