import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScreenTokens } from '../../../gateway/screen/screen-token.ts';
import { wallTime } from '../../../infra/brand.ts';
import { createLog } from '../../../infra/log.ts';
import { find, parsePage, texts } from '../screen/page-document.ts';
import { FakeScreenDesk, ref } from '../screen/world.ts';
import { openPort, type Port, raw } from './world.ts';

const secrets = ['secret'] as const;
let desk: FakeScreenDesk;
let counted: string[];
let lines: string[];
let port: Port;
let token: string;
beforeEach(async () => {
  desk = new FakeScreenDesk();
  counted = [];
  lines = [];
  // Verifies by the port's clock, which is made with the port.
  const late: { tokens?: ScreenTokens } = {};
  const tokens = { verify: (text: string) => late.tokens?.verify(text) ?? ({ kind: 'invalid', why: 'wrong' } as const) };
  const count = (what: string, labels: Readonly<Record<string, string>> = {}) =>
    counted.push([what, ...Object.values(labels)].join(' '));
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } });
  port = await openPort({ screen: { desk, tokens, count }, log });
  late.tokens = new ScreenTokens(secrets, port.clock);
  token = late.tokens.issue(ref);
});
afterEach(() => {
  // Whatever happened: the credential is in no log.
  expect(lines.join('')).not.toContain(token);
  port.server.close();
});

const ask = (path = token, init: RequestInit = {}) => fetch(`${port.url}/screen/${path}`, { redirect: 'manual', ...init });
const send = (fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  ask(token, { method: 'POST', body: new URLSearchParams(fields), headers });
const sendJson = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(token, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });
const pageOf = async (answer: Response) => parsePage(await answer.text());
const titleOf = async (answer: Response) => texts(await pageOf(answer), 'h1')[0];

const expectSafe = (answer: Response) => {
  const policy = answer.headers.get('content-security-policy');
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
  );
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
    'x-frame-options': 'DENY',
    vary: 'Accept',
  });
};

