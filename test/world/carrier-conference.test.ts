import { describe, expect, it } from 'vitest';
import { tone } from './carrier/mulaw.ts';
import { human, type PersonLeg } from './carrier/person.ts';
import type { PhoneCall } from './carrier/phone-call.ts';
import { Scene, sounds, xml } from './carrier/scene.ts';

const anna = '+15005550042';
const [callerHertz, annaHertz, music, beepHertz] = [350, 900, 523, 1_800];
const room = (attributes = '', dial = '') =>
  xml(`<Dial action="/after" ${dial}><Conference beep="false" ${attributes}>r1</Conference></Dial>`);

/** A caller in a room, and Anna, who is called two seconds later and answers at once. */
const meet = async (
  rooms: { caller?: string; person?: string; dial?: string; does?: (leg: PersonLeg) => Promise<void> } = {},
) => {
  const scene = new Scene(
    {
      '/voice': room(rooms.caller, rooms.dial),
      '/person': room(rooms.person),
      '/after': xml('<Pause length="60"/>'),
      '/wait': xml('<Say>Please wait.</Say>'),
      '/badwait': xml('<Gather/><Say>no</Say>'),
    },
    { people: { [anna]: human(rooms.does, 20) }, say: (text) => tone(60 * text.length, 300) },
  );
  const call = await scene.call();
  await scene.clock.run(1_978);
  const leg = scene.create({ To: anna, Url: 'https://gw.example.com/person' });
  await scene.clock.run(100);
  return { scene, call, leg };
};

/** Both say something for a second, and what each heard of whom. */
const heardOf = async (scene: Scene, call: PhoneCall, leg: PhoneCall) => {
  const from = [call.record.now + 60, leg.record.now + 60] as const;
  call.speak(tone(1_000, callerHertz));
  leg.speak(tone(1_000, annaHertz));
  await scene.clock.run(1_100);
  const heard = (who: PhoneCall, start: number, hertz: number) => sounds(who.record.heard, hertz, [start, start + 900]);
  return {
    callerHearsAnna: heard(call, from[0], annaHertz),
    callerHearsCaller: heard(call, from[0], callerHertz),
    annaHearsCaller: heard(leg, from[1], callerHertz),
    annaHearsAnna: heard(leg, from[1], annaHertz),
  };
};

