import { describe, expect, it } from 'vitest';
import type { RouteView } from '../../../agents/definition.ts';
import { routeCall } from '../../../agents/handoff/route.ts';
import { type RouteRule, toldCategory } from '../../../agents/handoff/rules.ts';
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

describe('an accepted suggestion', () => {
  const wallMs = Date.parse('2026-01-10T00:00:00.000Z');
  const rule: RouteRule = { id: 'r1', line: 'line', category: 'Invoices', from: 'support', to: 'billing' };
  const line = builder.team(agents, { start: 'support' });
  const routed = (facts: RouteView['facts'], changed: Partial<RouteRule> = {}) =>
    routeCall(line, { ...call, facts }, { rules: [{ ...rule, ...changed }], wallMs });

  it.each(['issueCategory', 'category', 'topic'])('sends a call of its category to the specialist: %s says it', (key) => {
    expect(routed({ [key]: ' invoices' })).toEqual({ agent: 'billing', rule: 'r1' });
    expect(routed({ [key]: 'API key' })).toEqual({ agent: 'support' });
  });

  it.each<[string, RouteView['facts']]>([
    ['nothing is known', {}],
    ['something else is known', { department: 'Invoices' }],
    ['the category is no text', { topic: 3, category: ['Invoices'] }],
    ['the category is empty', { issueCategory: ' ' }],
    ['it comes by a prototype', Object.create({ issueCategory: 'Invoices' })],
  ])('does nothing where %s', (_, facts) => {
    expect(routed(facts)).toEqual({ agent: 'support' });
  });

  it.each<[string, Partial<RouteRule>]>([
    ['of another line', { line: 'other' }],
    ['for calls that another agent answers', { from: 'billing' }],
    ['to an agent that the line has no more', { to: 'technical' }],
    ['to the one who answers', { to: 'support' }],
  ])('%s does nothing', (_, changed) => {
    expect(routed({ topic: 'invoices' }, changed)).toEqual({ agent: 'support' });
  });

  it("gives way to the line's own route, also when that broke", () => {
    const view = { ...call, facts: { topic: 'Invoices' } };
    const rules = { rules: [rule], wallMs };
    expect(routeCall({ ...line, route: () => 'support' }, view, rules)).toEqual({ agent: 'support' });
    expect(routeCall({ ...line, route: () => undefined }, view, rules)).toEqual({ agent: 'billing', rule: 'r1' });
    const broken = () => {
      throw new Error('no table');
    };
    expect(routeCall({ ...line, route: broken }, view, rules)).toEqual({
      agent: 'support',
      trouble: 'route threw: no table',
    });
  });

  const last = { lastCallIssue: 'Invoices', lastCallOutcome: 'not resolved', lastCallAt: '2026-01-04T00:00:00.000Z' };

  it('counts for who calls again about what was not solved, within a week', () => {
    expect(routed(last)).toEqual({ agent: 'billing', rule: 'r1' });
    expect(toldCategory({ ...last, lastCallOutcome: 'resolved' }, wallMs)).toBeUndefined();
    expect(toldCategory({ ...last, lastCallOutcome: 'unknown' }, wallMs)).toBeUndefined();
    expect(toldCategory({ ...last, lastCallAt: '2026-01-02T23:59:59.000Z' }, wallMs)).toBeUndefined();
    expect(toldCategory({ ...last, lastCallAt: 'then' }, wallMs)).toBeUndefined();
  });

  it('what an IVR says of this call counts before what the last one was about', () => {
    expect(toldCategory({ ...last, topic: 'API key' }, wallMs)).toBe('API key');
  });
});
