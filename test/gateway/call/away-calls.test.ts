import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HumanDefinition } from '../../../agents/definition.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';
import { anna, faultyTexts, type NodeOptions, personNode, settled } from './person-world.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

const soon = { interval: 1, timeout: 3_000 };

/** A caller whom the agent has let go to the person who is asked for first. */
const away = async (human: HumanDefinition = { number: anna }, options: NodeOptions = {}) => {
  const node = personNode(sqlite, { humans: { desk: human }, ...options });
  const asked = await node.asks();
  if (human.way !== 'cold' && human.queue === undefined) {
    await node.desk.answered(asked.ref, node.orders.rung[0]?.leg ?? asked.call.callId);
    await node.desk.pressed(asked.ref, '1');
    asked.session.answers('last', speech(20));
  }
  asked.phone.returnsMarks();
  await expect.poll(() => asked.phone.closed, soon).toBe(true);
  await expect.poll(() => node.registry.live, soon).toEqual([]);
  const { call, ref } = asked;
  return { ...node, call, ref, step: await node.registry.next(asked.call, 'one') };
};

const ends = async (node: Awaited<ReturnType<typeof away>>) => {
  await settled();
  const bundle = await node.registry.bundle(node.call.callId);
  return { ...bundle?.ended, transfers: bundle?.transfers.map(({ outcome }) => outcome) };
};

describe('a caller who is with a person', () => {
  it('is not hung up on, and is asked about by any process', async () => {
    const texts = memoryTexts();
    const node = await away({ number: anna }, { texts });
    expect(node.step).toEqual({ kind: 'join', ref: node.ref });
    await node.run(30_000);
    expect(node.orders.given).toHaveLength(1);
    const other = personNode(sqlite, { texts });
    expect(await other.registry.next(node.call)).toEqual({ kind: 'join', ref: node.ref });
    expect(await other.registry.rescue(node.call)).toEqual({ kind: 'join', ref: node.ref });
  });

  it('comes back with all that was written, and no life of the call counts as lost', async () => {
    const node = await away();
    await node.screen.word(node.ref, { notes: 'Sent a new key.' });
    await node.desk.legEnded(node.ref, 'completed');
    expect(await node.registry.back(node.call, node.ref, { dialStatus: 'answered' })).toEqual({
      kind: 'connect',
      cause: 'return',
    });
    node.take(node.call, 'return', 'two');
    await settled();
    node.session(2).readies();
    await settled();
    const bundle = await node.registry.bundle(node.call.callId);
    expect(bundle?.resumes).toBe(0);
    expect(bundle?.transfers).toMatchObject([{ state: 'ended', outcome: 'left', notes: 'Sent a new key.' }]);
    // Notes that come to another process later reach the agent, too.
    await node.transfers.tell(node.ref, { type: 'noted', notes: 'And one more thing.', verdict: null }, node.clock.wall());
    await node.run(3_100);
    expect(JSON.stringify(node.session(2).added)).toMatch(/one more thing/);
  });

  it('is given back twice, and that is once', async () => {
    const node = await away();
    expect(await node.desk.leftRoom(node.ref)).toMatchObject({ words: expect.stringMatching(/assistant again/) });
    const [first, second] = await Promise.all([
      node.registry.back(node.call, node.ref, {}),
      node.registry.back(node.call, node.ref, {}),
    ]);
    expect([first, second]).toEqual([
      { kind: 'connect', cause: 'return' },
      { kind: 'connect', cause: 'return' },
    ]);
    await node.desk.legEnded(node.ref, 'completed');
    expect(await node.transfers.of(node.call.callId)).toMatchObject({ outcome: 'given-back' });
  });

  it('waits for word of how it ended no longer than 600 ms', async () => {
    const node = await away();
    const back = node.registry.back(node.call, node.ref, {});
    await node.run(500);
    await node.desk.leftRoom(node.ref);
    expect(await back).toEqual({ kind: 'connect', cause: 'return' });
    expect(await node.transfers.of(node.call.callId)).toMatchObject({ outcome: 'given-back' });
  });

  it('is not sent off by what the person before says of the transfer before', async () => {
    const node = await away();
    await node.desk.legEnded(node.ref, 'completed');
    const before = await node.transfers.named(node.ref);
    if (before === undefined) throw new Error('The store does not know the first transfer.');
    const ref = { ...node.ref, transfer: 't2' };
    await node.transfers.begin({ ...before, ...ref, phase: 'joined', outcome: null });
    const back = node.registry.back(node.call, ref, {});
    await node.run(200);
    await node.screen.word(node.ref, { notes: 'Sent a new key.', outcome: 'solved' });
    await node.run(2_000);
    expect(await back).toEqual({ kind: 'connect', cause: 'return' });
    expect(await node.transfers.named(ref)).toMatchObject({ phase: 'over', outcome: 'left', verdict: null });
  });

  it('hangs up: that is written down once, whoever tells it', async () => {
    const node = await away();
    node.registry.ended(node.call.callId, 'completed');
    node.registry.ended(node.call.callId, 'completed');
    node.orders.over.add(node.call.callId);
    expect(await node.desk.leftRoom(node.ref)).toMatchObject({ words: expect.stringMatching(/hung up/) });
    expect(await ends(node)).toMatchObject({ reason: 'caller-hung-up', transfers: ['caller-hung-up'] });
    expect(await node.registry.next(node.call)).toEqual({ kind: 'hang-up' });
    expect(await node.registry.back(node.call, node.ref, {})).toEqual({ kind: 'hang-up' });
  });

  it('whose person wrote after the end has it in the log', async () => {
    const node = await away({ number: anna, afterwards: 'end' });
    await node.desk.legEnded(node.ref, 'completed');
    expect(await node.registry.back(node.call, node.ref, {})).toMatchObject({ kind: 'goodbye' });
    await settled();
    await node.screen.word(node.ref, { notes: 'Too late?', outcome: 'solved' });
    await settled();
    const bundle = await node.registry.bundle(node.call.callId);
    expect(bundle).toMatchObject({
      ended: { reason: 'person-ended' },
      transfers: [{ notes: 'Too late?', verdict: 'solved' }],
    });
  });

  it('and whose streams never come afterwards is not sent back and forth for ever', async () => {
    const node = await away();
    await node.desk.legEnded(node.ref, 'completed');
    const kinds = [(await node.registry.back(node.call, node.ref, {})).kind];
    for (let asked = 0; asked < 5; asked += 1) kinds.push((await node.registry.next(node.call)).kind);
    expect(kinds).toEqual(['connect', 'connect', 'connect', 'connect', 'dial', 'dial']);
  });

  it('who was let go to a person that is gone by then comes back, and that is told once', async () => {
    const node = personNode(sqlite);
    const { call, ref, phone, session } = await node.asks();
    await node.desk.answered(ref, node.orders.rung[0]?.leg ?? call.callId);
    await node.desk.pressed(ref, '1');
    session.answers('last', speech(20));
    await node.desk.legEnded(ref, 'completed');
    await node.run(400);
    // The agent is saying goodbye: it does not hear of that in the middle of it.
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'accepted' }]);
    expect(JSON.stringify([session.toolOutputs, session.added])).not.toMatch(/failed/);
    phone.returnsMarks();
    await expect.poll(() => phone.closed, soon).toBe(true);
    await settled();
    expect(await node.registry.next(call, 'one')).toEqual({ kind: 'connect', cause: 'return' });
    node.take(call, 'return', 'two');
    await settled();
    expect(await node.transfersOf(call)).toMatchObject([{ state: 'failed', outcome: 'hung-up' }]);
    expect(node.counted.filter((count) => count === 'throughline_transfers_total hung-up')).toHaveLength(1);
  });

  it('in a room where nobody comes is taken back', async () => {
    const node = await away();
    for (let looks = 0; looks < 5; looks += 1) await node.desk.callerWaits(node.ref, looks);
    expect(node.orders.given).not.toContain('take the caller back');
    await node.desk.callerWaits(node.ref, 5);
    expect(node.orders.given).toContain('take the caller back');
    expect(await node.transfers.of(node.call.callId)).toMatchObject({ phase: 'over' });
  });

  it('joins the person also while the store of transfers is away', async () => {
    const texts = faultyTexts();
    const node = personNode(sqlite, { texts });
    const { call, ref, phone, session } = await node.asks();
    await node.desk.pressed(ref, '1');
    session.answers('last', speech(20));
    phone.returnsMarks();
    await expect.poll(() => phone.closed, soon).toBe(true);
    texts.isAway = true;
    expect(await node.registry.next(call, 'one')).toEqual({ kind: 'join', ref });
  });
});

