import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FaultProxy } from './fault-proxy.ts';

const echo = async () => {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
};

const client = async (port: number) => {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let end: string | undefined;
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  socket.on('error', () => {
    end = 'reset';
  });
  socket.on('close', () => {
    end ??= 'ended';
  });
  return { socket, text: () => text, end: () => end };
};

describe('the fault proxy', () => {
  it('carries bytes, holds them in a partition, and brings them late when it is healed', async () => {
    const { server, port } = await echo();
    const proxy = await FaultProxy.start(port);
    const { socket, text } = await client(proxy.port);
    socket.write('one ');
    await expect.poll(text).toBe('one ');
    proxy.partition();
    socket.write('two ');
    socket.write('three ');
    await new Promise((done) => setTimeout(done, 100));
    expect(text()).toBe('one ');
    proxy.heal();
    await expect.poll(text).toBe('one two three ');
    proxy.slice(1);
    proxy.delay(50);
    socket.write('four');
    await expect.poll(text).toBe('one two three four');
    await proxy.close();
    server.close();
  });

  it('keeps answers to itself, cuts, breaks and refuses', async () => {
    const { server, port } = await echo();
    const proxy = await FaultProxy.start(port);
    const deaf = await client(proxy.port);
    proxy.deafen();
    deaf.socket.write('heard by the server');
    await new Promise((done) => setTimeout(done, 50));
    expect(deaf.text()).toBe('');
    proxy.cut();
    await expect.poll(deaf.end).toBe('ended');
    proxy.heal();
    const broken = await client(proxy.port);
    broken.socket.write('a');
    await expect.poll(broken.text).toBe('a');
    proxy.reset();
    await expect.poll(broken.end).toBe('reset');
    proxy.refuse();
    const refused = await client(proxy.port);
    await expect.poll(refused.end).toBe('reset');
    await expect.poll(() => proxy.open).toBe(0);
    await proxy.close();
    server.close();
  });
});
