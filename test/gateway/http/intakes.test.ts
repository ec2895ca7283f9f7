import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { IntakeDefinition } from '../../../agents/definition.ts';
import { fieldNamesOf } from '../../../agents/intake-names.ts';
import type { HttpDeps } from '../../../gateway/http/deps.ts';
import { wallTime } from '../../../infra/brand.ts';
import type { Announcement, IntakeStore } from '../../../store/intakes.ts';
import { readTwiml } from '../../world/twiml-document.ts';
import { account, call, fields, openPort, type Port, post, raw } from './world.ts';

const apiKey = 'a-key-that-is-long-enough';
const intake: IntakeDefinition = {
  accepts: z.object({ department: z.enum(['billing', 'support']), accountId: z.string().max(20), tries: z.number() }),
  facts: (given) => given,
  verified: new Set(),
  playsGreeting: false,
};

const told: Announcement[] = [];
const announce: IntakeStore['announce'] = async (announcement) => {
  told.push(announcement);
  return { key: 'abcdefghjk', expiresAt: wallTime(Date.UTC(2026, 0, 1, 0, 10)) };
};
const intakeNames = fieldNamesOf(Object.keys(intake.accepts.shape));
const announcing = { apiKey, intakes: { announce }, intake };
const port = await openPort({ announcing, intakeNames });
const opened: Port[] = [port];
const open = async (overrides: Partial<HttpDeps>): Promise<Port> => {
  const other = await openPort(overrides);
  opened.push(other);
  return other;
};
afterAll(() => {
  for (const { server } of opened) server.close();
});
afterEach(() => {
  told.length = 0;
  port.counted.length = 0;
  port.clock.advance(1_000); // so that no test has too many requests in a second
});

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: Port;
}
const json = { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` };
const send = ({ body = { fields: {} }, headers = json, at = port }: Sent = {}): Promise<Response> =>
  fetch(`${at.url}/intakes`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const failure = z.object({
  error: z.object({
    message: z.string(),
    problems: z.array(z.object({ path: z.string(), reason: z.string() })).optional(),
  }),
});
const errorOf = async (answer: Response) => failure.parse(await answer.json()).error;
const problemsOf = async (answer: Response): Promise<readonly string[]> =>
  ((await errorOf(answer)).problems ?? []).map(({ path, reason }) => `${path}: ${reason}`);
const given = z.object({
  stream: z.object({ url: z.string(), action: z.string(), parameters: z.record(z.string(), z.string()) }),
});

test('an announcement gets a key, and is kept for ten minutes', async () => {
  const answer = await send({
    body: { fields: { department: 'billing', account_id: ' acct_1042\n', tries: 2 }, from: '+14155550134' },
  });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
  expect(await answer.json()).toEqual({ key: 'abcdefghjk', expiresAt: '2026-01-01T00:10:00.000Z' });
  expect(told).toEqual([
    { fields: { department: 'billing', accountId: 'acct_1042', tries: '2' }, from: '+14155550134', keepMs: 600_000 },
  ]);
});

test('with the id of the call it tells what another application puts into its TwiML', async () => {
  const answer = await send({ body: { fields: {}, callSid: call, from: '+1', to: '+2', ttlSeconds: 60 } });
  const { stream } = given.parse(await answer.json());
  const { nonce } = stream.parameters;
  expect(stream).toEqual({
    url: 'wss://gw.example.com/twilio/media',
    action: `https://gw.example.com/twilio/after/${nonce}`,
    parameters: expect.objectContaining({ token: expect.stringMatching(/^[0-9a-f]{64}$/), intake: 'abcdefghjk' }),
  });
  port.clock.advance(59_999);
  const redeemed = port.tokens.redeem({ parameters: stream.parameters, callSid: call, accountSid: account });
  expect(redeemed).toMatchObject({
    kind: 'valid',
    isForeign: true,
    call: { from: '+1', to: '+2', brought: { key: 'abcdefghjk' } },
  });
  expect(told).toMatchObject([{ callId: call, keepMs: 60_000 }]);
});

test('a gateway that does not know whose calls these are gives no stream', async () => {
  const other = await open({ announcing, intakeNames, ...Object.fromEntries([['accountSid', undefined]]) });
  expect(await (await send({ body: { fields: {}, callSid: call }, at: other })).json()).not.toHaveProperty('stream');
});

