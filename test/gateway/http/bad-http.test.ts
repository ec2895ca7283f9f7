import { connect } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { expectedSignature } from '../../../gateway/twilio/signature.ts';
import { fields, mediaSignature, openPort, type Port, post, raw } from './world.ts';

const port = await openPort();
afterAll(() => port.server.close());
beforeEach(() => {
  port.desk.told.length = 0;
  port.counted.length = 0;
});

const body = new URLSearchParams(fields).toString();
const signature = expectedSignature('12345', 'https://gw.example.com/twilio/voice', Object.entries(fields));
const form = 'Content-Type: application/x-www-form-urlencoded';
const request = (line: string, headers: readonly string[], text = ''): string =>
  [line, 'Host: h', ...headers, '', text].join('\r\n');
const voice = (headers: readonly string[], text: string): string =>
  request('POST /twilio/voice HTTP/1.1', [form, `X-Twilio-Signature: ${signature}`, ...headers], text);
const statusOf = (answer: string): string => answer.split(' ')[1] ?? '';
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const length = `Content-Length: ${body.length}`;

describe('C HTTP: the parser', () => {
  test.each<[string, string, string]>([
    ['good', voice([length], body), '200'],
    ['good, in chunks', voice(['Transfer-Encoding: chunked'], chunked(body)), '200'],
    ['a chunk size that is none', voice(['Transfer-Encoding: chunked'], `zz\r\n${body}`), '400'],
    ['a chunk longer than it says', voice(['Transfer-Encoding: chunked'], `1\r\n${body}\r\n0\r\n\r\n`), '400'],
    ['a chunk size of 2⁶⁴', voice(['Transfer-Encoding: chunked'], `ffffffffffffffff1\r\n${body}`), '400'],
    ['length, then chunks', voice([length, 'Transfer-Encoding: chunked'], chunked(body)), '400'],
    ['chunks, then length', voice(['Transfer-Encoding: chunked', length], chunked(body)), '400'],
    ['two lengths', voice([length, 'Content-Length: 3'], body), '400'],
    ['a negative length', voice(['Content-Length: -1'], body), '400'],
    ['a length that is no number', voice(['Content-Length: 1e3'], body), '400'],
    ['a coding that is none', voice(['Transfer-Encoding: x, chunked, y'], body), '400'],
    ['a header folded over two lines', voice([length, 'X-A: b\r\n c'], body), '400'],
    ['a space before the colon', voice([length, 'X-A : b'], body), '400'],
    ['a compressed body', voice([length, 'Content-Encoding: gzip'], body), '415'],
    [
      'a charset that we do not have',
      request('POST /twilio/voice HTTP/1.1', [`${form}; charset=utf-7`, length], body),
      '403',
    ],
    ['an expectation of nobody', voice([length, 'Expect: tea'], body), '417'],
    ['another version', request('GET /healthz HTTP/3.7', []), '400'],
    ['TRACE', request('TRACE /twilio/voice HTTP/1.1', []), '405'],
    ['OPTIONS', request('OPTIONS /twilio/voice HTTP/1.1', []), '405'],
    ['PUT', request('PUT /twilio/after HTTP/1.1', ['Content-Length: 0']), '405'],
    ['an absolute URL of another host', request('GET http://evil/twilio/voice HTTP/1.1', []), '403'],
    ['backslashes', request('GET /twilio\\voice HTTP/1.1', []), '404'],
    ['%00 inside', request('GET /twilio/voice%00 HTTP/1.1', []), '404'],
    ['dots in percents', request('GET /twilio/%2e%2e/healthz HTTP/1.1', []), '404'],
    ['a surrogate in percents', request('GET /%ed%a0%80 HTTP/1.1', []), '404'],
  ])('%s', async (_name, bytes, status) => {
    const answer = await raw(port, bytes);
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toMatch(/express|node_modules|Error:|evil/i);
    expect(port.desk.told).toEqual(status === '200' ? ['ring +15005550006'] : []);
  });

  test('Expect: 100-continue: go on, then the answer', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(port.port, '127.0.0.1');
      socket.write(voice([length, 'Expect: 100-continue', 'Connection: close'], ''));
      socket.on('data', (data) => {
        if (text === '') socket.write(body);
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  test('a second request hidden in the body of the first is a body', async () => {
    const hidden = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n';
    const answer = await raw(port, voice([`Content-Length: ${hidden.length}`, 'Connection: close'], hidden));
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(statusOf(answer)).toBe('403'); // not the body that was signed
  });

  test('a CONNECT, and an upgrade with a body: no 5xx, and the port lives on', async () => {
    expect(await raw(port, request('CONNECT evil:443 HTTP/1.1', []))).toBe('');
    const post = request('POST /twilio/media HTTP/1.1', ['Connection: Upgrade', 'Upgrade: websocket', length], body);
    expect(statusOf(await raw(port, post))).toBe('403');
    expect(statusOf(await raw(port, request('GET /healthz HTTP/1.1', [])))).toBe('200');
  });
});

describe('C HTTP: spoofed proxies', () => {
  test.each([
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'Forwarded',
    'X-Original-URL',
    'X-HTTP-Method-Override',
  ])('%s changes neither signature nor TwiML', async (name) => {
    const answer = await raw(port, voice([length, `${name}: evil`], body));
    expect(statusOf(answer)).toBe('200');
    expect(answer).toContain('url="wss://gw.example.com/twilio/media"');
    expect(answer).not.toContain('evil');
  });

  test('a signature for the host that the request names is none', async () => {
    const forged = expectedSignature('12345', 'https://evil/twilio/voice', Object.entries(fields));
    const bytes = request('POST /twilio/voice HTTP/1.1', [form, length, `X-Twilio-Signature: ${forged}`], body);
    expect(statusOf(await raw(port, bytes.replace('Host: h', 'Host: evil')))).toBe('403');
  });

  test('two signatures, of which one is good, are none: on a webhook and on the upgrade', async () => {
    expect(statusOf(await raw(port, voice([length, 'X-Twilio-Signature: x'], body)))).toBe('403');
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    const twice = [...upgrade, `X-Twilio-Signature: ${mediaSignature}`, 'X-Twilio-Signature: x'];
    expect(statusOf(await raw(port, request('GET /twilio/media HTTP/1.1', twice)))).toBe('403');
    expect(port.counted).toEqual(['webhook_refused wrong-signature', 'upgrade_refused wrong-signature']);
  });
});

describe('C HTTP: fields', () => {
  test.each<[string, number, string]>([
    ['+15005550006', 200, '+15005550006'],
    ['sip:alice@example.com', 200, 'sip:alice@example.com'],
    ['e\u0301\u0007', 200, 'é'],
    ['📞', 200, '📞'],
    ['', 200, ''],
    ['x'.repeat(4_096), 200, 'x'.repeat(256)],
  ])('From=%j is opaque text', async (From, status, seen) => {
    const answer = await post(port, '/twilio/voice', { ...fields, From });
    expect(answer.status).toBe(status);
    expect(port.desk.told).toEqual([`ring ${seen}`]);
  });

  test('100 fields are read, 101 are not', async () => {
    const more = (count: number) => ({
      ...fields,
      ...Object.fromEntries(Array.from({ length: count - Object.keys(fields).length }, (_, index) => [`p${index}`, '1'])),
    });
    expect((await post(port, '/twilio/voice', more(100))).status).toBe(200);
    expect((await post(port, '/twilio/voice', more(101))).status).toBe(400);
  });

  test('fields named after a prototype are fields', async () => {
    const odd = { ...fields, ['__proto__']: '1', constructor: '2', toString: '3' };
    expect((await post(port, '/twilio/voice', odd)).status).toBe(200);
    expect(port.desk.told).toEqual(['ring +15005550006']);
  });
});

describe('C HTTP: a desk that breaks', () => {
  const broken = async (path: string, extra: Record<string, string>): Promise<[Port, Response]> => {
    const other = await openPort();
    other.desk.ended = () => {
      throw new Error('secret detail');
    };
    other.desk.next = () => Promise.reject(new Error('secret detail'));
    const answer = await post(other, path, { ...fields, ...extra });
    other.server.close();
    return [other, answer];
  };

  test.each<[string, Record<string, string>, number, RegExp]>([
    ['/twilio/status', { CallStatus: 'completed' }, 204, /^$/],
    ['/twilio/after', { CallStatus: 'completed' }, 200, /<Response><Hangup\/><\/Response>/],
    ['/twilio/after', { CallStatus: 'in-progress' }, 200, /<Say>We are sorry[^<]*<\/Say><Hangup\/>/],
  ])('%s %j: no 5xx, counted, no detail', async (...[path, extra, status, text]) => {
    const [other, answer] = await broken(path, extra);
    const document = await answer.text();
    expect(answer.status).toBe(status);
    expect(document).toMatch(text);
    expect(document).not.toContain('secret');
    expect(other.counted).toEqual(['webhook_failed']);
  });
});

/** Sends `start`, then one byte every 20 ms until the server cuts the connection; resolves with what it said. */
const drip = (slow: Port, start: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(slow.port, '127.0.0.1', () => socket.write(start));
    const timer = setInterval(() => socket.write('x'), 20);
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(answer);
    });
  });

