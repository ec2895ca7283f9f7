import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HumanDefinition } from '../../../agents/definition.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { anna, faultyTexts, personNode, settled } from './person-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const told = (session: {
  readonly toolOutputs: readonly { readonly output: string }[];
  readonly added: readonly unknown[];
}) => JSON.stringify([session.toolOutputs, session.added]).replaceAll('\\', '');

const soon = { interval: 1, timeout: 3_000 };

describe('a person is rung while the agent goes on', () => {
  it('and takes the call: the agent says so, and the caller leaves for the room', async () => {
    const { asks, desk, orders, registry, session, transfersOf } = personNode(sqlite);
    const { call, ref, phone } = await asks();
    expect(orders.given).toEqual([`ring ${anna} from +15005550010`]);
    expect(told(session(1))).toMatch(/"status":"ringing"/);
    const leg = orders.rung[0]?.leg ?? call.callId;
    expect(await desk.answered(ref, leg)).toMatchObject({ kind: 'whisper', words: 'A caller.' });
    expect(phone.closed).toBe(false);
    expect(await desk.pressed(ref, '1')).toEqual({ kind: 'host', ref });
    expect(await desk.pressed(ref, '1')).toEqual({ kind: 'host', ref });
    session(1).starts('last');
    session(1).speaks({ response: 'last', item: 'last' }, speech(20));
    session(1).ends();
    phone.returnsMarks();
    await expect.poll(() => phone.closed, soon).toBe(true);
    expect(await registry.next(call, 'one')).toEqual({ kind: 'join', ref });
    // A key that is told again, as its answer was lost, still leads into the room.
    expect(await desk.pressed(ref, '1')).toEqual({ kind: 'host', ref });
    expect((await transfersOf(call))[0]).toMatchObject({ state: 'accepted' });
  });

  it.each([
    ['declines', 'declined', async ({ desk }, ref) => desk.pressed(ref, '2')],
    ['presses nothing', 'voicemail', async ({ desk }, ref) => desk.pressed(ref, undefined)],
    ['is busy', 'busy', async ({ desk }, ref) => desk.legEnded(ref, 'busy')],
    ['does not answer', 'no-answer', async ({ desk }, ref) => desk.legEnded(ref, 'no-answer')],
    ['does not exist', 'unreachable', async ({ desk }, ref) => desk.legEnded(ref, 'failed')],
    ['hangs up', 'hung-up', async ({ desk }, ref) => desk.legEnded(ref, 'completed')],
    [
      'is a machine',
      'voicemail',
      async ({ desk, orders }, ref) => desk.machineAnswered(ref, orders.rung[0]?.leg ?? ref.callId),
    ],
    ['declines by the page', 'declined', async ({ screen }, ref) => screen.word(ref, { next: 'give-back' })],
    ['is never heard of', 'no-answer', async ({ run }) => run(76_000)],
  ] satisfies [
    string,
    string,
    (
      node: ReturnType<typeof personNode>,
      ref: { callId: ReturnType<typeof personNode>['registry']['live'][number]['callId']; transfer: string },
    ) => Promise<unknown>,
  ][])('and %s: the agent hears of it once', async (_, why, happens) => {
    const node = personNode(sqlite);
    const { call, ref, phone } = await node.asks();
    await node.desk.answered(ref, node.orders.rung[0]?.leg ?? call.callId);
    await happens(node, ref);
    await node.run(400);
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: why }]);
    expect(told(node.session(1)).match(/"status":"failed"/g)).toHaveLength(1);
    // Late and repeated news changes nothing.
    await node.desk.legEnded(ref, 'completed');
    expect(await node.desk.pressed(ref, '1')).toMatchObject({ kind: 'goodbye' });
    await node.run(400);
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: why }]);
    expect(phone.closed).toBe(false);
  });

  it('a machine that is found out after a key is a person with an odd voice', async () => {
    const { asks, desk, orders, transfers } = personNode(sqlite);
    const { call, ref } = await asks();
    await desk.pressed(ref, '1');
    await desk.machineAnswered(ref, orders.rung[0]?.leg ?? call.callId);
    expect(await transfers.of(call.callId)).toMatchObject({ phase: 'accepted' });
    expect(orders.given).toHaveLength(1);
  });
});

