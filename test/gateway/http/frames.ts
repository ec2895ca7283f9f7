import { connect, type Socket } from 'node:net';
import { mediaSignature, type Port } from './world.ts';

interface FrameOptions {
  readonly fin?: boolean;
  /** The three reserved bits, as they stand in the first byte. */
  readonly rsv?: number;
  readonly masked?: boolean;
}

/** Opcodes of RFC 6455, section 5.2. */
export const opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  reserved: 3,
  close: 8,
  ping: 9,
  pong: 10,
  reservedControl: 11,
} as const;

/** One WebSocket frame as RFC 6455 writes it, or as it forbids to. Masked with zeros, so that the payload stays readable. */
export const frame = (code: number, payload: string | Uint8Array, options: FrameOptions = {}): Buffer => {
  const { fin = true, rsv = 0, masked = true } = options;
  const body = Buffer.from(payload);
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | rsv | code;
  const head = body.length < 126 ? [first, mask | body.length] : [first, mask | 126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), body]);
};

/** A text frame with a JSON message. */
export const message = (value: object): Buffer => frame(opcode.text, JSON.stringify(value));

/** A good handshake for the media socket, to be followed by frames. */
export const handshake = Buffer.from(
  [
    'GET /twilio/media HTTP/1.1',
    'Host: h',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    `X-Twilio-Signature: ${mediaSignature}`,
    '',
    '',
  ].join('\r\n'),
);

/** The code of the first close frame in what a server sent, handshake included; `undefined` while there is none. */
const closeCodeIn = (received: Buffer): number | undefined => {
  let at = received.indexOf('\r\n\r\n') + 4;
  if (at < 4) return undefined;
  while (at + 1 < received.length) {
    const length = (received[at + 1] ?? 0) & 0x7f; // our server says nothing long here
    if (((received[at] ?? 0) & 0x0f) === opcode.close) return received.readUInt16BE(at + 2);
    at += 2 + length;
  }
  return undefined;
};

/** A media socket without a WebSocket client: sends exactly these bytes after one another. */
export const dialRaw = (port: Port, ...parts: readonly Buffer[]) => {
  let received = Buffer.alloc(0);
  const socket: Socket = connect(port.port, '127.0.0.1', () => socket.write(Buffer.concat(parts)));
  const closed = new Promise<number | undefined>((resolve) => {
    socket.on('close', () => resolve(closeCodeIn(received)));
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      // As a client would, so that the server needn't wait for our half of the closing handshake.
      if (closeCodeIn(received) !== undefined) socket.destroy();
    });
  });
  socket.on('error', () => {});
  return { socket, closed };
};