describe('what is wrong is told, with its place', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['no JSON', '{', [': is not a JSON object']],
    ['a list', [], [': is not a JSON object']],
    ['null', null, [': is not a JSON object']],
    ['a prototype', '{"fields":{},"__proto__":{"a":1}}', [': is not a JSON object']],
    ['nested deep', `{"fields":${'{"a":'.repeat(50)}1${'}'.repeat(50)}}`, [': is not a JSON object']],
    ['no fields', {}, ['fields: must be an object with the fields that the line takes']],
    ['fields that are a list', { fields: [1] }, ['fields: must be an object with the fields that the line takes']],
    [
      'an unknown name',
      { fields: {}, callsid: call },
      ['callsid: is not known; there are fields, callSid, from, to, ttlSeconds'],
    ],
    [
      'an unknown field',
      { fields: { acountId: 'x' } },
      ['fields.acountId: is no field of this line; there are department, accountId, tries'],
    ],
    [
      'a value that does not fit',
      { fields: { department: 'sales' } },
      [expect.stringMatching(/^fields\.department: .*"billing"/)],
    ],
    [
      'a value too long for the line',
      { fields: { accountId: 'x'.repeat(21) } },
      [expect.stringMatching(/^fields\.accountId: .*20/)],
    ],
    [
      'a value too long for all',
      { fields: { accountId: 'x'.repeat(501) } },
      ['fields.accountId: is longer than 500 characters'],
    ],
    ['an object as a value', { fields: { accountId: {} } }, ['fields.accountId: must be text, a number, true or false']],
    ['a field twice', { fields: { accountId: 'a', account_id: 'b' } }, ['fields.accountId: is there twice']],
    ['a bad call id', { fields: {}, callSid: 'CA1' }, ['callSid: must be CA and 32 hexadecimal digits']],
    ['a number that is none', { fields: {}, from: 7 }, ['from: must be text']],
    ['too short', { fields: {}, ttlSeconds: 29 }, ['ttlSeconds: must be a whole number from 30 to 3600']],
    ['too long', { fields: {}, ttlSeconds: 3601 }, ['ttlSeconds: must be a whole number from 30 to 3600']],
    ['no whole number', { fields: {}, ttlSeconds: 30.5 }, ['ttlSeconds: must be a whole number from 30 to 3600']],
    ['text as a number', { fields: {}, ttlSeconds: '60' }, ['ttlSeconds: must be a whole number from 30 to 3600']],
    [
      'all at once',
      { callSid: 1, to: 1 },
      [expect.stringMatching(/^fields/), expect.stringMatching(/^callSid/), 'to: must be text'],
    ],
  ])('%s', async (...[, body, problems]) => {
    const answer = await send({ body });
    expect(answer.status).toBe(400);
    expect(await problemsOf(answer)).toEqual(problems);
    expect(told).toEqual([]);
  });

  test('a line that takes nothing', async () => {
    const other = await open({ announcing: { ...announcing, intake: undefined } });
    expect(await problemsOf(await send({ body: { fields: { a: 'b' } }, at: other }))).toEqual([
      'fields.a: this line takes no fields',
    ]);
  });

  test('an empty field is none: a menu got no answer', async () => {
    expect((await send({ body: { fields: { department: '', accountId: ' ' } } })).status).toBe(201);
    expect(told).toMatchObject([{ fields: {} }]);
  });
});

describe('who may announce', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['no key', {}],
    ['another', { Authorization: 'Bearer another-key-as-long-as-it' }],
    ['the beginning of it', { Authorization: `Bearer ${apiKey.slice(0, -1)}` }],
    ['more than it', { Authorization: `Bearer ${apiKey}x` }],
    ['it as a password', { Authorization: `Basic ${apiKey}` }],
    ['an empty one', { Authorization: 'Bearer ' }],
  ])('%s: 401, and nothing is read', async (_, headers) => {
    const answer = await send({ headers, body: 'not even JSON' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="intakes"']);
    expect(JSON.stringify(await answer.json())).not.toContain(apiKey);
    expect([told, port.counted]).toEqual([[], ['intake_refused no-key']]);
  });

  test('without the setting there is no such page', async () => {
    const other = await open({ intakeNames });
    for (const method of ['POST', 'GET']) {
      const answer = await fetch(`${other.url}/intakes`, { method, headers: json });
      expect([answer.status, await answer.text()]).toEqual([404, '']);
    }
  });

  test('the key in lower-case `bearer` is the same', async () => {
    expect((await send({ headers: { ...json, Authorization: `bearer  ${apiKey}` } })).status).toBe(201);
  });
});