describe('C HTTP: slow requests are cut while their bytes still drip', () => {
  test.each<[string, string]>([
    ['request line', 'GET /'],
    ['headers', 'GET /healthz HTTP/1.1\r\nHost: h\r\nX-A: '],
    ['upgrade', 'GET /twilio/media HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: '],
    ['body', voice(['Content-Length: 60000'], 'CallSid=')],
  ])('%s', async (_name, start) => {
    const slow = await openPort();
    // The real limits, 5 s and 10 s, are asserted in webhooks.test.ts; the check itself runs once a second.
    slow.server.headersTimeout = 200;
    slow.server.requestTimeout = 300;
    const answer = await drip(slow, start);
    slow.server.close();
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close/);
    expect(slow.desk.told).toEqual([]);
  });

  test('a connection that says nothing', async () => {
    const slow = await openPort();
    slow.server.headersTimeout = 200;
    slow.server.requestTimeout = 300;
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(slow.port, '127.0.0.1');
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
    slow.server.close();
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
  });
});

test('PUBLIC_URL on loopback: each name of this machine is signed for, any other is not', async () => {
  for (const configured of ['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080']) {
    const local = await openPort({ publicUrl: new URL(configured) });
    const send = (origin: string): Promise<number> =>
      fetch(`${local.url}/twilio/voice`, {
        method: 'POST',
        headers: { 'X-Twilio-Signature': expectedSignature('12345', `${origin}/twilio/voice`, Object.entries(fields)) },
        body: new URLSearchParams(fields),
      }).then(({ status }) => status);
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      expect(await send(`http://${name}:8080`)).toBe(200);
      expect(await send(`https://${name}:8080`)).toBe(403);
      expect(await send(`http://${name}:8081`)).toBe(403);
    }
    expect(await send('http://gw.example.com:8080')).toBe(403);
    local.server.close();
  }
});