describe('nobody is left ringing', () => {
  it('for a caller who hangs up while the order is on its way', async () => {
    const node = personNode(sqlite);
    const { promise, resolve } = Promise.withResolvers<void>();
    const ring = node.orders.ring;
    node.orders.ring = async (order) => {
      await promise;
      return ring(order);
    };
    const { phone, call } = await node.asks();
    phone.hangsUp();
    await settled();
    resolve();
    await settled();
    expect(node.orders.given).toEqual([`ring ${anna} from +15005550010`, 'complete person 1']);
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'caller-gone' }]);
  });

  it('when the order fails but was carried out: who answers hears that they are not needed', async () => {
    const node = personNode(sqlite);
    node.orders.refusesWith = new Error('no answer from the carrier');
    const { call, ref } = await node.asks();
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'unreachable' }]);
    expect(await node.desk.answered(ref, call.callId)).toMatchObject({ kind: 'goodbye' });
    expect(await node.desk.pressed(ref, '1')).toMatchObject({ kind: 'goodbye' });
  });

  it('when an agent ends the call', async () => {
    const node = personNode(sqlite);
    const { phone, session, call } = await node.asks();
    session.starts('bye');
    session.speaks({ response: 'bye', item: 'bye' }, speech(20));
    session.callsTool('e', 'end_call', { resolved: true });
    session.ends();
    phone.returnsMarks();
    await expect.poll(() => node.orders.given, soon).toContain('complete person 1');
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'cancelled' }]);
  });

  it('for a caller who hung up when nobody served the call any more', async () => {
    const texts = memoryTexts();
    const [dying, other] = [personNode(sqlite, { texts }), personNode(sqlite, { texts })];
    const { call, ref } = await dying.asks();
    await dying.desk.answered(ref, dying.orders.rung[0]?.leg ?? call.callId);
    await other.desk.pressed(ref, '1');
    other.registry.ended(call.callId, 'completed');
    await settled();
    expect(other.orders.given).toEqual(['ask caller again']);
    expect(await other.desk.answered(ref, call.callId)).toMatchObject({
      kind: 'goodbye',
      words: expect.stringMatching(/hung up/),
    });
  });

  it('for a caller who hung up on the way into the room', async () => {
    const node = personNode(sqlite);
    const { call, ref, phone, session } = await node.asks();
    await node.desk.answered(ref, node.orders.rung[0]?.leg ?? call.callId);
    await node.desk.pressed(ref, '1');
    session.answers('last', speech(20));
    node.store.line = 'away';
    phone.returnsMarks();
    await node.run(400);
    expect(phone.closed).toBe(true);
    node.store.line = 'good';
    node.registry.ended(call.callId, 'completed');
    await node.run(6_000);
    await settled();
    expect(node.orders.given).toContain('ask person 1 again');
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'caller-gone' }]);
  });
});

