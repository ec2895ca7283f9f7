import { describe, expect, it } from 'vitest';
import { WarmPool } from '../../../agents/openai/warm-pool.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { joinedSockets } from '../../world/joined-sockets.ts';

const here = () => new AbortController().signal;

/** A pool over connections in memory; `server` has the other ends, in the order in which they were opened. */
const poolOf = (size: number) => {
  const clock = new FakeClock();
  const server: MessageSocket[] = [];
  const troubles: string[] = [];
  const state = { refuses: false };
  const pool = new WarmPool({
    size,
    clock,
    random: () => 1,
    onTrouble: (why) => troubles.push(why),
    connect: async () => {
      if (state.refuses) throw new Error('503');
      const [ours, theirs] = joinedSockets(clock);
      server.push(theirs);
      theirs.send('{"type":"session.created"}');
      return ours;
    },
  });
  const passes = async (ms: number) => {
    await settle();
    await clock.run(ms, Math.max(20, ms / 20));
  };
  const taken = async () => {
    const socket = await pool.connect(here());
    const heard: string[] = [];
    socket.listen({ message: (data) => heard.push(String(data)), closed: (code) => heard.push(`closed ${code}`) });
    return { socket, heard };
  };
  return { clock, server, troubles, state, pool, passes, taken };
};

describe('warm connections', () => {
  it('are opened at the start, as many as asked for', async () => {
    const { pool, server, passes } = poolOf(3);
    pool.start();
    await passes(100);
    expect([pool.idle, server.length]).toEqual([3, 3]);
  });

  it('none by default: every session connects when it is needed', async () => {
    const { pool, server, passes, taken } = poolOf(0);
    pool.start();
    await passes(100);
    expect(server).toHaveLength(0);
    await taken();
    await passes(100);
    expect([pool.idle, server.length]).toEqual([0, 1]);
  });

  it('one that is taken has what the server said by then, goes on as any other, and is replaced', async () => {
    const { pool, server, passes, taken } = poolOf(1);
    pool.start();
    await passes(100);
    const { socket, heard } = await taken();
    expect(heard).toEqual(['{"type":"session.created"}']);
    await passes(100);
    expect([pool.idle, server.length]).toEqual([1, 2]);
    const [first] = server;
    const got: string[] = [];
    first?.listen({ message: (data) => got.push(String(data)), closed: (code) => got.push(`closed ${code}`) });
    socket.send('mine');
    first?.send('yours');
    await passes(100);
    expect([got, heard.at(-1)]).toEqual([['mine'], 'yours']);
    socket.close(1000, '');
    await passes(100);
    expect([got.at(-1), heard.at(-1)]).toEqual(['closed 1000', 'closed 1000']);
  });

  it('more at once than there are: the others connect as always', async () => {
    const { pool, server, passes, taken } = poolOf(1);
    pool.start();
    await passes(100);
    const both = await Promise.all([taken(), taken()]);
    await passes(100);
    for (const { heard } of both) expect(heard).toEqual(['{"type":"session.created"}']);
    expect([pool.idle, server.length]).toEqual([1, 3]);
  });

  it('are replaced before they are old', async () => {
    const { pool, server, passes } = poolOf(1);
    pool.start();
    await passes(100);
    const ends: number[] = [];
    server[0]?.listen({ message() {}, closed: (code) => ends.push(code) });
    await passes(599_000);
    expect(server).toHaveLength(1);
    await passes(2_000);
    expect([ends, pool.idle, server.length]).toEqual([[1001], 1, 2]);
  });

  it('that the server closes are replaced passes a moment, not at once', async () => {
    const { pool, server, passes, troubles } = poolOf(1);
    pool.start();
    await passes(100);
    server[0]?.close(1001, 'idle');
    await passes(500);
    expect([pool.idle, server.length]).toEqual([0, 1]);
    await passes(1_500);
    expect([pool.idle, server.length]).toEqual([1, 2]);
    expect(troubles).toHaveLength(1);
  });

  it('a server that refuses is asked less and less often, said once, and costs no session anything', async () => {
    const { pool, state, passes, troubles, server, taken } = poolOf(2);
    state.refuses = true;
    pool.start();
    await passes(30_000);
    expect(troubles).toEqual(['503']);
    state.refuses = false;
    const { heard } = await taken();
    await passes(100);
    expect(heard).toEqual(['{"type":"session.created"}']);
    await passes(75_000);
    expect([pool.idle, server.length]).toEqual([2, 3]);
    expect(troubles).toEqual(['503']);
  });

  it('are closed with the gateway; those that were taken live on', async () => {
    const { pool, server, passes, taken, clock } = poolOf(2);
    pool.start();
    await passes(100);
    const { heard } = await taken();
    await passes(100);
    pool.stop();
    pool.stop();
    await passes(100);
    const ends: string[] = [];
    for (const [index, socket] of server.entries())
      socket.listen({ message() {}, closed: (code) => ends.push(`${index} ${code}`) });
    expect([ends, heard]).toEqual([['1 1001', '2 1001'], ['{"type":"session.created"}']]);
    expect([pool.idle, clock.pending]).toEqual([0, 0]);
    await passes(700_000);
    expect(server).toHaveLength(3);
  });

  it('a call that ended while it waited for its turn takes none', async () => {
    const { pool, passes } = poolOf(1);
    pool.start();
    await passes(100);
    const ended = new AbortController();
    ended.abort();
    await pool.connect(ended.signal);
    expect(pool.idle).toBe(1);
  });
});
