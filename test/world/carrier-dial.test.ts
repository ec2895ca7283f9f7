import { describe, expect, it } from 'vitest';
import { tone } from './carrier/mulaw.ts';
import { human, type Person, type PersonLeg } from './carrier/person.ts';
import type { PhoneCall } from './carrier/phone-call.ts';
import { Scene, sounds, xml } from './carrier/scene.ts';
import type { CarrierOptions } from './carrier.ts';

const anna = '+15005550042';
const [ring, callerHertz, annaHertz] = [440, 350, 900];
const dial = (attributes = '', number = '') =>
  xml(`<Dial action="/after" ${attributes}><Number ${number}>${anna}</Number></Dial><Say>on</Say>`);

/** A caller whose document dials Anna. */
const dialling = async (
  person: Person,
  { voice = dial(), options = {} as Partial<CarrierOptions>, whisper = '<Hangup/>' } = {},
) => {
  const scene = new Scene(
    { '/voice': voice, '/after': xml('<Pause length="60"/>'), '/whisper': xml(whisper) },
    { people: { [anna]: person }, ...options },
  );
  const call = await scene.call();
  const leg = (): PhoneCall => {
    const found = [...scene.carrier.legs.values()].find(({ leg: { identity } }) => identity.direction === 'outbound-dial');
    if (found === undefined) throw new Error('nobody was rung');
    return found;
  };
  return { scene, call, leg };
};

const actionsOf = (scene: Scene) => scene.formsOf('/after');