describe('C HTTP', () => {
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    '%s is no JSON: 415',
    async (type) => {
      const answer = await fetch(`${port.url}/intakes`, {
        method: 'POST',
        headers: { ...json, 'Content-Type': type },
        body: Buffer.from('{"fields":{}}'),
      });
      expect(answer.status).toBe(415);
    },
  );

  test('JSON with a charset is', async () => {
    expect((await send({ headers: { ...json, 'Content-Type': 'application/json; charset=utf-8' } })).status).toBe(201);
  });

  test('other methods: 405', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
      const answer = await fetch(`${port.url}/intakes`, { method, headers: json });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  test('over 16 KiB: 413, compressed: 415', async () => {
    const answer = await send({ body: { fields: { accountId: 'x'.repeat(17_000) } } });
    expect([answer.status, (await errorOf(answer)).message]).toEqual([413, 'a body has at most 16384 bytes']);
    expect((await send({ headers: { ...json, 'Content-Encoding': 'gzip' } })).status).toBe(415);
  });

  test('a hundred in a second, ten without the key; those that have it are not held up by those that have not', async () => {
    const statuses = async (count: number, headers: Readonly<Record<string, string>>) => {
      const answers = await Promise.all(Array.from({ length: count }, () => send({ headers })));
      const statusOf = answers.map(({ status }) => status);
      const late = answers.find(({ status }) => status === 429);
      return { counts: [201, 401, 429].map((each) => statusOf.filter((status) => status === each).length), late };
    };
    const strangers = await statuses(15, {});
    expect(strangers.counts).toEqual([0, 10, 5]);
    const friends = await statuses(105, json);
    expect(friends.counts).toEqual([100, 0, 5]);
    expect(friends.late?.headers.get('retry-after')).toBe('1');
    port.clock.advance(1_000);
    expect((await send()).status).toBe(201);
  });

  test('a store that is away: 503, and when to try again', async () => {
    const away = { announce: () => Promise.reject(new Error('redis://user:secret@host is away')) };
    const other = await open({ announcing: { ...announcing, intakes: away } });
    const answer = await send({ at: other });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.text()).not.toContain('secret');
  });

  test('a body that never ends costs its own connection', async () => {
    const head = `POST /intakes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 99`;
    expect(await raw(port, `${head}\r\n\r\n{"fields"`)).toBe('');
    expect((await send()).status).toBe(201);
  });
});

describe('/twilio/voice', () => {
  const parametersOf = async (answer: Response): Promise<Readonly<Record<string, string>>> => {
    const document = readTwiml('text/xml', await answer.text());
    const [connect] = document.kind === 'document' ? document.verbs : [];
    const parameters = connect?.children[0]?.children ?? [];
    return Object.fromEntries(parameters.map(({ attributes }) => [attributes['name'], attributes['value'] ?? '']));
  };
  const broughtBy = async (answer: Response) => {
    const parameters = await parametersOf(answer);
    const redeemed = port.tokens.redeem({ parameters, callSid: call, accountSid: account });
    return redeemed.kind === 'valid' ? redeemed.call.brought : redeemed.why;
  };

  test('a POST brings the fields of its URL and its form along, the URL first', async () => {
    const path = '/twilio/voice?accountId=acct_1&department=billing&intake=abcdefghjk';
    const answer = await post(port, path, { ...fields, accountId: 'form', 'SipHeader_X-Tries': '2', Digits: '7' });
    expect(await broughtBy(answer)).toEqual({
      fields: { accountId: 'acct_1', department: 'billing', tries: '2' },
      key: 'abcdefghjk',
    });
  });

  test('what is too long is left out, and counted by a fixed word; the call is answered', async () => {
    const answer = await post(port, '/twilio/voice', { ...fields, accountId: 'x'.repeat(501), intake: 'nonsense' });
    expect(await broughtBy(answer)).toBeUndefined();
    expect(port.counted).toEqual(['intake_field_left_out too-long', 'intake_field_left_out no-key']);
  });

  test('a URL that was not signed so is refused', async () => {
    const answer = await post(port, '/twilio/voice?accountId=acct_1', fields);
    expect(answer.status).toBe(200);
    const forged = await fetch(`${port.url}/twilio/voice?accountId=acct_2`, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': 'x' },
      body: new URLSearchParams(fields),
    });
    expect(forged.status).toBe(403);
  });
});
