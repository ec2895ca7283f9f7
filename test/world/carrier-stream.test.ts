import { describe, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { tone } from './carrier/mulaw.ts';
import { connect, type GatewayEnd, Scene, xml } from './carrier/scene.ts';
import { signatureOf } from './carrier/signature.ts';
import { StreamRefused } from './carrier/stream-socket.ts';
import { FakeClock, VirtualClock } from './clock.ts';

const media = (mulaw: Uint8Array) => ({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } });

const open = async (verbs = connect('action="/after"', '<Parameter name="token" value="t1"/>')) => {
  const scene = new Scene({ '/voice': xml(verbs), '/after': xml('<Hangup/>') });
  const call = await scene.call();
  const gateway = scene.gateways[0];
  if (gateway === undefined) throw new Error('no stream was opened');
  return { scene, call, gateway };
};

const payloads = (gateway: GatewayEnd): Buffer =>
  Buffer.concat(
    gateway.of('media').map((message) => {
      const body = message['media'];
      return typeof body === 'object' && body !== null && 'payload' in body
        ? Buffer.from(String(body.payload), 'base64')
        : Buffer.alloc(0);
    }),
  );

describe('a Media Stream', () => {
  it('is opened with a signature over its wss URL', async () => {
    const { gateway } = await open();
    expect(gateway.url).toBe('wss://gw.example.com/twilio/media');
    expect(gateway.headers['x-twilio-signature']).toBe(signatureOf('12345', 'wss://gw.example.com/twilio/media'));
    expect(gateway.headers['x-twilio-signature']).toBe('xOtUNom2O6Ixz0xt8ODDv8MkQUY=');
  });

  it('begins with connected and start, exactly as documented', async () => {
    const { call, gateway } = await open();
    const streamSid = expect.stringMatching(/^MZ[0-9a-f]{32}$/);
    expect(gateway.messages).toEqual([
      { event: 'connected', protocol: 'Call', version: '1.0.0' },
      {
        event: 'start',
        sequenceNumber: '1',
        streamSid,
        start: {
          accountSid: 'AC00000000000000000000000000000001',
          streamSid,
          callSid: call.sid,
          tracks: ['inbound'],
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
          customParameters: { token: 't1' },
        },
      },
    ]);
  });

  it('sends 20 ms of the caller every 20 ms, silence as 0xFF, numbers as strings', async () => {
    const { scene, call, gateway } = await open();
    await scene.clock.run(58, 1);
    expect(gateway.of('media').map(({ sequenceNumber, media: body }) => ({ sequenceNumber, body }))).toMatchObject([
      { sequenceNumber: '2', body: { track: 'inbound', chunk: '1', timestamp: '0' } },
      { sequenceNumber: '3', body: { track: 'inbound', chunk: '2', timestamp: '20' } },
    ]);
    const clip = tone(50);
    call.speak(clip);
    await scene.clock.run(200, 1);
    const said = payloads(gateway);
    expect(said.length % 160).toBe(0);
    expect(said.subarray(0, 400).every((byte) => byte === 0xff)).toBe(true);
    expect(said.includes(Buffer.from(clip))).toBe(true);
    expect(call.callerFramesSent).toBe(gateway.of('media').length);
  });

  it('keeps its pace when every timer is 27 ms late', async () => {
    const clock = new FakeClock();
    const onTime = clock.after;
    clock.after = (delay, action) => onTime(ms(Math.max(0, delay) + 27), action);
    const scene = new Scene({ '/voice': xml(connect()) }, {}, clock);
    const call = await scene.call();
    await scene.clock.run(1_000, 1);
    expect(call.callerFramesSent).toBeGreaterThanOrEqual(48);
  });

  it('plays what it gets and returns marks when playout reaches them, or at once on clear', async () => {
    const { scene, call, gateway } = await open();
    gateway.say(media(tone(100)));
    gateway.say({ event: 'mark', mark: { name: 'a' } });
    gateway.say(media(tone(100)));
    gateway.say({ event: 'mark', mark: { name: 'b' } });
    await scene.clock.run(110, 1);
    expect(gateway.of('mark').map((message) => message['mark'])).toEqual([{ name: 'a' }]);
    gateway.say({ event: 'clear' });
    gateway.say({ event: 'mark', mark: { name: 'c' } });
    await scene.clock.run(1, 1);
    expect(gateway.of('mark').map((message) => message['mark'])).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    const facts = call.record.facts.filter((fact) => fact.type === 'mark-returned' || fact.type === 'cleared');
    expect(facts).toMatchObject([
      { played: true },
      { played: false },
      { discardedMs: expect.closeTo(90, 0) },
      { played: true },
    ]);
  });

  it('refuses what is not exactly documented: drops it, warns once', async () => {
    const { scene, call, gateway } = await open();
    gateway.say({ ...media(tone(100)), track: 'outbound' });
    gateway.say({ event: 'hangup' });
    gateway.socket.send('nonsense');
    await scene.clock.run(200);
    expect(call.record.debuggerCodes).toEqual([31951, 31950]);
    expect(call.record.facts.filter((fact) => fact.type === 'message-refused')).toHaveLength(3);
    expect(call.record.heard.length).toBe(0);
  });

  it('discards more than ten minutes of queued audio', async () => {
    const { scene, call, gateway } = await open();
    for (let minute = 0; minute < 11; minute += 1) gateway.say(media(new Uint8Array(60 * 8_000)));
    await scene.clock.run(20);
    expect(call.record.debuggerCodes).toEqual([31931]);
  });

  it('passes digits on', async () => {
    const { scene, call, gateway } = await open();
    call.press('5');
    await scene.clock.run(1);
    expect(gateway.of('dtmf')).toMatchObject([{ dtmf: { track: 'inbound_track', digit: '5' }, sequenceNumber: '2' }]);
  });
});

