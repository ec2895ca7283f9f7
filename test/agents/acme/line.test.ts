import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLine } from '../../../agents/acme/line.ts';
import type { CallView } from '../../../agents/definition.ts';
import { toolDeclarations } from '../../../agents/tools/built-in.ts';
import { decideTool } from '../../../agents/tools/decide-tool.ts';
import { runTool, type ToolReport } from '../../../agents/tools/run-tool.ts';
import { parseCallId } from '../../../infra/brand.ts';
import { type BackOffice, demoAccount, startBackOffice } from '../../world/back-office.ts';
import { FakeClock } from '../../world/clock.ts';

let office: BackOffice;
beforeEach(async () => {
  office = await startBackOffice();
});
afterEach(() => office.close());

const callId = parseCallId(`CA${'0'.repeat(32)}`);
if (callId === undefined) throw new Error('call id');
const caller: CallView = { callId, from: demoAccount.phone, agent: 'support', facts: {}, sendDigits() {} };

interface World {
  readonly url?: string | undefined;
  readonly call?: CallView;
  readonly fetch?: typeof fetch;
  /** What the caller entered. */
  readonly digits?: string;
}

/** Calls `agent.tool` as a model would, through the decision, with real HTTP to the back office. */
const use = (name: `${string}.${string}`, args: object = {}, world: World = {}): Promise<ToolReport> => {
  const [agentName = '', toolName = ''] = name.split('.');
  const line = createLine({
    backOfficeUrl: 'url' in world ? world.url : office.url,
    ...(world.fetch === undefined ? {} : { fetch: world.fetch }),
  });
  const agent = line.agents.get(agentName);
  if (agent === undefined) throw new Error(agentName);
  const decision = decideTool(agent, line, { name: toolName, arguments: JSON.stringify(args), known: {} });
  if (decision.kind !== 'run') throw new Error(JSON.stringify(decision));
  const { tool } = decision;
  const signal = new AbortController().signal;
  const run = { tool, arguments: decision.arguments, clock: new FakeClock(), signal, call: world.call ?? caller };
  return runTool({ ...run, ...(world.digits === undefined ? {} : { digits: world.digits }) });
};
const learned = ({ facts }: ToolReport) =>
  Object.fromEntries(facts.map((fact) => (fact.type === 'fact-learned' ? [fact.key, fact.value] : [])));
const refuses: typeof fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
const breaks: typeof fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));
const answers =
  (body: string, status = 200) =>
  (): Promise<Response> =>
    Promise.resolve(new Response(body, { status }));

test('support looks the caller up by number and learns the account', async () => {
  const report = await use('support.checkAccountStatus');
  expect(report).toMatchObject({ status: 'ok', result: { id: demoAccount.id, tier: 'Pro', apiKey: { status: 'active' } } });
  expect(learned(report)).toMatchObject({ accountId: demoAccount.id, accountTier: 'Pro', apiKeyStatus: 'active' });
  expect(JSON.stringify(report.result)).not.toContain(demoAccount.phone);
});

test('a reset really changes the key, and sent twice in a call it changes it once', async () => {
  const before = office.state.accounts.get(demoAccount.id)?.apiKey.prefix;
  const first = await use('support.resetApiKey');
  const again = await use('support.resetApiKey', { accountId: demoAccount.id });
  const after = office.state.accounts.get(demoAccount.id)?.apiKey.prefix;
  expect(after).not.toBe(before);
  expect(first).toMatchObject({ status: 'ok', result: { prefix: after, status: 'active' } });
  expect(again.result).toEqual(first.result);
  expect(office.state.resets.size).toBe(1);
});

test('technical finds the missing header', async () => {
  const logs = await use('technical.checkApiLogs');
  expect(learned(logs)).toEqual({ lastApiStatus: 401, authorizationHeader: 'missing' });
  const fix = await use('technical.debugSdkIntegration', { language: 'Node', symptom: '401' });
  expect(fix).toMatchObject({ status: 'ok', output: expect.stringContaining('Authorization') });
});

test('technical sees in the log that it works now; a failure there may be older than the fix', async () => {
  expect(await use('technical.checkApiLogs')).not.toHaveProperty('solved');
  const requests = office.state.requests.get(demoAccount.id) ?? [];
  const [newest] = requests;
  if (newest === undefined) throw new Error('no requests');
  requests.unshift({ ...newest, status: 200, authorizationHeader: 'present' });
  expect(await use('technical.checkApiLogs')).toMatchObject({ status: 'ok', solved: true });
  office.state.requests.set(demoAccount.id, []);
  expect(await use('technical.checkApiLogs')).not.toHaveProperty('solved');
});