describe('several processes', () => {
  it('news that comes to another one reaches the call within a look', async () => {
    const texts = memoryTexts();
    const [a, b] = [personNode(sqlite, { texts }), personNode(sqlite, { texts })];
    const { ref, call } = await a.asks();
    await b.desk.answered(ref, a.orders.rung[0]?.leg ?? call.callId);
    await b.desk.pressed(ref, '2');
    expect(await a.transfersOf(call)).toMatchObject([{ state: 'pending' }]);
    await a.run(300);
    expect(await a.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'declined' }]);
  });

  it('who takes a call up goes on to wait for the person who is rung', async () => {
    const texts = memoryTexts();
    const [a, b] = [personNode(sqlite, { texts }), personNode(sqlite, { texts })];
    const { ref, call } = await a.asks();
    expect(await b.registry.next(call)).toEqual({ kind: 'connect', cause: 'resume' });
    b.take(call, 'resume', 'two');
    await settled();
    b.session(1).readies();
    await a.desk.pressed(ref, '2');
    await b.run(300);
    expect(await b.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'declined' }]);
    expect(told(b.session(1))).toMatch(/"status":"failed"/);
  });

  it.each(['busy', undefined] as const)('who takes a call up speaks once, whatever it hears before (%s)', async (status) => {
    const texts = memoryTexts();
    const [a, b] = [personNode(sqlite, { texts }), personNode(sqlite, { texts })];
    const { ref, call } = await a.asks();
    b.take(call, 'resume', 'two');
    await settled();
    if (status !== undefined) await b.desk.legEnded(ref, status);
    await settled();
    b.session(1).readies();
    await settled();
    expect(b.session(1).asks).toEqual([{ forceAudio: true, tools: 'auto' }]);
    expect(told(b.session(1)).includes('"status":"failed"')).toBe(status !== undefined);
  });

  it('who takes a call up goes on down the row of fallbacks, and asks nobody twice', async () => {
    const texts = memoryTexts();
    const humans = { desk: { number: anna, fallback: 'night' }, night: { number: '+14155550188', fallback: 'desk' } };
    const [a, b, c] = [1, 2, 3].map(() => personNode(sqlite, { texts, humans }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no nodes');
    const { ref, call } = await a.asks();
    b.take(call, 'resume', 'two');
    await settled();
    await b.desk.legEnded(ref, 'busy');
    await settled();
    expect(b.orders.given).toEqual(['ring +14155550188 from +15005550010']);
    expect(await b.transfersOf(call)).toMatchObject([
      { transfer: 't1', to: 'desk', outcome: 'busy' },
      { transfer: 't2', to: 'night', state: 'pending' },
    ]);
    c.take(call, 'resume', 'three');
    await settled();
    await c.desk.legEnded({ ...ref, transfer: 't2' }, 'busy');
    await settled();
    expect(c.orders.given).toEqual([]);
    expect((await c.transfersOf(call)).map(({ outcome }) => outcome)).toEqual(['busy', 'busy']);
  });

  it('a caller whose process was lost after the person had accepted goes straight to them', async () => {
    const texts = memoryTexts();
    const [a, b] = [personNode(sqlite, { texts }), personNode(sqlite, { texts })];
    const { ref, call } = await a.asks();
    await b.desk.pressed(ref, '1');
    expect(await b.registry.next(call)).toEqual({ kind: 'join', ref });
  });
});

