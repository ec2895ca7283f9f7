import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { twilioCalls } from '../../../gateway/twilio/rest.ts';
import { type Milliseconds, parseCallId } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';

const callId = parseCallId(`CA${'1'.repeat(32)}`);
if (callId === undefined) throw new Error('not a call id');

let answers: { status: number; code?: number }[] = [];
const asked: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  asked.push(`${request.method} ${request.url} ${body}`);
  const { status, code } = answers.shift() ?? { status: 200 };
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(status < 400 ? { sid: callId } : { status, code, message: 'no' }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
});

const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
const pauses: number[] = [];
const after = (delay: Milliseconds, action: () => void) => {
  pauses.push(delay);
  action();
  return () => {};
};
const calls = twilioCalls({
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'token',
  apiUrl: new URL(`http://127.0.0.1:${port}`),
  clock: { ...systemClock, after },
  random: () => 0.5,
});
const path = `POST /2010-04-01/Accounts/AC${'a'.repeat(32)}/Calls/${callId}.json`;

test('redirect and complete reach TWILIO_API_URL', async () => {
  answers = [];
  expect(await calls.redirect(callId, 'https://h/twilio/after')).toBe('done');
  expect(await calls.complete(callId)).toBe('done');
  expect(asked).toEqual([`${path} Url=https%3A%2F%2Fh%2Ftwilio%2Fafter&Method=POST`, `${path} Status=completed`]);
});

test('a call that is over is gone, not an error', async () => {
  answers = [{ status: 400, code: 21220 }];
  expect(await calls.complete(callId)).toBe('gone');
});

test('429 and 5xx are tried three times more, with growing pauses', async () => {
  pauses.length = 0;
  answers = [{ status: 429, code: 20429 }, { status: 503 }, { status: 500 }, { status: 200 }];
  expect(await calls.complete(callId)).toBe('done');
  expect(pauses).toEqual([400, 800, 1_600]);
  answers = Array.from({ length: 5 }, () => ({ status: 500 }));
  await expect(calls.complete(callId)).rejects.toMatchObject({ code: 'twilio-unreachable' });
  expect(answers).toHaveLength(1);
});

test('a refusal is not repeated', async () => {
  answers = [{ status: 401, code: 20003 }];
  await expect(calls.complete(callId)).rejects.toMatchObject({ code: 'twilio-refused', facts: { status: 401 } });
  expect(asked).toHaveLength(1);
});