test('billing lists invoices and explains one', async () => {
  const list = await use('billing.getInvoices');
  expect(list).toMatchObject({ status: 'ok', result: { invoices: [{ number: 'INV-2026-001', amount: 49 }] } });
  expect(list.output).not.toContain('lines');
  expect(await use('billing.explainCharge', { invoiceNumber: 'INV-2026-001' })).toMatchObject({
    result: { lines: [{ amount: 49 }] },
  });
  expect(await use('billing.explainCharge', { invoiceNumber: 'INV-0' })).toMatchObject({
    status: 'error',
    output: expect.stringContaining('not-found'),
  });
});

test('billing has the PIN of the account verified, which goes to the back office and nowhere else', async () => {
  const entered = (digits: string) => use('billing.verifyPin', { pin: 'guessed' }, { digits });
  const right = await entered('4711');
  expect(right).toMatchObject({ status: 'ok', result: { verified: true, attemptsLeft: 3 } });
  expect(learned(right)).toEqual({ pinVerified: true });
  const wrong = await entered('90471683');
  expect(learned(wrong)).toEqual({});
  expect(JSON.stringify([wrong, office.calls])).not.toContain('90471683');
});

describe('only the account of the number that calls', () => {
  const tools = ['support.checkAccountStatus', 'support.resetApiKey'] as const;

  test.each(tools)('%s refuses the account of somebody else', async (name) => {
    const report = await use(name, { accountId: 'acct_2077' });
    expect(report).toMatchObject({ status: 'error', output: expect.stringContaining('not-your-account'), facts: [] });
    expect(report.output).not.toContain('Sam');
    expect(office.state.resets.size).toBe(0);
  });

  test('nor does a remembered account id open it', async () => {
    const call = { ...caller, facts: { accountId: 'acct_2077' } };
    expect(await use('technical.checkApiLogs', {}, { call })).toMatchObject({
      output: expect.stringContaining('not-your-account'),
    });
  });

  test.each(['..', '../../secrets', 'x?y=1', 'by-phone/+14155550134', 'http://169.254.169.254/', '%2e%2e'])(
    '%s is no id',
    async (id) => {
      const known = { ...caller, facts: { accountId: id } };
      const reports = [
        await use('support.resetApiKey', { accountId: id }),
        await use('technical.checkApiLogs', {}, { call: known }),
      ];
      for (const report of reports) expect(report.output).toContain('account-not-found');
      expect(office.calls).toEqual([]);
    },
  );

  test('an unknown or withheld number has no account', async () => {
    for (const from of ['anonymous', '', '+266696687', '+14155550999', 'sip:x@y']) {
      const report = await use('support.checkAccountStatus', {}, { call: { ...caller, from } });
      expect(report).toMatchObject({ status: 'error', output: expect.stringContaining('account-not-found') });
    }
  });
});

describe('a back office in trouble', () => {
  test.each<[string, World, string]>([
    ['none', { url: undefined }, 'back-office-not-connected'],
    ['refuses', { fetch: refuses }, 'back-office-unreachable'],
    ['breaks', { fetch: breaks }, 'back-office-unreachable'],
    ['fails', { fetch: answers('{}', 500) }, 'back-office-failed'],
    ['answers nonsense', { fetch: answers('<html>') }, 'back-office-failed'],
    ['answers another shape', { fetch: answers('{"id":7}') }, 'back-office-failed'],
    ['answers without end', { fetch: answers('x'.repeat(70_000)) }, 'back-office-failed'],
  ])('%s', async (...[, world, code]) => {
    const report = await use('support.checkAccountStatus', {}, world);
    expect(report).toMatchObject({ status: 'error', output: expect.stringContaining(code), facts: [] });
  });

  /** Finds the account, then lets the reset meet its fate. */
  const thenReset = (fate: typeof fetch): World => ({
    fetch: (url, init) => (init?.method === 'POST' ? fate(url, init) : fetch(url, init)),
  });

  test.each<[string, typeof fetch, string]>([
    ['the connection is refused: surely not done', refuses, 'error'],
    ['the connection breaks: nobody knows', breaks, 'unknown'],
    ['it fails inside: nobody knows', answers('{}', 500), 'unknown'],
    ['it answers nonsense: nobody knows', answers('<html>'), 'unknown'],
    ['it says no: surely not done', answers('{}', 409), 'error'],
  ])('a reset when %s', async (...[, fate, status]) => {
    expect(await use('support.resetApiKey', {}, thenReset(fate))).toMatchObject({ status });
  });
});

test('three voices, every handoff mutual, every declaration small', () => {
  const line = createLine({ backOfficeUrl: undefined });
  expect([...line.agents.values()].map(({ name, voice }) => [name, voice])).toEqual([
    ['support', 'marin'],
    ['technical', 'cedar'],
    ['billing', 'sage'],
  ]);
  for (const agent of line.agents.values()) {
    expect([...agent.handoffs.keys(), agent.name].sort()).toEqual(['billing', 'human', 'support', 'technical']);
    expect(JSON.stringify(toolDeclarations(agent, line)).length).toBeLessThan(8_000);
  }
});
