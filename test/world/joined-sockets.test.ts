import { describe, expect, it } from 'vitest';
import type { MessageSocket } from '../../infra/message-socket.ts';
import { FakeClock } from './clock.ts';
import { joinedSockets } from './joined-sockets.ts';

const log = (socket: MessageSocket): string[] => {
  const lines: string[] = [];
  socket.listen({
    message: (data) => lines.push(data.toString()),
    closed: (code, reason) => lines.push(`closed ${code} ${reason}`),
  });
  return lines;
};

describe('joined sockets', () => {
  it('deliver in order, never inside send, and keep what comes before listen', () => {
    const clock = new FakeClock();
    const [one, other] = joinedSockets(clock);
    one.send('a');
    expect(one.bufferedAmount).toBe(1);
    clock.advance(0);
    one.send(Buffer.from('b'));
    const lines = log(other);
    expect(lines).toEqual(['a']);
    clock.advance(0);
    expect(lines).toEqual(['a', 'b']);
    expect(one.bufferedAmount).toBe(0);
  });

  it('close both ends with the code of the one that closed, after its last message', () => {
    const clock = new FakeClock();
    const [one, other] = joinedSockets(clock);
    const lines = [log(one), log(other)];
    one.send('last');
    one.close(4_000, 'bye');
    one.close(1_000, 'again');
    one.send('too late');
    clock.advance(0);
    expect(lines).toEqual([['closed 4000 bye'], ['last', 'closed 4000 bye']]);
  });

  it('break with 1006 at both ends', () => {
    const clock = new FakeClock();
    const [one, other] = joinedSockets(clock);
    const lines = [log(one), log(other)];
    one.abort();
    one.abort();
    one.send('too late');
    other.close(1_000, '');
    clock.advance(0);
    expect(lines).toEqual([['closed 1006 '], ['closed 1006 ']]);
  });
});
