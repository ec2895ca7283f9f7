import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createLog } from '../../../infra/log.ts';
import { fields, mediaSignature, openPort, type Port, post } from './world.ts';

type Line = Readonly<Record<string, unknown>>;
let lines: Line[];
let port: Port;
beforeEach(async () => {
  lines = [];
  // The real log, so that what it would leave out is left out here.
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  port = await openPort({ log });
});
afterEach(() => {
  port.server.close();
});
const told = () => lines.map(({ level, path, why, notLogged }) => ({ level, path, why, notLogged }));
const signedWrong = (path: string) =>
  fetch(port.url + path, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': 'c2VjcmV0' },
    body: new URLSearchParams(fields),
  });

test('a wrong PUBLIC_URL or token: the line names both settings and the path, and holds nothing of the request', async () => {
  await signedWrong('/twilio/voice?To=%2B15005550010');
  expect(lines).toEqual([
    {
      level: 'warn',
      time: expect.any(String),
      why: 'wrong-signature',
      path: '/twilio/voice',
      text:
        'a webhook was refused: PUBLIC_URL must be exactly the address that Twilio calls, and TWILIO_AUTH_TOKEN the auth token ' +
        'of the account that calls',
    },
  ]);
});

test('one line per kind a minute, over all paths, with how many were not logged', async () => {
  for (const path of ['voice', 'voice', 'status', 'fallback']) await signedWrong(`/twilio/${path}`);
  await fetch(`${port.url}/twilio/voice`, { method: 'POST', body: new URLSearchParams(fields) });
  await post(port, '/twilio/voice', { ...fields, AccountSid: `AC${'b'.repeat(32)}` });
  port.clock.advance(59_999);
  await signedWrong('/twilio/voice');
  const minute = [
    { level: 'warn', path: '/twilio/voice', why: 'wrong-signature', notLogged: undefined },
    { level: 'warn', path: '/twilio/voice', why: 'no-signature', notLogged: undefined },
    { level: 'warn', path: '/twilio/voice', why: 'other-account', notLogged: undefined },
  ];
  expect(told()).toEqual(minute);
  port.clock.advance(1);
  await signedWrong('/twilio/status');
  expect(told()).toEqual([...minute, { level: 'warn', path: '/twilio/status', why: 'wrong-signature', notLogged: 4 }]);
  expect(port.counted.filter((each) => each === 'webhook_refused wrong-signature')).toHaveLength(6);
});

const upgrade = async (path: string, headers: Record<string, string>): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port.port}${path}`, { headers });
  await new Promise((resolve) => socket.once('open', resolve).once('error', resolve));
  return socket;
};

test('upgrades, and streams behind a good one', async () => {
  await upgrade('/twilio/media', { 'X-Twilio-Signature': 'c2VjcmV0' });
  await upgrade('/twilio/media', {});
  await upgrade(`/${'x'.repeat(5_000)}?y`, {});
  const socket = await upgrade('/twilio/media', { 'X-Twilio-Signature': mediaSignature });
  const sid = { streamSid: 'MZ1', callSid: 'CA1', accountSid: `AC${'a'.repeat(32)}` };
  socket.send(JSON.stringify({ event: 'start', start: sid, streamSid: 'MZ1' }));
  await once(socket, 'close');
  expect(told()).toEqual([
    { level: 'warn', path: '/twilio/media', why: 'wrong-signature', notLogged: undefined },
    { level: 'warn', path: '/twilio/media', why: 'no-signature', notLogged: undefined },
    { level: 'warn', path: `/${'x'.repeat(99)}`, why: 'wrong-path', notLogged: undefined },
    { level: 'warn', path: undefined, why: 'token missing', notLogged: undefined },
  ]);
  expect(JSON.stringify(lines)).not.toContain('c2VjcmV0');
});
