import { createServer, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { z } from 'zod';
import { parsePosted } from '../../../gateway/http/form.ts';
import { attachMediaSocket } from '../../../gateway/http/media-socket.ts';
import { readQuery } from '../../../gateway/http/rest/query.ts';
import { callListQuery } from '../../../gateway/http/schemas/call.ts';
import { figuresQuery } from '../../../gateway/http/schemas/figures.ts';
import { handoffListQuery } from '../../../gateway/http/schemas/handoff.ts';
import { deadQuery } from '../../../gateway/http/schemas/jobs.ts';
import { StreamTokens } from '../../../gateway/twilio/token.ts';
import { decodeCursor, encodeCursor } from '../../../store/paging.ts';
import { FakeDesk, FakePeople, mediaSignature } from '../../gateway/http/world.ts';
import { FakeClock } from '../../world/clock.ts';
import { filled, must, type Parser } from '../parser.ts';
import { damaged, type Random, wireText } from '../random.ts';

const pairsOf = (random: Random): readonly (readonly [string, string])[] =>
  Array.from({ length: random.oneIn(50) ? 90 + random.below(25) : random.below(8) }, (_, index) => [
    random.oneIn(4) ? wireText(random) : random.pick(['CallSid', 'From', 'SipHeader_X-A', `p${index}`, `q${index}`]),
    random.oneIn(3) ? wireText(random) : '+15005550006',
  ]);

/** The parser of the platform, which takes anything, agrees with all that ours takes. */
const form: Parser = {
  name: 'form',
  cases: 100_000,
  play: (random) => {
    const pairs = pairsOf(random);
    const isRaw = random.oneIn(3);
    const encoded = isRaw
      ? pairs.map((pair) => pair.join('=')).join('&')
      : new URLSearchParams(pairs.map(([...pair]) => pair)).toString();
    const body = damaged(random, encoded).toWellFormed();
    const read = parsePosted(body);
    if (read === undefined) {
      must(
        isRaw ||
          body !== encoded ||
          pairs.length > 100 ||
          new Set(pairs.map(([name]) => name)).size < pairs.length ||
          /%5B|%5D/.test(body),
        'a good form is taken',
      );
      return;
    }
    must(read.pairs.length <= 100, 'at most 100 fields');
    // A question mark at the start would be passed over there.
    const expected = [...new URLSearchParams(`&${body}`)];
    must(JSON.stringify(read.pairs) === JSON.stringify(expected), 'the same pairs as of URLSearchParams');
    must(
      read.pairs.every(([name]) => !/[[\]]/.test(name)),
      'no nested names',
    );
  },
  large: (size) => {
    for (const piece of ['a=1&', '%41', '+', 'SipHeader_a=1&', '&', '=', '%']) parsePosted(filled(piece, size));
  },
};

const queries: readonly [z.ZodObject, ...z.ZodObject[]] = [callListQuery, handoffListQuery, figuresQuery, deadQuery];
const values = [
  '5',
  '200',
  '201',
  '1e9',
  '0',
  '-1',
  '2026-01-01',
  '2026-13-45',
  'true',
  'csv',
  'json',
  ',',
  encodeCursor({ at: 5, id: 'a' }),
] as const;

const consoleApi: Parser = {
  name: 'console API',
  cases: 100_000,
  play: (random) => {
    const schema = random.pick(queries);
    const names = Object.keys(schema.shape);
    const query = Array.from({ length: random.below(4) }, () => {
      const name = random.oneIn(5) ? wireText(random) : (names[random.below(names.length)] ?? '');
      return `${name}=${encodeURIComponent(random.oneIn(3) ? wireText(random) : damaged(random, random.pick(values)).toWellFormed())}`;
    }).join('&');
    const read = readQuery(new URLSearchParams(query), schema);
    if ('problem' in read) {
      must(
        /^[\x20-\x7e’…]*$/.test(read.problem) && read.problem.length < 2_000,
        `a problem in plain words, not ${read.problem}`,
      );
    } else {
      const limit: unknown = Reflect.get(read.value, 'limit');
      must(limit === undefined || (typeof limit === 'number' && limit >= 1 && limit <= 200), 'at most 200 rows');
    }
    const cursor = random.oneIn(2) ? wireText(random) : damaged(random, encodeCursor({ at: random.bits(), id: 'CA1' }));
    const place = decodeCursor(cursor);
    if (place !== undefined)
      must(JSON.stringify(decodeCursor(encodeCursor(place))) === JSON.stringify(place), 'the place comes back');
  },
  large: (size) => {
    // Node takes no URL and headers of more than 16 KiB.
    const most = Math.min(size, 16_384);
    const distinct = Array.from({ length: most / 5 }, (_, index) => `${index.toString(36).padStart(4, '0')}`).join('&');
    for (const text of [distinct, filled('a&', most), filled('limit=1', most), `cursor=${filled('MSBh', most)}`])
      readQuery(new URLSearchParams(text), callListQuery);
  },
};

/** What an upgrade gets written to. */
class Wire extends Duplex {
  written = '';
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString('latin1');
    done();
  }
}

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
const noSocket = new Socket();
const goodHeaders: Readonly<Record<string, string>> = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'x-twilio-signature': mediaSignature,
};
const others = ['origin', 'sec-websocket-protocol', 'sec-websocket-extensions', 'x-forwarded-host', 'host'] as const;

