import { describe, expect, it } from 'vitest';
import { connect, Scene, xml } from './carrier/scene.ts';

const endOf = (facts: readonly { readonly type: string }[]) => facts.filter((fact) => fact.type === 'ended');

describe('the voice webhook', () => {
  it('is a signed form POST with the documented parameters', async () => {
    const scene = new Scene({ '/voice': xml('<Pause/>') });
    const call = await scene.call({ from: '+15005550001', extra: { StirVerstat: 'TN-Validation-Passed-A' } });
    expect(scene.asked[0]).toEqual({
      path: '/voice',
      form: expect.objectContaining({
        CallSid: call.sid,
        AccountSid: 'AC00000000000000000000000000000001',
        From: '+15005550001',
        To: '+15005550010',
        CallStatus: 'ringing',
        Direction: 'inbound',
        ApiVersion: '2010-04-01',
        StirVerstat: 'TN-Validation-Passed-A',
      }),
    });
    expect(call.sid).toMatch(/^CA[0-9a-f]{32}$/);
    expect(scene.requests[0]?.headers).toMatchObject({
      'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
      'x-twilio-signature': expect.stringMatching(/^[A-Za-z0-9+/]{27}=$/),
    });
    expect(call.status).toBe('in-progress');
  });

  it('can come twice', async () => {
    const scene = new Scene({ '/voice': xml(connect()) });
    await scene.call({ webhookTwice: true });
    expect(scene.asked.filter(({ path }) => path === '/voice')).toHaveLength(2);
    expect(scene.gateways).toHaveLength(1);
  });
});

describe('verbs', () => {
  it.each([
    ['<Hangup/>', 'hangup-verb', 'completed'],
    ['<Say>Good bye</Say>', 'twiml-ended', 'completed'],
    ['', 'twiml-ended', 'completed'],
    ['<Reject reason="busy"/>', 'rejected', 'busy'],
    ['<Reject/>', 'rejected', 'no-answer'],
    ['<Pause length="2"/><Hangup/><Say>never</Say>', 'hangup-verb', 'completed'],
    ['<Sing/><Hangup/>', 'hangup-verb', 'completed'],
    ['<Redirect>/voice</Redirect>', 'redirect-loop', 'completed'],
  ])('%s ends the call: %s', async (verbs, reason, status) => {
    const scene = new Scene({ '/voice': xml(verbs) });
    const call = await scene.call();
    await scene.clock.run(5_000);
    expect(endOf(call.record.facts)).toMatchObject([{ reason, status }]);
    expect(scene.asked.at(-1)).toMatchObject({
      path: '/status',
      form: { CallStatus: status, CallbackSource: 'call-progress-events' },
    });
    expect(scene.clock.pending).toBe(0);
  });

  it('Say is heard for as long as it takes, Pause is silent', async () => {
    const say = (text: string) => new Uint8Array(text.length * 800).fill(0x20);
    const scene = new Scene({ '/voice': xml('<Say>12345</Say><Pause length="1"/><Say>1</Say>') }, { say });
    const call = await scene.call();
    await scene.clock.run(3_000, 10);
    const heard = call.record.facts.filter((fact) => fact.type.startsWith('agent')).map((fact) => fact.type);
    expect(heard).toEqual(['agent-started', 'agent-stopped', 'agent-started']);
    expect(call.record.silence({ from: 100, to: 1_500 })).toMatchObject({ from: expect.any(Number) });
    expect(
      call.record.silence({ from: 100, to: 1_500 }).to - call.record.silence({ from: 100, to: 1_500 }).from,
    ).toBeCloseTo(1_000, -2);
  });

  it.each([
    ['<Dial action="/next" timeout="7"><Number>+15005550020</Number></Dial>', { DialCallStatus: 'no-answer' }, 7_000],
    [
      '<Dial action="/next">+15005550021</Dial>',
      { DialCallStatus: 'completed', DialCallDuration: '3', DialBridged: 'true' },
      5_000,
    ],
    ['<Dial action="/next"><Conference>room</Conference></Dial>', { DialCallStatus: 'answered' }, 5_000],
    ['<Enqueue action="/next">support</Enqueue>', { QueueResult: 'bridged', QueueTime: '2' }, 5_000],
  ])('%s asks its action with the outcome', async (verbs, form, lasts) => {
    const scene = new Scene(
      { '/voice': xml(verbs), '/next': xml('<Hangup/>') },
      {
        dialOutcome: ({ kind, target, dial }) => {
          if (target === '+15005550020') return { status: 'no-answer', ringMs: 1_000 * Number(dial['timeout']), talkMs: 0 };
          const status = { Conference: 'answered', Enqueue: 'bridged' }[kind] ?? 'completed';
          return { status, ringMs: 2_000, talkMs: 3_000 };
        },
      },
    );
    const call = await scene.call();
    await scene.clock.run(lasts - 100);
    expect(scene.asked.some(({ path }) => path === '/next')).toBe(false);
    await scene.clock.run(200);
    expect(scene.asked.find(({ path }) => path === '/next')?.form).toMatchObject({
      ...form,
      CallSid: call.sid,
      CallStatus: 'in-progress',
    });
  });

  it('goes to the next verb after Dial without an action', async () => {
    const scene = new Scene({ '/voice': xml('<Dial timeout="1">+15005550020</Dial><Hangup/>') });
    const call = await scene.call();
    await scene.clock.run(1_500);
    expect(endOf(call.record.facts)).toMatchObject([{ reason: 'hangup-verb' }]);
  });

  it('shows in the debugger what is not simulated', async () => {
    const scene = new Scene({ '/voice': xml('<Record/><Connect><Room>x</Room></Connect>') });
    const call = await scene.call();
    expect(call.record.debuggerCodes).toEqual([12200, 12200]);
  });
});

