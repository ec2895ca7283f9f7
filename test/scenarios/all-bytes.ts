import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { dtmf } from '../../gateway/audio/dtmf.ts';
import { ms } from '../../infra/brand.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { Stage } from '../world/stage.ts';

/** All bytes that a store has on disk in this folder, the write-ahead log too. */
export const onDisk = (folder: string): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join('\n');

/** What the console tells of a call, and of the process. */
export const fromConsole = async ({ gateway }: Stage, callId: string): Promise<string> => {
  const server = createServer(gateway.consoleApp).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const paths = [
    `/api/v1/calls/${callId}`,
    `/api/v1/calls/${callId}/bundle`,
    `/api/v1/calls/${callId}/events`,
    '/api/v1/calls',
    '/api/v1/handoffs',
    `/calls/${callId}`,
    '/handoffs',
    '/metrics',
  ];
  const texts = await Promise.all(paths.map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()));
  server.closeAllConnections();
  server.close();
  return texts.join('\n');
};

/** Presses keys as a phone does: each sounds in the caller's speech, and is told of a moment later. */
export const dials = async ({ clock }: Stage, call: PhoneCall, keys: string): Promise<void> => {
  const pause = (span: number) => new Promise<void>((resolve) => clock.after(ms(span), resolve));
  for (const key of keys) {
    call.speak(dtmf(key));
    await pause(60);
    call.press(key);
    await pause(190);
  }
};

/** All audio that any model session was given. */
export const heardBy = ({ model }: Stage): Buffer => Buffer.concat(model.records.flatMap(({ appended }) => appended));