const sendUpgrade = (request: { readonly method: string; readonly url: string; readonly headers: object }, head: Buffer) => {
  const message = Object.assign(new IncomingMessage(noSocket), { method: request.method, url: request.url });
  Object.assign(message.headers, request.headers);
  const wire = new Wire();
  server.emit('upgrade', message, wire, head);
  const status = Number(wire.written.split(' ', 2)[1]);
  const hasEnded = wire.writableEnded;
  wire.destroy();
  return { status, hasEnded };
};

const headersOf = (random: Random): Record<string, string> => {
  const headers: Record<string, string> = { ...goodHeaders };
  for (let edits = random.below(3); edits > 0; edits -= 1) {
    const name = random.oneIn(3) ? random.pick(others) : (Object.keys(goodHeaders)[random.below(5)] ?? 'upgrade');
    if (random.oneIn(4)) delete headers[name];
    else headers[name] = random.oneIn(2) ? wireText(random) : damaged(random, headers[name] ?? '');
  }
  return headers;
};

const upgrade: Parser = {
  name: 'upgrade',
  cases: 100_000,
  play: (random) => {
    const headers = headersOf(random);
    const method = random.oneIn(8) ? random.pick(['POST', 'get', '', 'PUT']) : 'GET';
    const url = random.oneIn(3) ? damaged(random, '/twilio/media?a=1') : '/twilio/media';
    const { status, hasEnded } = sendUpgrade({ method, url, headers }, random.oneIn(3) ? random.bytes(60) : Buffer.alloc(0));
    if (status === 101) {
      const isRight = url === '/twilio/media' && method === 'GET' && headers['x-twilio-signature'] === mediaSignature;
      must(isRight && !('origin' in headers), '101 only for what was signed and is no browser');
    } else must(status >= 400 && status < 500 && hasEnded, `a 4xx and the end of the socket, not ${status}`);
    must(desk.told.length === 0, 'no call is touched');
  },
  large: (size) => {
    for (const name of Object.keys(goodHeaders))
      for (const piece of ['a', ',', '; ', '=', '"'])
        sendUpgrade(
          {
            method: 'GET',
            url: '/twilio/media',
            headers: { ...goodHeaders, [name]: filled(piece, Math.min(size, 16_384)) },
          },
          Buffer.alloc(0),
        );
  },
};

export const httpParsers: readonly Parser[] = [form, upgrade, consoleApi];
