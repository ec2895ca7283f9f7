import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Charge, checkedCharge } from '../../agents/charge.ts';
import { checkLine } from '../../agents/check-line.ts';
import { payment, type ToolDefinition } from '../../agents/definition.ts';
import { supportLine } from '../../agents/line.ts';
import { toolDeclarations } from '../../agents/tools/built-in.ts';
import { learnedFacts, runTool } from '../../agents/tools/run-tool.ts';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import { FakeClock } from '../world/clock.ts';

const callId = parseCallId(`CA${'0'.repeat(32)}`) as CallId;
const call = { callId, from: '+15550100', agent: 'billing', facts: {}, sendDigits() {} };
const about = { description: 'Take the payment.', input: z.object({ invoice: z.string() }) };
const euro: Charge = { amount: '49.00', currency: 'EUR' };

const run = (tool: ToolDefinition, clock = new FakeClock()) =>
  runTool({ tool, arguments: { invoice: '7' }, clock, signal: new AbortController().signal, call });

describe('a payment', () => {
  test('is irreversible, and says what to charge by its own code', async () => {
    const seen: object[] = [];
    const pays = payment({
      ...about,
      charge: ({ invoice }) => {
        seen.push({ invoice });
        return { ...euro, description: `Invoice ${invoice}` };
      },
    });
    expect(pays.effect).toBe('irreversible');
    expect(await run(pays)).toMatchObject({
      status: 'ok',
      result: { amount: '49.00', currency: 'eur', description: 'Invoice 7' },
      facts: [],
    });
    expect(seen).toEqual([{ invoice: '7' }]);
  });

  test('that takes too long to say so has charged nothing: it may be tried again', async () => {
    const clock = new FakeClock();
    const ended = run(payment({ ...about, timeoutMs: 500, charge: () => new Promise<Charge>(() => {}) }), clock);
    await clock.run(600);
    expect(await ended).toMatchObject({ status: 'timeout', result: { error: { code: 'timeout' } } });
  });

  test.each<[string, unknown]>([
    ['no number', { ...euro, amount: 49 }],
    ['nothing', { ...euro, amount: '0.00' }],
    ['less than nothing', { ...euro, amount: '-1' }],
    ['too much', { ...euro, amount: '1000001' }],
    ['three decimals', { ...euro, amount: '1.001' }],
    ['a number that only looks like one', { ...euro, amount: '1e3' }],
    ['no currency', { amount: '1' }],
    ['a currency that is none', { ...euro, currency: 'euro' }],
    ['a connector with a space', { ...euro, connector: 'my connector' }],
    ['an empty description', { ...euro, description: ' ' }],
    ['a long description', { ...euro, description: 'x'.repeat(201) }],
    ['nothing at all', undefined],
  ])('of %s is not possible', async (_, charge) => {
    expect(() => checkedCharge(charge)).toThrow(expect.objectContaining({ code: 'bad-charge' }));
    const pays = payment({ ...about, charge: () => charge as Charge });
    expect(await run(pays)).toMatchObject({ status: 'error', result: { error: { code: 'bad-charge' } } });
  });

  test('teaches by its success', () => {
    const { pays } = payment({
      ...about,
      charge: () => euro,
      learns: ({ confirmationCode }) => ({ receipt: confirmationCode ?? 'none' }),
    });
    const paid = { amount: '1.00', currency: 'eur', confirmationCode: null, cardType: 'visa' };
    expect(learnedFacts(() => pays?.learned(paid) ?? {})).toMatchObject([{ key: 'receipt', value: 'none', verified: true }]);
  });
});

const lineWith = (tool: ToolDefinition) => {
  const line = supportLine();
  const billing = line.agent({ voice: 'sage', instructions: 'Help.', tools: { pay: tool } });
  return line.team({ billing }, { start: 'billing' });
};

describe('a line with a payment', () => {
  const good = payment({ ...about, charge: () => euro });

  test('is fine, and its agent is told how the caller gets there', () => {
    const line = lineWith(good);
    expect(checkLine(line).problems).toEqual([]);
    const agent = line.agents.get('billing');
    const declared = agent === undefined ? [] : toolDeclarations(agent, line);
    expect(declared[0]?.description).toMatch(/^Take the payment\. .*secure payment.*Never ask for a card number/);
  });

  test.each<[string, Partial<ToolDefinition> & object, string]>([
    ['may be done twice', { effect: 'writes' }, 'agents.billing.tools.pay.effect'],
    ['collects digits itself', { collects: { min: 4, max: 4, timeoutMs: 9_000 } }, 'agents.billing.tools.pay'],
    ['was not made with payment()', { pays: {} as never }, 'agents.billing.tools.pay'],
    ['has no time', { timeoutMs: 0 }, 'agents.billing.tools.pay.timeoutMs'],
  ])('is not served when it %s', (_, wrong, path) => {
    expect(checkLine(lineWith({ ...good, ...wrong })).problems.map((problem) => problem.path)).toEqual([path]);
  });
});

test("a payment's arguments and lesson are typed", () => {
  payment({ ...about, charge: ({ invoice }) => ({ ...euro, description: invoice.trim() }) });
  // @ts-expect-error: there is no such argument
  payment({ ...about, charge: ({ order }) => ({ ...euro, description: order }) });
  // @ts-expect-error: an amount is a text, so that no cent is lost
  payment({ ...about, charge: () => ({ amount: 49, currency: 'eur' }) });
  expect(payment({ ...about, charge: () => euro }).timeoutMs).toBe(8_000);
});
