import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { VirtualClock } from './clock.ts';
import { waitForRequestsTo } from './held-requests.ts';

let server: Server;
let host: string;

/** A server that takes 60 ms of real time for each answer, half of it in the middle of the body. */
beforeEach(async () => {
  server = createServer((_, answer) => {
    setTimeout(() => answer.write('so '), 30);
    setTimeout(() => answer.end('slow'), 60);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** How much virtual time passes while a request is under way. */
const timeOfRequest = async (clock: VirtualClock, path = ''): Promise<number> => {
  const tick = () => clock.after(ms(20), tick);
  tick();
  let over = false;
  const request = get(`http://${host}${path}`, (answer) => answer.resume().on('end', end));
  const end = () => {
    over = true;
  };
  request.on('error', end);
  if (path === '/broken') setTimeout(() => request.destroy(new Error('broken')), 20);
  await clock.runUntil(() => over, 1e9);
  return clock.now();
};

it.each(['', '/broken'])('a virtual clock stands still while a request is under way %s', async (path) => {
  const clock = new VirtualClock();
  const forget = waitForRequestsTo(host, clock);
  expect(await timeOfRequest(clock, path)).toBeLessThanOrEqual(20);
  forget();
  expect(await timeOfRequest(clock)).toBeGreaterThan(100);
});

it('requests to others do not count', async () => {
  const clock = new VirtualClock();
  const forget = waitForRequestsTo('127.0.0.1:1', clock);
  expect(await timeOfRequest(clock)).toBeGreaterThan(100);
  forget();
});
