import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Charge } from '../../../agents/charge.ts';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { payingLine } from './paying-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 2_000 };

/** A call whose agent may ask for a payment; the line's code says what to charge when the test lets it. */
const payingCall = async () => {
  const world = houseOver(sqlite);
  const charge = Promise.withResolvers<Charge & { description: string }>();
  const phone = new ScriptedPhone(newCall().callId);
  const facts = { ...newCall(), callId: phone.callId };
  const runner = new CallRunner({ ...world.house, line: payingLine(() => charge.promise) }, phone, facts);
  runner.answer();
  const session = world.session(1);
  session.readies();
  expect(await runner.journal.stored(1_000)).toBe(true);
  /** A response that says something, or not, and asks for the payment. */
  const asks = (id: string, isSpoken: boolean) => {
    session.starts(`r-${id}`);
    if (isSpoken) session.speaks({ response: `r-${id}`, item: `i-${id}` }, speech(20));
    session.callsTool(id, 'pay', { invoice: '7' });
    session.ends();
  };
  const says = () => charge.resolve({ amount: '49.00', currency: 'eur', description: 'Invoice 7' });
  const outputs = () => session.toolOutputs.map(({ toolCallId, output }) => `${toolCallId} ${output}`);
  const { journal } = runner;
  return { ...world, runner, phone, session, asks, says, charge, outputs, journal };
};

describe('a payment that an agent asks for', () => {
  it('is stored before the caller leaves, who hears the last words to their end', async () => {
    const { asks, says, journal, runner, phone, store, outputs } = await payingCall();
    asks('c1', true);
    says();
    await expect
      .poll(() => journal.bundle.payments, soon)
      .toMatchObject([{ payment: 'p1', amount: '49.00', state: 'pending' }]);
    await expect.poll(() => runner.state, soon).toMatchObject({ at: 'ending', reason: 'paying', goodbye: 'begun' });
    expect(outputs()).toEqual([expect.stringContaining('secure payment')]);
    phone.returnsMarks();
    expect(await runner.ended).toEqual({ reason: 'paying', owesGoodbye: false });
    expect((await store.load(runner.facts.callId))?.events.at(-1)).toMatchObject({ type: 'stream-ended', reason: 'paying' });
  });

  it('without a word makes the agent say where the caller goes', async () => {
    const { asks, says, runner, session } = await payingCall();
    asks('c1', false);
    says();
    await expect.poll(() => runner.state, soon).toMatchObject({ at: 'ending', goodbye: 'due' });
    expect(session.asks.at(-1)).toMatchObject({ tools: 'none', addition: expect.stringContaining('secure payment') });
    runner.input({ type: 'caller-hung-up' });
  });

  it('asked for again meanwhile is under way, and nothing else is begun', async () => {
    const { asks, says, session, runner, outputs, journal } = await payingCall();
    asks('c1', true);
    await expect.poll(() => journal.bundle.toolCalls.length, soon).toBe(1);
    asks('c2', true);
    session.starts('r-c3');
    session.callsTool('c3', 'pay', { invoice: '8' });
    session.ends();
    await expect.poll(() => outputs().length, soon).toBe(2);
    expect(outputs().every((output) => output.includes('under-way'))).toBe(true);
    says();
    await expect.poll(() => journal.bundle.payments.length, soon).toBe(1);
    runner.input({ type: 'caller-hung-up' });
    await expect
      .poll(() => journal.bundle.payments, soon)
      .toMatchObject([{ outcome: 'caller-hung-up', wasHandedOver: false }]);
  });

  it('that the store does not take is not begun, and the agent says so', async () => {
    const { asks, says, store, clock, journal, outputs, runner } = await payingCall();
    asks('c1', true);
    await expect.poll(() => journal.bundle.toolCalls.length, soon).toBe(1);
    expect(await journal.stored(1_000)).toBe(true);
    store.line = 'silent';
    says();
    await expect.poll(() => journal.bundle.payments.length, soon).toBe(1);
    await clock.run(2_100);
    await expect.poll(outputs, soon).toEqual([expect.stringContaining('cannot be recorded safely')]);
    expect(journal.bundle.payments).toMatchObject([{ outcome: 'not-begun' }]);
    expect(journal.bundle.toolCalls).toMatchObject([{ status: 'error' }]);
    expect(runner.state?.at).toBe('talking');
    store.line = 'good';
    runner.input({ type: 'caller-hung-up' });
  });

  it('with nothing to pay is answered like any other tool', async () => {
    const { asks, charge, outputs, journal, runner } = await payingCall();
    asks('c1', true);
    charge.reject(new Error('It is paid already.'));
    await expect.poll(outputs, soon).toEqual([expect.stringContaining('It is paid already.')]);
    expect([journal.bundle.payments, runner.state?.at]).toEqual([[], 'talking']);
    runner.input({ type: 'caller-hung-up' });
  });

  it('whose session is lost while it is looked up is not begun', async () => {
    const { asks, says, session, sessions, journal, runner } = await payingCall();
    asks('c1', true);
    await expect.poll(() => journal.bundle.toolCalls.length, soon).toBe(1);
    session.breaks();
    await expect.poll(() => sessions.length, soon).toBe(2);
    says();
    await expect.poll(() => journal.bundle.toolCalls, soon).toMatchObject([{ status: 'error' }]);
    expect(journal.bundle.payments).toEqual([]);
    runner.input({ type: 'caller-hung-up' });
  });

  it('whose agent never finishes its words leaves after ten seconds all the same', async () => {
    const { session, says, clock, journal, runner } = await payingCall();
    session.starts('r');
    session.callsTool('c1', 'pay', { invoice: '7' });
    says();
    await expect.poll(() => journal.bundle.payments.length, soon).toBe(1);
    await expect.poll(() => journal.stored(1), soon).toBe(true);
    await clock.run(10_100, 100);
    expect(runner.state).toMatchObject({ reason: 'paying' });
    runner.input({ type: 'caller-hung-up' });
  });
});