describe('GET', () => {
  test('the page', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expectSafe(answer);
    expect(await titleOf(answer)).toBe('Dana Whitfield');
    expect(desk.told).toEqual([]);
  });

  test('the same as JSON', async () => {
    const answer = await ask(token, { headers: { Accept: 'application/json' } });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expectSafe(answer);
    expect(await answer.json()).toMatchObject({
      schema: 1,
      phase: 'talking',
      transfer: { to: 'Integration team', from: 'technical', requestedAt: '1970-01-01T00:19:35.000Z' },
      caller: { name: 'Dana Whitfield', nameVerified: true, company: null, tier: 'Pro', number: '+14155550134' },
      notes: null,
      outcome: null,
      bundle: { schema: 1, userState: { sentiment: 'frustrated' }, toolCalls: [{ name: 'checkAccountStatus' }, {}, {}] },
    });
  });

  test.each([
    ['text/html', 'text/html'],
    ['*/*', 'text/html'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html'],
    ['application/json, text/plain, */*', 'application/json'],
    ['image/png', 'text/html'],
  ])('Accept: %s gets %s', async (accept, type) => {
    expect((await ask(token, { headers: { Accept: accept } })).headers.get('content-type')).toContain(type);
  });

  test('HEAD: the same status and headers, no body', async () => {
    const answer = await ask(token, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expectSafe(answer);
    expect(await answer.text()).toBe('');
  });

  test('what became of the last word, of the four that there are', async () => {
    const answered = async (query: string) => texts(await pageOf(await ask(`${token}?${query}`)), 'p.answer');
    expect(await answered('done=given-back')).toEqual([expect.stringContaining('back to the assistant')]);
    for (const query of ['done=<b>', 'done=', 'done=constructor', 'x=done', 'done=savedx'])
      expect(await answered(query)).toEqual([]);
  });

  test('a view with anything in it is one page', async () => {
    const { viewFull } = await import('../screen/world.ts');
    desk.view_ = viewFull('<script>alert(1)</script>\u202e');
    expect(texts(await pageOf(await ask()), 'script')).toEqual([]);
  });
});

describe('links that do not work', () => {
  const other = () => new ScreenTokens(['other'], port.clock).issue(ref);
  test.each<[string, () => string, number]>([
    ['mistyped', () => `${token.slice(0, -1)}!`, 404],
    ['cut', () => token.slice(0, 40), 404],
    ['of another secret', other, 404],
    ['of no transfer', () => new ScreenTokens(secrets, port.clock).issue({ ...ref, transfer: '9.9' }), 404],
    ['expired', () => new ScreenTokens(secrets, port.clock).issue(ref, wallTime(port.clock.wall() - 1_000)), 410],
    ['not even text', () => '%zz', 404],
    ['a surrogate', () => '%ed%a0%80', 404],
    ['with %00', () => `${token}%00`, 404],
    ['long', () => 'x'.repeat(8_000), 404],
  ])('%s: a plain page without detail, for GET and POST', async (_name, make, status) => {
    for (const method of ['GET', 'POST']) {
      const answer = await ask(make(), {
        method,
        ...(method === 'POST' ? { body: new URLSearchParams({ notes: 'x' }) } : {}),
      });
      expect(answer.status).toBe(status);
      expectSafe(answer);
      const page = await pageOf(answer);
      expect(texts(page, 'main')).toEqual([expect.stringMatching(/^This link does not work It is not complete, or/)]);
      expect(page.text).not.toMatch(/Dana|CA0000|token|secret/);
    }
    expect(desk.told).toEqual([]);
    expect(counted.filter((each) => each.startsWith('screen_refused '))).toHaveLength(2);
  });

  test('it stops working after eight hours', async () => {
    port.clock.advance(8 * 60 * 60 * 1_000);
    expect((await ask()).status).toBe(200);
    port.clock.advance(1_000);
    expect((await ask()).status).toBe(410);
    expect(counted).toEqual(['screen_refused link expired']);
  });

  test('a program is told in JSON', async () => {
    const answer = await ask('x', { headers: { Accept: 'application/json' } });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ error: { status: 404, message: expect.stringContaining('does not work') } });
  });

  test.each(['', '/', `/x/y`, '/..', '/%2e%2e/healthz'])('/screen%s is nothing', async (rest) => {
    const answer = await raw(port, `GET /screen${rest} HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain('Dana');
  });

  test('a port without people has no such path', async () => {
    const plain = await openPort();
    expect((await fetch(`${plain.url}/screen/${token}`)).status).toBe(404);
    plain.server.close();
  });
});

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s: 405', async (method) => {
  const answer = await ask(token, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
});

describe('POST', () => {
  test.each([
    [{ notes: 'Fixed it.', outcome: 'solved' }, 'saved'],
    [{ notes: '', next: 'give-back' }, 'given-back'],
    [{ notes: 'x', outcome: 'not-solved', next: 'end-call' }, 'ended'],
    [{ notes: 'x', outcome: '', next: '' }, 'saved'],
    [{ notes: 'x', fromAnExtension: '1' }, 'saved'],
  ])('a form: %j, and back to the page: %s', async (fields, said) => {
    const answer = await send(fields);
    expect(answer.status).toBe(303);
    expectSafe(answer);
    expect(answer.headers.get('location')).toBe(`?done=${said}`);
    expect(new URL(`?done=${said}`, answer.url).pathname).toBe(`/screen/${token}`);
    const { fromAnExtension: _, ...known } = { fromAnExtension: '', ...fields };
    expect(desk.told).toEqual([
      Object.fromEntries(Object.entries(known).filter(([name, value]) => name === 'notes' || value !== '')),
    ]);
  });

  test('what was written is on the page', async () => {
    await send({ notes: ' Line one\r\nLine <two> \u202e', outcome: 'call-back' });
    const page = await pageOf(await ask());
    expect(desk.told).toEqual([{ notes: 'Line one\nLine <two>', outcome: 'call-back' }]);
    expect(texts(page, 'textarea')).toEqual(['Line one Line <two>']);
    expect(find(page, 'input').find(({ attributes }) => attributes['checked'] !== undefined)?.attributes['value']).toBe(
      'call-back',
    );
  });

  test('the caller is gone: the notes are kept, and the page says that nothing else was done', async () => {
    desk.view_ = desk.view_ === undefined ? undefined : { ...desk.view_, phase: 'over' };
    const answer = await send({ notes: 'late', next: 'give-back' });
    expect(answer.headers.get('location')).toBe('?done=over');
    expect(texts(await pageOf(await ask(`${token}?done=over`)), 'p.answer')[0]).toMatch(/Your notes are saved/);
    expect(desk.view_?.notes).toBe('late');
  });

  test('JSON, in and out', async () => {
    const answer = await sendJson('{"notes":"Fixed","outcome":"solved"}');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ result: 'done' });
    expect(desk.told).toEqual([{ notes: 'Fixed', outcome: 'solved' }]);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a field that is none of ours', '{"outcom":"solved"}'],
    ['an outcome that is none', '{"outcome":"great"}'],
    ['notes that are no text', '{"notes":{"a":1}}'],
    ['a prototype', '{"__proto__":{"notes":"x"}}'],
    ['nothing', ' '],
    ['deep', '['.repeat(8_000)],
  ])('JSON, %s: 400', async (_name, body) => {
    const answer = await sendJson(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('Nothing was saved') } });
    expect(desk.told).toEqual([]);
  });

  test.each(['outcome=great', 'next=stay', 'notes=%zz', 'notes=a&notes=b', 'notes[a]=b'])(
    'a form, %s: a field is refused or none',
    async (body) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await ask(token, { method: 'POST', body, headers });
      expect(answer.status).toBe(400);
      expect(await titleOf(answer)).toBe('That could not be read');
      expect(desk.told).toEqual([]);
    },
  );

  test.each([
    ['text/plain', 'notes=x', {}],
    ['multipart/form-data; boundary=x', '--x--', {}],
    ['application/x-www-form-urlencoded', 'notes=x', { 'Content-Encoding': 'gzip' }],
  ])('%s: 415', async (type, body, more) => {
    const answer = await ask(token, { method: 'POST', body, headers: { 'Content-Type': type, ...more } });
    expect(answer.status).toBe(415);
    expect(desk.told).toEqual([]);
  });

  test('sizes: as many notes as the box takes, in the widest script; not one character and not one byte more', async () => {
    expect((await send({ notes: '账'.repeat(1_700), outcome: 'not-solved', next: 'give-back' })).status).toBe(303);
    expect(desk.told[0]?.notes).toHaveLength(1_700);
    expect((await send({ notes: 'x'.repeat(1_701) })).status).toBe(413);
    expect((await send({ notes: `${'x\r\n'.repeat(850)}` })).status).toBe(303); // a line end counts once
    expect((await sendJson(`{"notes":"${'x'.repeat(16 * 1024)}"}`)).status).toBe(413);
    expect((await sendJson(`{"notes":"x"}${' '.repeat(16 * 1024 - 13)}`)).status).toBe(200);
    expect((await sendJson(`{"notes":"x"}${' '.repeat(16 * 1024 - 12)}`)).status).toBe(413);
    expect(desk.told).toHaveLength(3);
  });
});

describe('from where', () => {
  test.each<[string, Readonly<Record<string, string>>, number]>([
    ['the page itself, as browsers send it', { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }, 303],
    ['an older browser, by origin', { Origin: 'https://gw.example.com' }, 303],
    ['an older browser, without an origin', { Origin: 'null' }, 303],
    ['a reload that a person asked for', { 'Sec-Fetch-Site': 'none' }, 303],
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another site that hides', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a sister site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another site, by origin alone', { Origin: 'https://evil.example' }, 403],
    ['the same host without TLS', { Origin: 'http://gw.example.com' }, 403],
    ['a longer host', { Origin: 'https://gw.example.com.evil.example' }, 403],
  ])('%s: %j is %i', async (...[, headers, status]) => {
    // Browsers alone may set these; raw bytes can.
    const sent = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n';
    const answer = await raw(port, `POST /screen/${token} HTTP/1.1\r\nHost: h\r\n${form}${sent.join('')}\r\nnotes=x`);
    expect(answer.split(' ')[1]).toBe(String(status));
    expect(desk.told).toHaveLength(status === 303 ? 1 : 0);
    expect(counted).toEqual(status === 303 ? [] : ['screen_refused foreign page']);
  });
});

describe('the store is away', () => {
  beforeEach(() => {
    desk.away = true;
  });

  test('GET: a page that says so', async () => {
    const answer = await ask();
    expect(answer.status).toBe(503);
    expectSafe(answer);
    expect(texts(await pageOf(answer), 'main')[0]).toMatch(/The call goes on\. Reload this page/);
    expect(counted).toEqual(['screen_failed']);
    expect(lines.join('')).toContain("a person's page could not be served");
  });

  test('POST: what was written comes back, and the same form saves it when the store is there again', async () => {
    const answer = await send({ notes: 'My <long> notes', outcome: 'call-back', next: 'give-back' });
    expect(answer.status).toBe(503);
    expectSafe(answer);
    const page = await pageOf(answer);
    expect(texts(page, 'h1')).toEqual(['Not saved yet']);
    expect(texts(page, 'textarea')).toEqual(['My <long> notes']);
    expect(page.text).not.toContain('secret detail');
    desk.away = false;
    expect((await send({ notes: texts(page, 'textarea')[0] ?? '' })).status).toBe(303);
  });

  test('JSON: 503', async () => {
    const answer = await sendJson('{"notes":"x"}');
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('secret detail');
  });
});

describe('rates', () => {
  test('60 requests a minute about one transfer, however many links there are; others are not held up', async () => {
    const tokens = new ScreenTokens(secrets, port.clock);
    const second = tokens.issue(ref, wallTime(port.clock.wall() + 60_000_000));
    const statuses = async (path: string, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(path, { method: 'HEAD' })));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await statuses(token, 40)).toBe(40);
    port.clock.advance(59_999);
    expect(await statuses(second, 40)).toBe(20);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await titleOf(refused)).toBe('Too many requests');
    expect((await ask(tokens.issue({ ...ref, transfer: '7.7' }))).status).toBe(404); // not 429
    port.clock.advance(1);
    expect(await statuses(token, 50)).toBe(40);
    port.clock.advance(120_000);
    expect(port.clock.pending).toBe(0);
  });

  test('60 bad links a minute from all the world; good ones work meanwhile, and one line a minute is logged', async () => {
    const answers = await Promise.all(Array.from({ length: 70 }, () => ask('x', { method: 'HEAD' })));
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(60);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
    expect((await ask()).status).toBe(200);
    expect(counted).toHaveLength(70);
    expect(lines).toHaveLength(1);
  });
});
