import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ConnectionQueue } from '../../infra/supervisor/connection-queue.ts';
import { FakeClock } from '../world/clock.ts';

const setUp = () => {
  const clock = new FakeClock();
  const lost = { count: 0 };
  const queue = new ConnectionQueue(clock, () => {
    lost.count += 1;
  });
  return { clock, lost, queue };
};

describe('connection queue', () => {
  test('first come, first served; what is put back goes first', () => {
    const { queue, clock } = setUp();
    const sockets = [new Socket(), new Socket(), new Socket()];
    for (const socket of sockets) queue.add(socket);
    const first = queue.take();
    queue.putBack(first === undefined ? [] : [first]);
    expect([queue.take()?.socket, queue.take()?.socket, queue.take()?.socket]).toEqual(sockets);
    expect(queue.take()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('after 15 s a connection is dropped, a younger one stays', () => {
    const { queue, clock, lost } = setUp();
    const [old, young] = [new Socket(), new Socket()];
    queue.add(old);
    clock.advance(10_000);
    queue.add(young);
    clock.advance(4_999);
    expect(old.destroyed).toBe(false);
    clock.advance(1);
    expect([old.destroyed, young.destroyed, lost.count]).toEqual([true, false, 1]);
    clock.advance(10_000);
    expect([young.destroyed, lost.count, clock.pending]).toEqual([true, 2, 0]);
  });

  test('is bounded', () => {
    const { queue, lost } = setUp();
    for (let count = 0; count < 1_024; count += 1) queue.add(new Socket());
    const extra = new Socket();
    queue.add(extra);
    expect([extra.destroyed, lost.count]).toEqual([true, 1]);
  });

  test('abort drops all', () => {
    const { queue, clock } = setUp();
    const socket = new Socket();
    queue.add(socket);
    queue.abort();
    expect([socket.destroyed, queue.take(), clock.pending]).toEqual([true, undefined, 0]);
  });
});