describe('a caller whom the carrier puts through by itself', () => {
  it('and who hangs up after a talk had one, whichever word of the carrier comes first', async () => {
    const node = await away({ number: anna, way: 'cold' });
    expect(node.step).toMatchObject({ kind: 'ring', address: anna });
    node.registry.ended(node.call.callId, 'completed');
    await node.run(200);
    node.registry.ended(node.call.callId, 'completed', { dialStatus: 'completed', talkSeconds: 30 });
    await node.run(1_000);
    expect(await ends(node)).toMatchObject({ reason: 'caller-hung-up', transfers: ['caller-hung-up'] });
    expect((await node.transfers.of(node.call.callId))?.outcome).toBe('caller-hung-up');
  });

  it('and who hangs up before had none', async () => {
    const node = await away({ queue: 'desk' });
    expect(node.step).toMatchObject({ kind: 'enqueue', queue: 'desk' });
    node.registry.ended(node.call.callId, 'completed', { queueResult: 'hangup' });
    await node.run(1_000);
    expect(await ends(node)).toMatchObject({ reason: 'caller-hung-up', transfers: ['caller-gone'] });
  });

  it('comes back for an older transfer in vain: the newer one stays as it is', async () => {
    const node = await away({ queue: 'desk' });
    const older = { ...node.ref, transfer: 't0' };
    expect(await node.registry.back(node.call, older, { queueResult: 'bridged' })).toMatchObject({ kind: 'connect' });
    expect(await node.transfers.of(node.call.callId)).toMatchObject({ transfer: 't1', phase: 'ringing' });
  });
});
