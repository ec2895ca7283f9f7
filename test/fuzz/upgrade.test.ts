import { createServer, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachMediaSocket } from '../../gateway/http/media-socket.ts';
import { StreamTokens } from '../../gateway/twilio/token.ts';
import { FakeDesk, FakePeople, mediaSignature } from '../gateway/http/world.ts';
import { FakeClock } from '../world/clock.ts';
import { damaged, nastyText, neverThrows } from './runs.ts';

/** What an upgrade gets written to, and keeps it. */
class Wire extends Duplex {
  written = '';
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString('latin1');
    done();
  }
}

const good = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'x-twilio-signature': mediaSignature,
};
const header = (text: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(text) },
    { weight: 1, arbitrary: fc.oneof(damaged(fc.constant(text)), nastyText) },
  );
const extra = fc.dictionary(
  fc.constantFrom('origin', 'sec-websocket-protocol', 'sec-websocket-extensions', 'x-forwarded-host', '__proto__'),
  nastyText,
  { maxKeys: 2 },
);
const requests = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'get', ''),
  url: fc.oneof(
    { weight: 3, arbitrary: fc.constant('/twilio/media') },
    damaged(fc.constant('/twilio/media?a=1')),
    nastyText,
  ),
  headers: fc.record({
    upgrade: header(good.upgrade),
    connection: header(good.connection),
    'sec-websocket-version': header(good['sec-websocket-version']),
    'sec-websocket-key': header(good['sec-websocket-key']),
    'x-twilio-signature': header(good['x-twilio-signature']),
  }),
  extra: fc.oneof(fc.constant({}), extra),
  head: fc.uint8Array({ maxLength: 60 }),
});

test('upgrades: 101 for exactly what was signed, else a 4xx and the end of the socket', () => {
  const clock = new FakeClock();
  const desk = new FakeDesk();
  const server = createServer();
  attachMediaSocket(server, {
    publicUrl: new URL('https://gw.example.com'),
    authTokens: ['12345'],
    tokens: new StreamTokens(['secret'], clock),
    desk,
    people: new FakePeople(),
    clock,
    count() {},
    lastResort: { kind: 'hang-up' },
    log: { info() {}, warn() {}, error() {} },
  });
  let accepted = 0;
  neverThrows(requests, ({ method, url, headers, extra, head }) => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method, url });
    Object.assign(request.headers, headers, extra);
    const wire = new Wire();
    server.emit('upgrade', request, wire, Buffer.from(head));
    const status = Number(wire.written.split(' ')[1]);
    if (status === 101) {
      accepted += 1;
      expect([url, method, headers['x-twilio-signature'], 'origin' in extra]).toEqual([
        '/twilio/media',
        'GET',
        mediaSignature,
        false,
      ]);
    } else {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(wire.writableEnded).toBe(true);
    }
    wire.destroy();
  });
  expect(accepted).toBeGreaterThan(10);
  expect(desk.told).toEqual([]);
});