describe('a room', () => {
  it('starts with the second: everybody hears the others and not themselves', async () => {
    const { scene, call, leg } = await meet();
    expect(await heardOf(scene, call, leg)).toEqual({
      callerHearsAnna: true,
      callerHearsCaller: false,
      annaHearsCaller: true,
      annaHearsAnna: false,
    });
    expect(call.record.company).toEqual([leg.sid]);
  });

  it('what is said is heard 40 ms later', async () => {
    const { scene, call, leg } = await meet();
    const said = leg.speak(tone(100, annaHertz)) - 100 - leg.record.now + call.record.now;
    await scene.clock.run(400);
    const [heard] = [0, 1, 2, 3, 4, 5].filter((step) =>
      sounds(call.record.heard, annaHertz, [said + 20 * step, said + 20 * step + 20]),
    );
    expect(heard).toBe(2);
  });

  it('music plays until it starts, and not in it', async () => {
    const { scene, call, leg } = await meet();
    expect(sounds(call.record.heard, music, [100, 900])).toBe(true);
    await scene.clock.run(2_000);
    expect(sounds(call.record.heard, music, [2_100, 3_900])).toBe(false);
    expect(call.record.silence({ from: 2_200, to: 3_800 })).toEqual({ from: 2_200, to: 3_800 });
    expect(sounds(leg.record.heard, music, [0, 1_900])).toBe(false);
  });

  it.each([
    ['silence', 'waitUrl=""', [], 2_000],
    ['what waitUrl says, once', 'waitUrl="/wait"', ['Please wait.'], 1_200],
    ['nothing after a verb that is not allowed', 'waitUrl="/badwait"', [], 2_000],
  ])('waiting with %s', async (...[, caller, said, silence]) => {
    const { call } = await meet({ caller });
    expect(call.record.said).toEqual(said);
    const { from, to } = call.record.silence({ from: 0, to: 2_000 });
    expect(to - from).toBeGreaterThanOrEqual(silence);
    expect(call.record.debuggerCodes).toEqual(caller.includes('bad') ? [13238] : []);
  });

  it('who waits is not heard, nor hears: nobody has started it', async () => {
    const waits = 'startConferenceOnEnter="false" waitUrl=""';
    const { scene, call, leg } = await meet({ caller: waits, person: waits });
    expect(Object.values(await heardOf(scene, call, leg))).toEqual([false, false, false, false]);
    expect([call.record.company, leg.record.company]).toEqual([[], []]);
  });

  it('one who may start it is enough', async () => {
    const { scene, call, leg } = await meet({ caller: 'startConferenceOnEnter="false"' });
    expect(await heardOf(scene, call, leg)).toMatchObject({ callerHearsAnna: true, annaHearsCaller: true });
  });

  it('who is muted hears and is not heard', async () => {
    const { scene, call, leg } = await meet({ person: 'muted="true"' });
    expect(await heardOf(scene, call, leg)).toMatchObject({ callerHearsAnna: false, annaHearsCaller: true });
  });

  it.each([
    ['at both', 'beep="true"', [true, true]],
    ['by default', '', [true, true]],
    ['at the entry', 'beep="onEnter"', [true, false]],
    ['at the exit', 'beep="onExit"', [false, true]],
    ['never', 'beep="false"', [false, false]],
  ])('beeps %s', async (_what, beep, heard) => {
    const { scene, call, leg } = await meet();
    leg.hangUp();
    scene.carrier.people.set(anna, human(undefined, 20));
    await scene.clock.run(100);
    const Twiml = `<Response><Dial><Conference ${beep}>r1</Conference></Dial></Response>`;
    const start = call.record.now;
    const again = scene.create({ To: anna, Twiml });
    await scene.clock.run(1_000);
    again.hangUp();
    await scene.clock.run(1_000);
    const beeps = [start, start + 1_000].map((at) => sounds(call.record.heard, beepHertz, [at + 80, at + 280]));
    expect(beeps).toEqual(heard);
  });

  it('keys are only sound in it', async () => {
    const { scene, call, leg } = await meet({ dial: 'hangupOnStar="true"' });
    const at = call.record.now;
    leg.press('*');
    await scene.clock.run(300);
    expect(sounds(call.record.heard, 941, [at + 40, at + 140])).toBe(true);
    expect(leg.over).toBe(false);
    expect(scene.formsOf('/after')).toEqual([]);
  });

  it('a third is heard by both', async () => {
    const { scene, call, leg } = await meet();
    scene.carrier.people.set('+15005550043', human(undefined, 20));
    const third = scene.create({ To: '+15005550043', Url: 'https://gw.example.com/person' });
    await scene.clock.run(100);
    const at = [call, leg].map((each) => each.record.now);
    third.speak(tone(500, 1_200));
    call.speak(tone(500, callerHertz));
    await scene.clock.run(600);
    const window = (index: number) => [(at[index] ?? 0) + 60, (at[index] ?? 0) + 460] as const;
    expect(sounds(call.record.heard, 1_200, window(0))).toBe(true);
    expect([sounds(leg.record.heard, 1_200, window(1)), sounds(leg.record.heard, callerHertz, window(1))]).toEqual([
      true,
      true,
    ]);
  });
});