describe('the end of a Media Stream', () => {
  it.each([
    ['politely', (gateway: GatewayEnd) => gateway.socket.close(1000, ''), []],
    ['with another code', (gateway: GatewayEnd) => gateway.socket.close(1011, ''), [31921]],
    ['by a crash', (gateway: GatewayEnd) => gateway.socket.abort(), [31903]],
  ])('%s: the action is asked and the call goes on from there', async (_name, end, codes) => {
    const { scene, call, gateway } = await open();
    gateway.say(media(tone(5_000)));
    await scene.clock.run(100);
    end(gateway);
    await scene.clock.run(100);
    expect(scene.asked.filter(({ path }) => path === '/after')).toMatchObject([
      { form: { CallSid: call.sid, CallStatus: 'in-progress' } },
    ]);
    expect(call.record.debuggerCodes).toEqual(codes);
    expect(call.record.heard.length).toBeLessThan(8 * 200);
    expect(scene.asked.filter(({ path }) => path === '/stream').map(({ form }) => form['StreamEvent'])).toEqual([
      'stream-started',
      'stream-stopped',
    ]);
    expect(scene.clock.pending).toBe(0);
  });

  it('without an action goes to the next verb, and without one ends the call', async () => {
    const next = await open(`${connect()}<Say>still here</Say>`);
    next.gateway.socket.close(1000, '');
    await next.scene.clock.run(100);
    expect(next.call.record.facts.some((fact) => fact.type === 'verb' && fact.name === 'Say')).toBe(true);
    const last = await open(connect());
    last.gateway.socket.close(1000, '');
    await last.scene.clock.run(100);
    expect(last.call.status).toBe('completed');
  });

  it('by the caller: stop, then close, and no action', async () => {
    const { scene, call, gateway } = await open();
    call.hangUp();
    await scene.clock.run(100);
    expect(gateway.messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: call.sid } });
    expect(gateway.closes).toEqual([1000]);
    expect(scene.asked.some(({ path }) => path === '/after')).toBe(false);
    expect(call.status).toBe('completed');
  });

  it('leads to a new stream with a new sid and new counts', async () => {
    const scene = new Scene({ '/voice': xml(connect('action="/after"')), '/after': xml(connect('action="/after"')) });
    const call = await scene.call();
    await scene.clock.run(200);
    scene.gateways[0]?.socket.abort();
    await scene.clock.run(100);
    const starts = scene.gateways.map((gateway) => gateway.of('start')[0]);
    expect(call.phoneSockets).toBe(2);
    expect(starts[1]).toMatchObject({ sequenceNumber: '1', start: { callSid: call.sid } });
    expect(starts[1]?.['streamSid']).not.toBe(starts[0]?.['streamSid']);
  });

  it.each([
    [new StreamRefused(403), 31920],
    [Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 31902],
    [Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' }), 31910],
    [new Error('Opening handshake has timed out'), 31901],
  ])('before it began (%s): stream-error, and the TwiML goes on', async (refusal, code) => {
    const scene = new Scene(
      { '/voice': xml(connect('action="/after"')), '/after': xml('<Hangup/>') },
      { openStream: () => Promise.reject(refusal) },
    );
    const call = await scene.call();
    expect(call.record.debuggerCodes).toEqual([code]);
    expect(scene.asked.map(({ path }) => path)).toContain('/after');
    expect(scene.asked.find(({ path }) => path === '/stream')?.form).toMatchObject({ StreamEvent: 'stream-error' });
    expect(call.phoneSockets).toBe(0);
  });

  it('never opens a plain ws URL', async () => {
    const scene = new Scene({ '/voice': xml('<Connect><Stream url="ws://gw.example.com/m"/></Connect>') });
    const call = await scene.call();
    expect([scene.gateways.length, call.record.debuggerCodes]).toEqual([0, [31922]]);
  });
});