describe('who can be rung at all', () => {
  const failing = async (humans: Readonly<Record<string, HumanDefinition>>, change = {}) => {
    const node = personNode(sqlite, { humans, change });
    const { call, session } = await node.asks();
    return { transfers: await node.transfersOf(call), words: told(session), given: node.orders.given };
  };
  /** The clock stands at a Thursday's midnight. */
  const closed = { timezone: 'UTC', open: [{ days: 'Thu', from: '09:00', to: '10:00' }] } as const;

  it('nobody outside of their hours; the agent hears when they are back', async () => {
    const { transfers, words, given } = await failing({ desk: { number: anna, hours: closed } });
    expect(transfers).toMatchObject([{ state: 'failed', outcome: 'closed' }]);
    expect(words).toMatch(/"backAt":"Thursday 09:00 \(UTC\)"/);
    expect(given).toEqual([]);
  });

  it('who is next, outside of their hours', async () => {
    const { transfers, given } = await failing({
      desk: { number: anna, hours: closed, fallback: 'night' },
      night: { number: '+14155550188' },
    });
    expect(transfers).toMatchObject([
      { to: 'desk', outcome: 'closed' },
      { to: 'night', state: 'pending' },
    ]);
    expect(given).toEqual(['ring +14155550188 from +15005550010']);
  });

  it('nobody, without the carrier’s credentials', async () => {
    const { transfers, words } = await failing({ desk: { number: anna } }, { orders: undefined });
    expect(transfers).toMatchObject([{ state: 'failed', outcome: 'unreachable' }]);
    expect(words).toMatch(/"status":"failed"/);
  });

  it('whoever is next, around a circle and no further', async () => {
    const node = personNode(sqlite, {
      humans: { desk: { number: anna, fallback: 'night' }, night: { number: '+14155550188', fallback: 'desk' } },
    });
    const { call, ref } = await node.asks();
    await node.desk.legEnded(ref, 'busy');
    await settled();
    await node.desk.legEnded({ ...ref, transfer: 't2' }, 'busy');
    await settled();
    expect(node.orders.given).toHaveLength(2);
    expect(await node.transfersOf(call)).toMatchObject([
      { to: 'desk', outcome: 'busy' },
      { to: 'night', outcome: 'busy' },
    ]);
    expect(told(node.session(1))).toMatch(/trying-another.*"status":"failed"/);
  });

  it.each([
    ['and nobody came: the next one says so', true],
    ['and it is the caller’s turn: the next one says nothing', false],
  ])('while the agent is lost, %s', async (_, isDue) => {
    const node = personNode(sqlite);
    const { session, ref, phone } = await node.asks();
    session.answers('rings', speech(20), 'Yes.');
    phone.returnsMarks();
    await settled();
    session.breaks();
    await settled();
    if (isDue) await node.desk.legEnded(ref, 'busy');
    await settled();
    node.session(2).readies();
    await settled();
    expect(node.session(2).asks).toHaveLength(isDue ? 1 : 0);
    expect(told(node.session(2)).includes('"status":"failed"')).toBe(isDue);
  });

  it('nobody twice at a time', async () => {
    const node = personNode(sqlite);
    const { session, call } = await node.asks();
    session.starts('again');
    session.callsTool('p2', 'transfer_to_desk', { reason: 'still', caller_asked: true });
    session.ends();
    await settled();
    expect(node.orders.given).toHaveLength(1);
    expect(await node.transfersOf(call)).toHaveLength(1);
    expect(told(session)).toMatch(/under-way/);
  });
});

describe('a store that is away', () => {
  it('when a person is asked for: they are not rung, and the agent says so', async () => {
    const texts = faultyTexts();
    texts.isAway = true;
    const node = personNode(sqlite, { texts });
    const { call, session } = await node.asks();
    expect(node.orders.given).toEqual([]);
    expect(await node.transfersOf(call)).toMatchObject([{ outcome: 'unreachable' }]);
    expect(told(session)).toMatch(/"status":"failed"/);
  });

  it('when the caller is back: nobody puts them through to an empty room once it is there again', async () => {
    const texts = faultyTexts();
    const node = personNode(sqlite, { texts });
    const { call, ref, phone, session } = await node.asks();
    await node.desk.pressed(ref, '1');
    session.answers('last', speech(20));
    phone.returnsMarks();
    await expect.poll(() => phone.closed, soon).toBe(true);
    await expect.poll(() => node.registry.live, soon).toEqual([]);
    expect(await node.registry.next(call, 'one')).toEqual({ kind: 'join', ref });
    texts.isAway = true;
    const back = node.registry.back(call, ref, {});
    await node.run(800);
    expect(await back).toEqual({ kind: 'connect', cause: 'return' });
    const { phone: second } = node.take(call, 'return', 'two');
    await settled();
    node.session(2).readies();
    texts.isAway = false;
    await node.run(3_000);
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'ended', outcome: 'left' }]);
    expect(second.closed).toBe(false);
  });
});

describe('a goodbye', () => {
  it('of an agent calls off whoever is rung: nobody is to wait for a caller who is leaving', async () => {
    const node = personNode(sqlite);
    const { call, ref, session } = await node.asks();
    session.starts('bye');
    session.speaks({ response: 'bye', item: 'bye' }, speech(2_000));
    session.callsTool('e', 'end_call', { resolved: true });
    session.ends();
    await settled();
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'cancelled' }]);
    expect(await node.desk.pressed(ref, '1')).toMatchObject({ kind: 'goodbye' });
  });
});
