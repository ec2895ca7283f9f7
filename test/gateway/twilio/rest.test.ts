import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { twilioOrders } from '../../../gateway/twilio/rest.ts';
import { type Milliseconds, parseCallId } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';

const callId = parseCallId(`CA${'1'.repeat(32)}`);
if (callId === undefined) throw new Error('not a call id');

const leg = parseCallId(`CA${'2'.repeat(32)}`);
if (leg === undefined) throw new Error('not a call id');

let answers: { status: number; code?: number; leg?: string }[] = [];
const asked: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  asked.push(`${request.method} ${request.url} ${body}`);
  const { status, code, leg: legStatus = 'queued' } = answers.shift() ?? { status: 200 };
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(status < 400 ? { sid: callId, status: legStatus } : { status, code, message: 'no' }));
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
const orders = twilioOrders({
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'token',
  apiUrl: new URL(`http://127.0.0.1:${port}`),
  clock: { ...systemClock, after },
  random: () => 0.5,
  links: { transfer: 'https://h/twilio/transfer', after: 'https://h/twilio/after' },
});
const path = `POST /2010-04-01/Accounts/AC${'a'.repeat(32)}/Calls/${callId}.json`;

test('orders about legs reach TWILIO_API_URL', async () => {
  answers = [];
  const ref = { callId, transfer: 't1' };
  expect(await orders.takeBack(ref)).toBe('done');
  expect(await orders.askPersonAgain(ref, leg)).toBe('done');
  expect(await orders.askAgain(callId)).toBe('done');
  expect(await orders.complete(callId)).toBe('done');
  const url = encodeURIComponent(`https://h/twilio/transfer/${callId}/t1/`);
  expect(asked).toEqual([
    `${path} Url=${url}back&Method=POST`,
    `${path.replace(callId, leg)} Url=${url}whisper&Method=POST`,
    `${path} Url=${encodeURIComponent('https://h/twilio/after')}&Method=POST`,
    `${path} Status=completed`,
  ]);
});

test('a person is rung from our number, with a machine looked for beside the whisper', async () => {
  answers = [];
  const ring = { ref: { callId, transfer: 't1' }, address: '+15005550020', from: '+15005550010', ringSeconds: 20 };
  expect(await orders.ring(ring)).toBe(callId);
  const [method, url, body = ''] = (asked[0] ?? '').split(' ');
  expect([method, url]).toEqual(['POST', `/2010-04-01/Accounts/AC${'a'.repeat(32)}/Calls.json`]);
  const base = `https://h/twilio/transfer/${callId}/t1`;
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
    To: '+15005550020',
    From: '+15005550010',
    Url: `${base}/whisper`,
    StatusCallback: `${base}/status`,
    Timeout: '20',
    MachineDetection: 'Enable',
    AsyncAmd: 'true',
    AsyncAmdStatusCallback: `${base}/machine`,
  });
});

test('nobody is rung twice: only an order that was refused for now is given again', async () => {
  const ring = { ref: { callId, transfer: 't1' }, address: '+15005550020', from: '+15005550010', ringSeconds: 20 };
  answers = [{ status: 500 }];
  await expect(orders.ring(ring)).rejects.toMatchObject({ code: 'twilio-unreachable' });
  expect(asked).toHaveLength(1);
  answers = [{ status: 429, code: 20429 }, { status: 200 }];
  expect(await orders.ring(ring)).toBe(callId);
  expect(asked).toHaveLength(3);
});

test.each([
  ['in-progress', false],
  ['ringing', false],
  ['completed', true],
  ['canceled', true],
])('a leg that is %s', async (status, isOver) => {
  answers = [{ status: 200, leg: status }];
  expect(await orders.isOver(callId)).toBe(isOver);
});

test('a call that is over is gone, not an error', async () => {
  answers = [{ status: 400, code: 21220 }];
  expect(await orders.complete(callId)).toBe('gone');
});

test('429 and 5xx are tried three times more, with growing pauses', async () => {
  pauses.length = 0;
  answers = [{ status: 429, code: 20429 }, { status: 503 }, { status: 500 }, { status: 200 }];
  expect(await orders.complete(callId)).toBe('done');
  expect(pauses).toEqual([400, 800, 1_600]);
  answers = Array.from({ length: 5 }, () => ({ status: 500 }));
  await expect(orders.complete(callId)).rejects.toMatchObject({ code: 'twilio-unreachable' });
  expect(answers).toHaveLength(1);
});

test('a refusal is not repeated', async () => {
  answers = [{ status: 401, code: 20003 }];
  await expect(orders.complete(callId)).rejects.toMatchObject({ code: 'twilio-refused', facts: { status: 401 } });
  expect(asked).toHaveLength(1);
});