describe('leaving a room', () => {
  it('the caller hears no more of it, and goes on with the action', async () => {
    const { scene, call, leg } = await meet({ person: 'endConferenceOnExit="true"' });
    leg.speak(tone(5_000, annaHertz));
    await scene.clock.run(2_000);
    const at = call.record.now;
    leg.hangUp();
    await scene.clock.run(500);
    expect(scene.formsOf('/after')).toMatchObject([
      { CallSid: leg.sid, CallStatus: 'completed' },
      { CallSid: call.sid, CallStatus: 'in-progress', DialCallStatus: 'answered', DialCallDuration: '4' },
    ]);
    expect(sounds(call.record.heard, annaHertz, [at - 40, at - 20])).toBe(true);
    expect(sounds(call.record.heard, annaHertz, [at, at + 20])).toBe(false);
    expect(scene.carrier.rooms).toEqual([]);
  });

  it.each([
    ['who has endConferenceOnExit', 'endConferenceOnExit="true"', true],
    ['who has not', '', false],
  ])('by redirect of one %s', async (_what, person, ends) => {
    const { scene, call, leg } = await meet({ person });
    scene.rest(leg.sid, { Twiml: '<Response><Pause length="60"/></Response>' });
    await scene.clock.run(200);
    expect(scene.formsOf('/after')).toHaveLength(ends ? 1 : 0);
    expect(leg.over).toBe(false);
    expect(call.record.company).toEqual([]);
    expect(scene.carrier.rooms).toEqual(ends ? [] : ['r1']);
  });

  it('by the star, or at the time limit', async () => {
    const { scene, call } = await meet({ dial: 'hangupOnStar="true" timeLimit="5"' });
    call.press('*');
    await scene.clock.run(100);
    expect(scene.formsOf('/after')).toHaveLength(1);
    const limited = await meet({ dial: 'timeLimit="5"' });
    await limited.scene.clock.run(2_800);
    expect(limited.scene.formsOf('/after')).toHaveLength(0);
    await limited.scene.clock.run(200);
    expect(limited.scene.formsOf('/after')).toHaveLength(1);
  });

  it('the caller hangs up, waiting or talking: the action is told, and its answer is not run', async () => {
    const { scene, call, leg } = await meet({ caller: 'endConferenceOnExit="true"' });
    call.hangUp();
    await scene.clock.run(500);
    expect(scene.formsOf('/after')).toMatchObject([
      { CallSid: call.sid, CallStatus: 'completed', DialCallStatus: 'answered' },
      { CallSid: leg.sid, CallStatus: 'in-progress' },
    ]);
    leg.hangUp();
    const waiting = new Scene({ '/voice': room() });
    const alone = await waiting.call();
    alone.hangUp();
    await waiting.clock.run(100);
    expect([waiting.carrier.rooms, waiting.clock.pending, scene.clock.pending]).toEqual([[], 0, 0]);
  });

  it.each([
    ['a label in use', 'participantLabel="a"', 16025],
    ['a full room', 'maxParticipants="1"', 16020],
  ])('%s: the door stays closed', async (_what, attributes, code) => {
    const { scene, call, leg } = await meet({ caller: attributes, person: attributes });
    expect(leg.record.debuggerCodes).toEqual([code]);
    expect(scene.formsOf('/after')).toMatchObject([{ CallSid: leg.sid, DialCallStatus: 'failed' }]);
    expect(call.record.company).toEqual([]);
  });

  it('what happened is told in order, as the first one asked, and to nobody else', async () => {
    const events = 'statusCallbackEvent="start end join leave"';
    const { scene, call, leg } = await meet({
      caller: `statusCallback="/conf" ${events} endConferenceOnExit="true" participantLabel="caller"`,
      person: `statusCallback="/ignored" ${events}`,
    });
    leg.hangUp();
    await scene.clock.run(100);
    call.hangUp();
    await scene.clock.run(100);
    const told = scene.formsOf('/conf');
    expect(told.map((form) => [form['StatusCallbackEvent'], form['CallSid'], form['ReasonParticipantLeft']])).toEqual([
      ['participant-join', call.sid, undefined],
      ['participant-join', leg.sid, undefined],
      ['conference-start', undefined, undefined],
      ['participant-leave', leg.sid, 'participant_hung_up'],
      ['participant-leave', call.sid, 'participant_hung_up'],
      ['conference-end', undefined, undefined],
    ]);
    expect(told.map((form) => Number(form['SequenceNumber']))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told.at(-1)).toMatchObject({
      ReasonConferenceEnded: 'participant-with-end-conference-on-exit-left',
      ParticipantLabelEndingConference: 'caller',
      FriendlyName: 'r1',
    });
    expect(scene.formsOf('/ignored')).toEqual([]);
  });
});
