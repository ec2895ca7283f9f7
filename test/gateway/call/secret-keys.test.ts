import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallHouse } from '../../../gateway/call/house.ts';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { settle } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { asides, keyed, keyWorld, pin } from './key-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const world = (change: Partial<CallHouse> = {}) => keyWorld(sqlite, change);

describe('digits in secret', () => {
  it('reach the check and nobody else: the agent gets its result, without them', async () => {
    const { greeted, press, first, callsTool, checked, runner, events } = world();
    greeted();
    callsTool('verifyPin');
    expect(runner.journal.bundle.toolCalls).toMatchObject([
      { name: 'verifyPin', arguments: { digits: '••••' }, status: 'running' },
    ]);
    const asked = first.asks.length;
    press(pin);
    await settle();
    expect(checked).toEqual([`support ${pin}`]);
    expect(first.toolOutputs).toEqual([{ toolCallId: 'c-verifyPin', output: '{"verified":true,"note":"not ••••"}' }]);
    expect(first.asks).toHaveLength(asked + 1);
    expect(runner.journal.bundle.toolCalls).toMatchObject([{ status: 'ok', result: { verified: true } }]);
    expect(runner.journal.bundle.facts.filter(({ source }) => source === 'tool')).toMatchObject([
      { key: 'pinVerified', value: true },
      { key: 'pinNote', value: 'it was ••••.' },
    ]);
    expect(runner.journal.bundle.messages.filter(({ role }) => role === 'user')).toEqual([]);
    expect(events() + JSON.stringify([first.added, first.setup])).not.toContain(pin);
  });

  it('without a check: how many', async () => {
    const { greeted, press, first, callsTool, events } = world();
    greeted();
    callsTool('takeNumber');
    press('98765#');
    await settle();
    expect(first.toolOutputs.map(({ output }) => output)).toEqual(['{"collected":5}']);
    expect(events()).not.toContain('98765');
  });

  it('whose check throws: a typed error, without them', async () => {
    const { greeted, press, first, callsTool, runner } = world();
    greeted();
    callsTool('verifyPin');
    press('0000');
    await settle();
    expect(first.toolOutputs.map(({ output }) => output)).toEqual([
      '{"error":{"code":"tool-failed","message":"PIN •••• is blocked"}}',
    ]);
    expect(runner.journal.bundle.toolCalls).toMatchObject([{ status: 'error' }]);
  });

  it.each([
    ['12#', 'too-few-digits'],
    ['12*', 'started-over'],
    ['12', 'timed-out'],
    ['', 'timed-out'],
  ])('that are not all of them (%j): %s', async (keys, code) => {
    const { greeted, press, first, callsTool, clock, checked } = world();
    greeted();
    callsTool('verifyPin');
    press(keys);
    await clock.run(10_000, 1_000);
    expect(first.toolOutputs.map(({ output }) => output)).toEqual([expect.stringContaining(`"code":"${code}"`)]);
    expect(checked).toEqual([]);
  });

  it('the caller is silent for the model meanwhile, and for who comes after; then they are heard again', async () => {
    const { greeted, press, first, callsTool, phone, session, clock } = world();
    greeted();
    callsTool('verifyPin');
    expect(asides(first)).toContain('Stay silent');
    const before = first.heard.length;
    phone.brings(speech(400, 1));
    press(pin);
    phone.brings(speech(200, 1)); // the last tone still sounds
    phone.brings(speech(200, 0xff));
    expect(new Set(first.heard.slice(before))).toEqual(new Set([0xff]));
    expect(first.heard.length).toBe(before + 800 * 8);
    phone.brings(speech(40, 5));
    expect(first.heard.slice(-320)).toEqual([...speech(40, 5)]);
    await settle();
    clock.advance(2_000);
    first.breaks();
    const second = session(2);
    second.readies();
    expect(second.heard).not.toContain(1);
  });

  it('pressed before the tool was called are its first ones, cut the agent off, and are hidden', async () => {
    const { greeted, press, first, phone, checked, events, runner } = world();
    greeted();
    first.starts('r');
    first.speaks({ response: 'r', item: 'i' }, speech(3_000), 'Please enter your PIN.');
    press('47');
    first.callsTool('c', 'verifyPin');
    first.ends();
    press('11');
    await settle();
    expect([checked, phone.told.includes('clear')]).toEqual([[`support ${pin}`], true]);
    expect([events(), runner.journal.bundle.facts.map(({ key }) => key)]).toEqual([
      expect.not.stringContaining(pin),
      expect.not.arrayContaining(['keyedDigits']),
    ]);
  });

  it('of a session that is lost are forgotten, and so is the rest of them; the next session may ask again', async () => {
    const { greeted, press, first, callsTool, session, checked, events, runner } = world();
    greeted();
    callsTool('verifyPin');
    press('47');
    first.breaks();
    await settle();
    press('11');
    const second = session(2);
    second.readies();
    await settle();
    expect([checked, runner.journal.bundle.facts.map(({ key }) => key)]).toEqual([
      [],
      expect.not.arrayContaining(['keyedDigits']),
    ]);
    expect(asides(second)).toContain('interrupted');
    expect(second.asks).toHaveLength(1);
    expect(runner.journal.bundle.toolCalls).toMatchObject([{ status: 'error' }]);
    callsTool('verifyPin', {}, second);
    press(pin);
    await settle();
    expect(checked).toEqual([`support ${pin}`]);
    expect(events()).not.toContain(pin);
  });

  it('a transfer meanwhile is under way, as is a second capture; the first goes on', async () => {
    const { greeted, press, first, sessions, checked, callerSpeaks } = world();
    greeted();
    for (const turn of ['t1', 't2']) callerSpeaks(turn);
    first.starts('r');
    first.callsTool('a', 'verifyPin');
    first.callsTool('b', 'takeNumber');
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401' });
    first.ends();
    await settle();
    expect(first.toolOutputs.map(({ toolCallId, output }) => `${toolCallId} ${output}`).toSorted()).toEqual([
      expect.stringMatching(/^b .*under-way/),
      expect.stringMatching(/^t .*under-way/),
    ]);
    press(pin);
    await settle();
    expect([checked, sessions.length]).toEqual([[`support ${pin}`], 1]);
    expect(first.toolOutputs).toHaveLength(3);
  });

  it('are not asked for by an agent that hands over', async () => {
    const { greeted, first, callerSpeaks, press, session } = world();
    greeted();
    for (const turn of ['t1', 't2']) callerSpeaks(turn);
    first.starts('r');
    first.speaks({ response: 'r', item: 'r' }, speech(100));
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401' });
    first.callsTool('a', 'verifyPin');
    first.ends();
    await settle();
    expect(first.toolOutputs.map(({ output }) => output)).toEqual([expect.stringContaining('under-way')]);
    press('5#');
    session(2).readies();
    expect(asides(session(2))).toContain(keyed('5'));
  });

  it('of a caller who hangs up are forgotten, and nothing of the call is left', async () => {
    const { greeted, press, callsTool, phone, clock, runner, checked, events } = world();
    greeted();
    callsTool('verifyPin');
    press('47');
    phone.hangsUp();
    await runner.ended;
    await settle();
    expect([checked, clock.pending]).toEqual([[], 0]);
    expect(runner.journal.bundle.facts.map(({ key }) => key)).not.toContain('keyedDigits');
    expect(runner.journal.bundle.toolCalls).toMatchObject([{ status: 'error' }]);
    expect(events()).not.toContain('"47"');
  });

  it('of a node that is lost: the rest of them is for nobody on the next one', async () => {
    const { greeted, press, callsTool, runner, line } = world();
    greeted();
    callsTool('verifyPin');
    press('47');
    expect(await runner.journal.stored(1_000)).toBe(true);
    const next = houseOver(sqlite);
    const phone = new ScriptedPhone(runner.facts.callId);
    const resumed = new CallRunner({ ...next.house, line, owner: 'node-2' }, phone, runner.facts);
    await resumed.resume('resume');
    for (const digit of '11#') phone.events.emit({ type: 'digit-pressed', digit });
    expect(resumed.journal.bundle.facts.map(({ key }) => key)).not.toContain('keyedDigits');
  });

  it('one too many does not cut off the words about them', async () => {
    const { greeted, press, first, callsTool, phone } = world();
    greeted();
    callsTool('verifyPin');
    press(pin);
    await settle();
    first.starts('answer');
    first.speaks({ response: 'answer', item: 'answer' }, speech(500), 'Thank you.');
    press('#');
    expect([phone.told.includes('clear'), first.truncations]).toEqual([false, []]);
  });

  it('no sign is given, and nothing asked, while the caller has the word', async () => {
    const { greeted, callsTool, clock, phone, first, press } = world({ idleMs: 3_000 });
    greeted();
    callsTool('verifyPin');
    const told = phone.told.length;
    await clock.run(9_000, 500);
    press('4', 9_000);
    expect([phone.told.length, first.asks.length]).toEqual([told, 1]);
  });
});