describe('measurements', () => {
  it('count what the caller said while nobody took it, and audio that came too late', async () => {
    const { scene, call, gateway } = await open(`${connect()}<Pause length="10"/>`);
    gateway.say(media(tone(100)));
    await scene.clock.run(105, 1);
    gateway.say(media(tone(100)));
    await scene.clock.run(400, 1);
    gateway.say(media(tone(100)));
    await scene.clock.run(100, 1);
    expect(call.record.underruns).toBe(1);
    call.speak(tone(500));
    await scene.clock.run(200, 1);
    gateway.socket.close(1000, '');
    await scene.clock.run(1_000);
    expect(call.unsentSpeechMs).toBeGreaterThanOrEqual(300);
    expect(call.unsentSpeechMs).toBeLessThanOrEqual(330);
  });

  it('find the dead air between two agents, exact to the sample by playout', async () => {
    const { scene, call, gateway } = await open();
    await scene.clock.run(98, 1);
    gateway.say(media(tone(300)));
    await scene.clock.run(400, 1);
    gateway.say(media(tone(300)));
    await scene.clock.run(400, 1);
    const range = { from: 200, to: 800 };
    expect(call.record.deadAir(range, 'playout')).toEqual({ from: 400, to: 500 });
    expect(call.record.deadAir(range)).toEqual({ from: 400, to: 500 });
  });

  it('run by themselves on a virtual clock', async () => {
    const clock = new VirtualClock();
    const scene = new Scene({ '/voice': xml(connect('action="/after"')), '/after': xml('<Hangup/>') }, {}, clock);
    const call = scene.carrier.call();
    clock.after(ms(60_000), () => scene.gateways[0]?.socket.close(1000, ''));
    await clock.runUntil(() => call.over);
    expect(call.callerFramesSent).toBe(3_000);
    expect(call.record.facts).toContainEqual(expect.objectContaining({ type: 'ended', reason: 'hangup-verb' }));
  });
});

describe('faults', () => {
  it('a break can end the call', async () => {
    const scene = new Scene({ '/voice': xml(connect('action="/after"')) }, { afterBreak: 'end' });
    const call = await scene.call();
    scene.gateways[0]?.socket.abort();
    await scene.clock.run(20);
    expect(call.record.facts.at(-1)).toMatchObject({ type: 'webhook', purpose: 'status' });
    expect(scene.asked.map(({ path }) => path)).not.toContain('/after');
  });

  it('drop, swallowed marks, silence on the line, and a second stream', async () => {
    const { scene, call, gateway } = await open();
    const duplicate = await call.duplicateStream();
    scene.clock.advance(1);
    expect(scene.gateways[1]?.of('start')[0]).toMatchObject({
      start: { callSid: call.sid, customParameters: { token: 't1' } },
    });
    duplicate?.stop();
    call.stream?.swallowMarks();
    gateway.say({ event: 'mark', mark: { name: 'a' } });
    call.stream?.mute();
    const before = gateway.of('media').length;
    await scene.clock.run(100);
    expect([gateway.of('mark').length, gateway.of('media').length]).toEqual([0, before]);
    call.stream?.drop();
    await scene.clock.run(100);
    expect(gateway.closes).toEqual([1006]);
    expect(scene.asked.map(({ path }) => path)).toContain('/after');
  });
});