describe('<Dial><Number> of a person', () => {
  it('rings a leg of their own, and bridges it: both hear each other, not themselves', async () => {
    const { scene, call, leg } = await dialling(human(), {
      voice: dial('', 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'),
    });
    expect(leg().leg.identity).toMatchObject({ direction: 'outbound-dial', parentSid: call.sid, from: '+15005550006' });
    await scene.clock.run(3_000);
    expect(sounds(call.record.heard, ring, [100, 1_900])).toBe(true);
    const from = [call.record.now + 60, leg().record.now + 60] as const;
    call.speak(tone(500, callerHertz));
    leg().speak(tone(500, annaHertz));
    await scene.clock.run(1_000);
    const heard = [callerHertz, annaHertz].flatMap((hertz) => [
      sounds(call.record.heard, hertz, [from[0], from[0] + 400]),
      sounds(leg().record.heard, hertz, [from[1], from[1] + 400]),
    ]);
    expect(heard).toEqual([false, true, true, false]);
    leg().hangUp();
    await scene.clock.run(100);
    expect(actionsOf(scene)).toMatchObject([
      {
        DialCallStatus: 'completed',
        DialCallSid: leg().sid,
        DialCallDuration: '2',
        DialBridged: 'true',
        CallStatus: 'in-progress',
      },
    ]);
    expect(scene.formsOf('/leg').map((form) => [form['CallStatus'], form['ParentCallSid']])).toEqual(
      ['initiated', 'ringing', 'in-progress', 'completed'].map((status) => [status, call.sid]),
    );
    expect(call.record.said).toEqual([]);
  });

  it.each<[string, Person, number, string]>([
    ['busy', { kind: 'busy' }, 0, 'busy'],
    ['out of reach', { kind: 'failed', sipResponseCode: 404 }, 0, 'failed'],
    ['not there', { kind: 'never' }, 5_000, 'no-answer'],
  ])('who is %s', async (...[, person, afterMs, DialCallStatus]) => {
    const { scene, call } = await dialling(person, { voice: dial('timeout="5"') });
    await scene.clock.run(Math.max(0, afterMs - 100));
    if (afterMs > 0) expect(actionsOf(scene)).toEqual([]);
    await scene.clock.run(200);
    expect(actionsOf(scene)).toMatchObject([{ DialCallStatus, DialBridged: 'false' }]);
    expect(actionsOf(scene)[0]).not.toHaveProperty('DialCallDuration');
    call.hangUp();
    await scene.clock.run(20);
    expect(scene.clock.pending).toBe(0);
  });

  it('a person who is known wins over a scripted outcome; others have it', async () => {
    const dialOutcome = () => ({ status: 'busy', ringMs: 100, talkMs: 0 });
    const known = await dialling(human(), { options: { dialOutcome } });
    await known.scene.clock.run(3_000);
    expect(known.call.record.company).toEqual([known.leg().sid]);
    const scene = new Scene({ '/voice': dial() }, { dialOutcome });
    await scene.call();
    await scene.clock.run(300);
    expect(actionsOf(scene)).toMatchObject([{ DialCallStatus: 'busy' }]);
  });

  it('answerOnBridge: the call rings until the bridge', async () => {
    const { scene, call } = await dialling(human(), { voice: dial('answerOnBridge="true"') });
    await scene.clock.run(1_900);
    expect(call.status).toBe('ringing');
    await scene.clock.run(200);
    expect(call.status).toBe('in-progress');
  });

  it('the star and the time limit end the talk', async () => {
    const { scene, call, leg } = await dialling(human(), { voice: dial('hangupOnStar="true" timeLimit="4"') });
    await scene.clock.run(3_000);
    leg().press('*');
    await scene.clock.run(100);
    expect(actionsOf(scene)).toEqual([]);
    call.press('*');
    await scene.clock.run(100);
    expect([actionsOf(scene).length, leg().over, call.over]).toEqual([1, true, false]);
    const limited = await dialling(human(), { voice: dial('timeLimit="4"') });
    await limited.scene.clock.run(5_900);
    expect(actionsOf(limited.scene)).toEqual([]);
    await limited.scene.clock.run(200);
    expect(actionsOf(limited.scene)).toMatchObject([{ DialCallDuration: '4' }]);
  });

  it.each([
    ['a caller id that is not ours', dial('callerId="+15005550099"'), 13214],
    ['no number', xml('<Dial action="/after"><Number>42</Number></Dial>'), 13223],
    ['a header that may not be sent', xml('<Dial action="/after"><Sip>sip:a@b.example.com?Via=x</Sip></Dial>'), 13252],
  ])('refuses %s', async (_what, voice, code) => {
    const { scene, call } = await dialling(human(), { voice });
    await scene.clock.run(100);
    expect(call.record.debuggerCodes).toEqual([code]);
    expect(actionsOf(scene)).toMatchObject([{ DialCallStatus: 'failed' }]);
    expect(scene.carrier.legs.size).toBe(1);
  });
});

describe('a whisper', () => {
  const accepts = (key: string) => async (leg: PersonLeg) => {
    await leg.heard('press 1');
    await leg.after(200);
    leg.press(key);
  };
  const whisper =
    '<Gather numDigits="1" timeout="3" action="/accepted"><Say>A caller. Please press 1.</Say></Gather><Hangup/>';
  const screened = async (does: (leg: PersonLeg) => Promise<void>, options: Partial<CarrierOptions> = {}) => {
    const met = await dialling(human(does), { voice: dial('', 'url="/whisper"'), whisper, options });
    return met;
  };

  it('is heard by the callee alone; the caller hears it ring, and then they talk', async () => {
    const { scene, call, leg } = await screened(accepts('1'));
    await scene.clock.run(3_000);
    expect([call.record.said, call.record.company]).toEqual([[], []]);
    expect(sounds(leg().record.heard, 300, [2_050, 2_900])).toBe(true);
    await scene.clock.run(3_000);
    expect(leg().record.said).toEqual(['A caller. Please press 1.']);
    expect(scene.formsOf('/accepted')).toMatchObject([{ CallSid: leg().sid, ParentCallSid: call.sid, Digits: '1' }]);
  });

  it.each([
    ['completed', {}],
    ['no-answer', { declined: 'no-answer' as const }],
  ])('that hangs up declines: %s', async (DialCallStatus, options) => {
    const { scene, call, leg } = await screened(async () => {}, options);
    await scene.clock.run(9_000);
    expect(leg().record.end).toMatchObject({ reason: 'hangup-verb' });
    expect(actionsOf(scene)).toMatchObject([{ CallSid: call.sid, DialCallStatus, DialBridged: 'false' }]);
  });

  it('can not dial', async () => {
    const { scene, leg } = await dialling(human(), {
      voice: dial('', 'url="/whisper"'),
      whisper: '<Dial>+15005550043</Dial>',
    });
    await scene.clock.run(3_000);
    expect(leg().record.debuggerCodes).toEqual([13201]);
    expect(leg().over).toBe(true);
  });
});

describe('who goes, and when', () => {
  const states: [string, number, string][] = [
    ['while it rings', 1_000, 'canceled'],
    ['while the whisper is heard', 2_500, 'completed'],
    ['while they talk', 9_000, 'completed'],
  ];
  const start = () =>
    dialling(human(), { voice: dial('', 'url="/whisper"'), whisper: '<Say>0123456789012345678901234567890123456789</Say>' });

  it.each(states)('the caller hangs up %s', async (_when, afterMs, status) => {
    const { scene, call, leg } = await start();
    await scene.clock.run(afterMs);
    call.hangUp();
    await scene.clock.run(100);
    expect([leg().status, leg().record.end?.reason]).toEqual([status, 'parent-gone']);
    expect(actionsOf(scene)).toMatchObject([{ CallSid: call.sid, CallStatus: 'completed' }]);
    expect(scene.clock.pending).toBe(0);
  });

  it.each(states)(
    'the caller is redirected %s: the callee is dropped, and no action is asked',
    async (...[, afterMs, status]) => {
      const { scene, call, leg } = await start();
      await scene.clock.run(afterMs);
      scene.rest(call.sid, { Twiml: '<Response><Pause length="60"/></Response>' });
      await scene.clock.run(100);
      expect([leg().status, call.over, actionsOf(scene)]).toEqual([status, false, []]);
    },
  );

  it.each(states)('the callee hangs up %s: the caller goes on', async (_when, afterMs) => {
    const { scene, call, leg } = await start();
    await scene.clock.run(afterMs);
    leg().hangUp();
    await scene.clock.run(100);
    expect(actionsOf(scene)).toHaveLength(1);
    expect([call.over, leg().over, call.record.company]).toEqual([false, true, []]);
  });

  it.each(states)('the callee is redirected %s: the caller goes on, the callee too', async (_when, afterMs) => {
    const { scene, call, leg } = await start();
    await scene.clock.run(afterMs);
    scene.rest(leg().sid, { Twiml: '<Response><Pause length="60"/></Response>' });
    await scene.clock.run(2_000);
    expect(actionsOf(scene)).toHaveLength(1);
    expect([call.status, leg().status, leg().record.company]).toEqual(['in-progress', 'in-progress', []]);
    call.hangUp();
    await scene.clock.run(100);
    expect(leg().over).toBe(false);
  });
});