describe('no TwiML', () => {
  const refusedConnection = new Error('connect ECONNREFUSED');
  const number = { voiceUrl: 'https://gw.example.com/voice', fallbackUrl: 'https://other.example.com/fallback' };

  it.each([
    ['HTTP 500', { status: 500, headers: {}, body: '' }, 11200],
    ['HTTP 404', { status: 404, headers: {}, body: '' }, 11200],
    ['a refused connection', refusedConnection, 11205],
    ['JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }, 12300],
    ['nothing', { status: 200, headers: { 'content-type': 'text/xml' }, body: '' }, 11770],
  ])('%s: the caller hears that something is wrong, and the call ends', async (_name, answer, code) => {
    const scene = new Scene({ '/voice': answer });
    const call = await scene.call();
    await scene.clock.run(5_000);
    expect(call.record.debuggerCodes).toEqual([code]);
    expect(call.record.agentEar.audibleMs).toBeGreaterThan(1_000);
    expect(endOf(call.record.facts)).toMatchObject([{ reason: 'application-error' }]);
  });

  it('the fallback URL is asked, with the code and the URL that failed', async () => {
    const scene = new Scene({ '/voice': refusedConnection, '/fallback': xml('<Hangup/>') }, { number });
    const call = await scene.call();
    expect(scene.asked.at(-1)).toMatchObject({ path: '/fallback', form: { ErrorCode: '11205', ErrorUrl: number.voiceUrl } });
    expect(endOf(call.record.facts)).toMatchObject([{ reason: 'hangup-verb' }]);
  });

  it('a refused connection is tried once more, an answer is not', async () => {
    const refused = new Scene({ '/voice': refusedConnection });
    await refused.call();
    const broken = new Scene({ '/voice': { status: 503, headers: {}, body: '' } });
    await broken.call();
    const asked = (scene: Scene) => scene.requests.filter(({ url }) => url.endsWith('/voice'));
    expect([asked(refused).length, asked(broken).length]).toEqual([2, 1]);
    const tokens = new Set(asked(refused).map(({ headers }) => headers['i-twilio-idempotency-token']));
    expect(tokens.size).toBe(1);
  });

  it('follows the overrides in the fragment, and never sends it', async () => {
    const voiceUrl = 'https://gw.example.com/voice#rc=3&rp=5xx';
    const scene = new Scene({ '/voice': { status: 503, headers: {}, body: '' } }, { number: { voiceUrl } });
    await scene.call();
    expect(scene.requests.map(({ url }) => url)).toEqual(Array(4).fill('https://gw.example.com/voice'));
  });

  it('gives up after 15 s', async () => {
    const scene = new Scene({ '/voice': () => new Promise(() => {}) });
    const call = await scene.call();
    await scene.clock.run(14_900);
    expect(call.record.debuggerCodes).toEqual([]);
    await scene.clock.run(100);
    expect(call.record.debuggerCodes).toEqual([11200]);
    expect(scene.requests[0]?.signal.aborted).toBe(true);
  });

  it('follows redirects, but not for ever', async () => {
    const to = (location: string) => ({ status: 302, headers: { location }, body: '' });
    const scene = new Scene({ '/voice': to('/moved?x=1'), '/moved': xml('<Hangup/>') });
    const call = await scene.call();
    expect(scene.requests.map(({ method, url }) => `${method} ${url}`).slice(0, 2)).toEqual([
      'POST https://gw.example.com/voice',
      'GET https://gw.example.com/moved?x=1',
    ]);
    expect(endOf(call.record.facts)).toMatchObject([{ reason: 'hangup-verb' }]);
    const looped = await new Scene({ '/voice': to('/voice') }).call();
    expect(looped.record.debuggerCodes).toEqual([11215]);
  });
});

describe('the REST API', () => {
  const auth = (token = '12345') => `Basic ${Buffer.from(`AC00000000000000000000000000000001:${token}`).toString('base64')}`;
  const path = (sid: string) => `/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls/${sid}.json`;

  it('redirects a call: stop, close, then the new document', async () => {
    const scene = new Scene({ '/voice': xml(connect('action="/after"')), '/else': xml('<Pause length="60"/>') });
    const call = await scene.call();
    const request = {
      method: 'POST',
      path: path(call.sid),
      authorization: auth(),
      body: 'Url=https%3A%2F%2Fgw.example.com%2Felse',
    };
    expect(scene.carrier.rest(request)).toMatchObject({ status: 200, json: { sid: call.sid, status: 'in-progress' } });
    await scene.clock.run(100);
    expect(scene.gateways[0]?.of('stop')).toHaveLength(1);
    expect(scene.gateways[0]?.closes).toEqual([1000]);
    expect(scene.asked.some(({ path: asked }) => asked === '/after')).toBe(false);
    expect(scene.asked.at(-1)?.path ?? '').not.toBe('/after');
    expect(scene.asked.some(({ path: asked }) => asked === '/else')).toBe(true);
    expect(call.over).toBe(false);
  });

  it.each([
    ['Status=completed', 'rest-completed'],
    ['Twiml=%3CResponse%3E%3CHangup%2F%3E%3C%2FResponse%3E', 'hangup-verb'],
  ])('%s ends it', async (body, reason) => {
    const scene = new Scene({ '/voice': xml(connect('action="/after"')) });
    const call = await scene.call();
    scene.carrier.rest({ method: 'POST', path: path(call.sid), authorization: auth(), body });
    await scene.clock.run(100);
    expect(endOf(call.record.facts)).toMatchObject([{ reason, status: 'completed' }]);
    const again = scene.carrier.rest({ method: 'POST', path: path(call.sid), authorization: auth(), body });
    expect(again).toMatchObject({ status: 400, json: { code: 21220 } });
    expect(scene.carrier.rest({ method: 'GET', path: path(call.sid), authorization: auth(), body: '' }).json).toMatchObject({
      status: 'completed',
      duration: '0',
    });
  });

  it.each([
    ['no credentials', { authorization: undefined }, 401, 20003],
    ['a wrong token', { authorization: auth('1') }, 401, 20003],
    ['an unknown call', { path: path('CA0') }, 404, 20404],
    ['a bad Url', { body: 'Url=nowhere' }, 400, 21205],
    ['an unknown status', { body: 'Status=paused' }, 400, 20001],
    ['a cancel of a call in progress', { body: 'Status=canceled' }, 400, 21220],
  ])('refuses %s', async (...[, change, status, code]) => {
    const scene = new Scene({ '/voice': xml('<Pause length="60"/>') });
    const call = await scene.call();
    const request = { method: 'POST', path: path(call.sid), authorization: auth(), body: '', ...change };
    expect(scene.carrier.rest(request)).toMatchObject({ status, json: { code } });
    expect(call.over).toBe(false);
  });
});
