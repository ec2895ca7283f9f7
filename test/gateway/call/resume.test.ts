import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import type { ScriptedSession } from '../../world/scripted-session.ts';
import { answeredCall } from './answered-call.ts';
import { houseOver, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { left, payingLine, payingWorld, startedPayment } from './paying-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 2_000 };

/** The same call on another node, which knows only what is stored. */
const takenUp = async (facts: CallRunner['facts']) => {
  const world = houseOver(sqlite);
  const runner = new CallRunner({ ...world.house, owner: 'node-2' }, new ScriptedPhone(facts.callId), facts);
  await runner.resume('resume');
  return { ...world, runner };
};

const briefingOf = (session: ScriptedSession): string => JSON.stringify(session.setup.history);

it('a tool that was at work when its node was lost has an unknown outcome, and is not waited for', async () => {
  const { runner, first, greeted, bench } = answeredCall(sqlite);
  greeted();
  first.starts('r');
  first.callsTool('c', 'reset', { key: 'k' });
  first.ends();
  await expect.poll(() => bench.runs.length, soon).toBe(1);
  expect(await runner.journal.stored(1_000)).toBe(true);
  const next = await takenUp(runner.facts);
  expect(briefingOf(next.session(1))).toContain(String.raw`\"name\":\"reset\",\"agent\":\"support\",\"status\":\"unknown\"`);
  next.session(1).readies();
  next.session(1).starts('again');
  next.session(1).callsTool('c2', 'reset', { key: 'k' });
  next.session(1).ends();
  await expect.poll(() => next.session(1).toolOutputs.length, soon).toBe(1);
  expect(next.session(1).toolOutputs[0]?.output).toContain('outcome-unknown');
  expect(next.bench.runs).toEqual([]);
});

it('a handoff that was under way when its node was lost did not happen, and the agent is told', async () => {
  const { runner, greeted, asksForHandoff } = answeredCall(sqlite);
  greeted();
  asksForHandoff();
  expect(await runner.journal.stored(1_000)).toBe(true);
  const next = await takenUp(runner.facts);
  expect(next.session(1).setup.agent).toBe('support');
  expect(briefingOf(next.session(1))).toContain('transfersThatFailed');
  expect(next.runner.journal.bundle.handoffs).toMatchObject([{ to: 'technical', outcome: 'failed' }]);
});

it('safe mode outlives the session that was opened for it', async () => {
  const { runner, greeted } = answeredCall(sqlite);
  greeted();
  expect(await runner.journal.stored(1_000)).toBe(true);
  const second = await takenUp(runner.facts);
  second.session(1).readies();
  expect(await second.runner.journal.stored(1_000)).toBe(true);
  const third = await takenUp(runner.facts);
  third.session(1).readies();
  third.session(1).answers('r', speech(40));
  const tools = (number: number) => third.session(number).setup.tools.map(({ name }) => name);
  expect(tools(1)).toEqual(['end_call']);
  third.session(1).breaks();
  expect(tools(2)).toEqual(['end_call']);
});

it('a call that was ended by us, which nobody knew yet when the carrier asked, is not taken up again', async () => {
  const { runner, greeted, first, phone, clock } = answeredCall(sqlite);
  greeted();
  first.starts('bye');
  first.speaks({ response: 'bye', item: 'bye' }, speech(200), 'Goodbye.');
  first.callsTool('c', 'end_call', { resolved: true });
  first.ends();
  clock.advance(200);
  phone.returnsMarks();
  expect(await runner.ended).toMatchObject({ reason: 'agent-ended' });
  const next = await takenUp(runner.facts);
  expect(await next.runner.ended).toMatchObject({ reason: 'superseded' });
  expect(next.sessions).toEqual([]);
  const ends = (await sqlite.load(runner.facts.callId))?.events.filter(({ type }) => type === 'call-ended');
  expect(ends).toMatchObject([{ reason: 'agent-ended', resolved: true }]);
});

describe('a payment that was under way when the caller is here again', () => {
  const back = async (cause: 'resume' | 'return', written: Parameters<typeof payingWorld>[1], isHandedOver = false) => {
    const { call, one, bundle } = await payingWorld(sqlite, written);
    if (isHandedOver) await one.nextFor(await bundle(), true);
    const world = houseOver(sqlite);
    const house = { ...world.house, line: payingLine(), owner: 'node-3' };
    const runner = new CallRunner(house, new ScriptedPhone(call.callId), call);
    await runner.resume(cause);
    return { ...world, bundle: runner.journal.bundle };
  };
  const [asked] = startedPayment();
  if (asked === undefined) throw new Error('a payment is asked for first');

  it.each([
    ['was never handed over: nothing was charged', 'resume', false, 'not-begun', 'error'],
    ['was handed over, and nobody said what came of it', 'return', true, 'unknown', 'unknown'],
    ['was handed over, and the way back broke', 'resume', true, 'unknown', 'unknown'],
  ] as const)('%s', async (...[, cause, isHandedOver, outcome, status]) => {
    const { bundle, session, counted } = await back(cause, [...startedPayment(), left], isHandedOver);
    expect(bundle.payments).toMatchObject([{ state: 'ended', outcome }]);
    expect(bundle.toolCalls).toMatchObject([{ name: 'pay', status }]);
    expect(counted).toContain(`throughline_payments_total ${outcome}`);
    expect(briefingOf(session(1))).toContain(String.raw`\"outcome\":\"${outcome}\"`);
    expect(session(1).setup.instructions.includes('from a payment by card')).toBe(cause === 'return');
  });

  it('was lost before it was started: it may be asked for again', async () => {
    const { bundle } = await back('resume', [asked]);
    expect(bundle.toolCalls).toMatchObject([{ name: 'pay', status: 'error' }]);
  });
});
