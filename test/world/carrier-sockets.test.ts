import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { tone } from './carrier/mulaw.ts';
import type { PhoneCall } from './carrier/phone-call.ts';
import { signatureOf } from './carrier/signature.ts';
import { Carrier } from './carrier.ts';

const authToken = '12345';
const streamUrl = 'wss://gw.example.com/media';
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** A gateway that says back what it hears, over real sockets. `/media` refuses unless the signature is right. */
const echoGateway = async (connectUrl = streamUrl) => {
  const seen: string[] = [];
  const heard = { frames: 0 };
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const verbs =
      request.url === '/voice' ? `<Connect action="/after"><Stream url="${connectUrl}"/></Connect>` : '<Hangup/>';
    response.writeHead(200, { 'content-type': 'text/xml' }).end(`<Response>${verbs}</Response>`);
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.headers['x-twilio-signature'] !== signatureOf(authToken, streamUrl)) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString());
        if (message.event === 'start') seen.push(`start ${message.start.callSid}`);
        if (message.event !== 'media') return;
        heard.frames += 1;
        const { streamSid } = message;
        webSocket.send(JSON.stringify({ event: 'media', streamSid, media: { payload: message.media.payload } }));
        webSocket.send(JSON.stringify({ event: 'mark', streamSid, mark: { name: message.media.chunk } }));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: portOf(server), seen, heard, sockets };
};

const carrierOn = (port: number): Carrier => {
  const carrier = new Carrier({
    accountSid: 'AC00000000000000000000000000000001',
    authToken,
    number: { voiceUrl: `http://127.0.0.1:${port}/voice` },
    dial: (url) => url.replace('wss://gw.example.com', `ws://127.0.0.1:${port}`),
    say: () => new Uint8Array(80),
  });
  open.push(() => carrier.close());
  return carrier;
};

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const marksOf = (call: PhoneCall) => call.record.facts.filter((fact) => fact.type === 'mark-returned');

describe('the carrier over real sockets', () => {
  it('talks to an echo, hears itself, and is hung up on over REST', async () => {
    const { port, seen } = await echoGateway();
    const carrier = carrierOn(port);
    const restUrl = await carrier.listen();
    const call = carrier.call();
    await until(() => call.stream !== undefined);
    call.speak(tone(200));
    await until(() => call.record.agentEar.audibleMs >= 100 && marksOf(call).length >= 5);
    expect(seen.slice(0, 2)).toEqual(['POST /voice', `start ${call.sid}`]);
    expect(call.callerFramesSent).toBeGreaterThanOrEqual(5);
    const answer = await fetch(`${restUrl}/2010-04-01/Accounts/${carrier.accountSid}/Calls/${call.sid}.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${carrier.accountSid}:${authToken}`).toString('base64')}` },
      body: new URLSearchParams({ Status: 'completed' }),
    });
    expect([answer.status, call.status, call.record.debuggerCodes]).toEqual([200, 'completed', []]);
  });

  it('asks the action when the gateway breaks', async () => {
    const { port, seen, sockets } = await echoGateway();
    const call = carrierOn(port).call();
    await until(() => sockets.clients.size > 0 && call.stream !== undefined);
    for (const client of sockets.clients) client.terminate();
    await call.ended;
    expect(seen).toContain('POST /after');
    expect(call.record.debuggerCodes).toEqual([31903]);
  });

  it('reads nothing while it is stalled, and everything afterwards', async () => {
    const { port, heard } = await echoGateway();
    const call = carrierOn(port).call();
    await until(() => marksOf(call).length >= 2);
    call.stream?.stallReading(true);
    const before = marksOf(call).length;
    const frames = heard.frames;
    await until(() => heard.frames >= frames + 10);
    expect(marksOf(call).length).toBeLessThan(before + 3); // those that playout had taken already
    call.stream?.stallReading(false);
    await until(() => marksOf(call).length >= before + 5);
  });

  it('goes on with the TwiML when the handshake is refused', async () => {
    const { port, seen } = await echoGateway('wss://gw.example.com/other');
    const call = carrierOn(port).call();
    await call.ended;
    expect([call.record.debuggerCodes, call.phoneSockets]).toEqual([[31920], 0]);
    expect(seen).toContain('POST /after');
  });

  it('ends the call when nobody listens', async () => {
    const call = carrierOn(1).call();
    await call.ended;
    expect(call.record.debuggerCodes).toEqual([11205]);
    expect(call.record.facts.at(-1)).toMatchObject({ type: 'ended', reason: 'application-error' });
  });

  it('gets over a gateway that is away when the stream breaks', async () => {
    const { port, sockets } = await echoGateway();
    const call = carrierOn(port).call();
    await until(() => sockets.clients.size > 0 && call.stream !== undefined);
    await open.shift()?.();
    await call.ended;
    expect(call.record.debuggerCodes).toEqual([31903, 11205]);
  });
});
