import { describe, expect, it } from 'vitest';
import { tone } from './carrier/mulaw.ts';
import { human, type Person } from './carrier/person.ts';
import { Scene, sounds, xml } from './carrier/scene.ts';

const anna = '+15005550042';
const statuses = (scene: Scene) => scene.formsOf('/person').map((form) => form['CallStatus']);
const allEvents = {
  StatusCallback: 'https://gw.example.com/person',
  StatusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
};
const toAnna = { To: anna, Url: 'https://gw.example.com/whisper', ...allEvents };
const sceneWith = (person: Person | undefined, whisper = '<Say>A call for you.</Say><Pause length="60"/>') =>
  new Scene({ '/whisper': xml(whisper) }, { people: person === undefined ? {} : { [anna]: person } });

describe('a call that REST creates', () => {
  it('rings, is answered, runs its document and ends, and every step is told', async () => {
    const scene = sceneWith(
      human(async (leg) => {
        await leg.heard('A call for you');
        leg.hangUp();
      }),
    );
    const answer = scene.rest(undefined, { From: '+15005550010', ...toAnna });
    expect(answer).toMatchObject({ status: 201, json: { status: 'queued', direction: 'outbound-api', to: anna } });
    const leg = [...scene.carrier.legs.values()][0];
    await scene.clock.run(1_900);
    expect(leg?.status).toBe('ringing');
    expect(scene.formsOf('/whisper')).toEqual([]);
    await scene.clock.run(200);
    expect(leg?.status).toBe('in-progress');
    expect(scene.formsOf('/whisper')).toMatchObject([
      { CallSid: leg?.sid, Direction: 'outbound-api', CallStatus: 'in-progress' },
    ]);
    await scene.clock.run(3_000);
    expect(leg?.record.end).toMatchObject({ reason: 'person-hung-up' });
    expect(statuses(scene)).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    expect(scene.formsOf('/person').map((form) => form['SequenceNumber'])).toEqual(['0', '1', '2', '3']);
    expect(scene.formsOf('/person').at(-1)).toMatchObject({ CallDuration: '1', SipResponseCode: '200' });
    expect(scene.requests.every(({ headers }) => headers['x-twilio-signature'] !== undefined)).toBe(true);
    expect(scene.clock.pending).toBe(0);
  });

  it.each<[string, Person | undefined, number, string, string]>([
    ['busy', { kind: 'busy' }, 0, 'busy', '486'],
    ['not there', { kind: 'never' }, 7_000, 'no-answer', '487'],
    ['too slow', human(undefined, 9_000), 7_000, 'no-answer', '487'],
    ['out of order', { kind: 'failed', sipResponseCode: 503 }, 0, 'failed', '503'],
    ['nobody', undefined, 0, 'failed', '404'],
  ])('somebody who is %s', async (...[, person, afterMs, status, SipResponseCode]) => {
    const scene = sceneWith(person);
    const leg = scene.create({ ...toAnna, Timeout: '7' });
    if (afterMs > 0) {
      await scene.clock.run(afterMs - 40);
      expect(leg.status).toBe('ringing');
    }
    await scene.clock.run(60);
    expect(leg.status).toBe(status);
    expect(scene.formsOf('/person').at(-1)).toMatchObject({ CallStatus: status, SipResponseCode, CallDuration: '0' });
    expect(scene.formsOf('/whisper')).toEqual([]);
    expect(scene.clock.pending).toBe(0);
  });

  it('tells only the end unless more is asked for', async () => {
    const scene = sceneWith({ kind: 'busy' });
    scene.create({ To: anna, Twiml: '<Response/>', StatusCallback: 'https://gw.example.com/person' });
    await scene.clock.run(100);
    expect(statuses(scene)).toEqual(['busy']);
  });

  it.each([
    ['ringing', 1_000, 'canceled', 'canceled'],
    ['ringing', 1_000, 'completed', 'canceled'],
    ['in progress', 3_000, 'completed', 'completed'],
  ])('that is %s is ended by REST', async (...[, afterMs, Status, status]) => {
    const scene = sceneWith(human());
    const leg = scene.create(toAnna);
    await scene.clock.run(afterMs);
    expect(scene.rest(leg.sid, { Status }).status).toBe(200);
    expect([leg.status, statuses(scene).at(-1)]).toEqual([status, status]);
    expect(scene.rest(leg.sid, { Status })).toMatchObject({ status: 400, json: { code: 21220 } });
    await scene.clock.run(5_000);
    expect(scene.formsOf('/person').filter((form) => form['CallStatus'] === status)).toHaveLength(1);
    expect(scene.clock.pending).toBe(0);
  });

  it('can be redirected while it rings, and then runs the other document', async () => {
    const scene = new Scene(
      { '/whisper': xml('<Hangup/>'), '/else': xml('<Pause length="9"/>') },
      { people: { [anna]: human() } },
    );
    const leg = scene.create(toAnna);
    await scene.clock.run(500);
    scene.rest(leg.sid, { Url: 'https://gw.example.com/else' });
    await scene.clock.run(500);
    expect(leg.status).toBe('ringing');
    await scene.clock.run(1_500);
    expect(scene.asked.map(({ path }) => path)).not.toContain('/whisper');
    expect(leg.status).toBe('in-progress');
  });

  it('is over at its time limit', async () => {
    const scene = sceneWith(human());
    const leg = scene.create({ ...toAnna, TimeLimit: '5' });
    await scene.clock.run(6_900);
    expect(leg.over).toBe(false);
    await scene.clock.run(200);
    expect(leg.record.end).toMatchObject({ reason: 'time-limit' });
  });

  it('waits for its turn in the queue', async () => {
    const scene = new Scene({}, { people: { [anna]: { kind: 'never' } }, callsPerSecond: 1 });
    const legs = [1, 2, 3].map(() => scene.create(toAnna));
    await scene.clock.run(1_100);
    expect(legs.map(({ status }) => status)).toEqual(['ringing', 'ringing', 'queued']);
    scene.rest(legs[2]?.sid, { Status: 'canceled' });
    await scene.clock.run(1_100);
    expect(legs[2]?.status).toBe('canceled');
    expect(statuses(scene).filter((status) => status === 'initiated')).toHaveLength(2);
  });
});

describe('refusals', () => {
  const good = { To: anna, From: '+15005550010', Twiml: '<Response/>' };
  it.each<[string, Record<string, string>, number]>([
    ['a typo', { ...good, Timeuot: '5' }, 20001],
    ['no document', { To: anna, From: '+15005550010' }, 21205],
    ['a bad Url', { ...good, Url: 'gw.example.com/x' }, 21205],
    ['a document that is too long', { ...good, Twiml: 'x'.repeat(4_001) }, 20001],
    ['no To', { From: '+15005550010', Twiml: '<Response/>' }, 21201],
    ['a To that is no number', { ...good, To: '5005550042' }, 21211],
    ['no From', { To: anna, Twiml: '<Response/>' }, 21213],
    ['a From that is no number', { ...good, From: 'me' }, 21212],
    ['a From of somebody else', { ...good, From: '+15005550099' }, 21210],
    ['a caller id of somebody else', { ...good, CallerId: '+15005550099' }, 21210],
    ['a long ring', { ...good, Timeout: '601' }, 20001],
    ['an unknown event', { ...good, StatusCallbackEvent: 'answer' }, 21626],
    ['a callback host with an underscore', { ...good, StatusCallback: 'https://my_host/x' }, 21609],
    ['an unknown kind of detection', { ...good, MachineDetection: 'true' }, 20001],
    ['a header with a name of its own', { ...good, To: 'sip:a@b.example.com?Subject=x' }, 13252],
    ['headers of more than 1024 characters', { ...good, To: `sip:a@b.example.com?X-A=${'x'.repeat(1_021)}` }, 13252],
  ])('%s', (_what, form, code) => {
    const scene = sceneWith(human());
    expect(scene.rest(undefined, form)).toMatchObject({ status: 400, json: { code } });
    expect(scene.carrier.legs.size).toBe(0);
  });

  it('of an update with a typo', async () => {
    const scene = sceneWith(human());
    const leg = scene.create(toAnna);
    expect(scene.rest(leg.sid, { status: 'completed' })).toMatchObject({ status: 400, json: { code: 20001 } });
    expect(leg.over).toBe(false);
  });
});

describe('machines and people', () => {
  const machine: Person = { kind: 'machine', ringMs: 1_000, greeting: tone(4_000, 500) };
  it.each([
    ['a machine', machine, 'Enable', 2_400, 'machine_start'],
    ['a machine, heard to its end', machine, 'DetectMessageEnd', 4_300, 'machine_end_beep'],
    ['a human', human(undefined, 1_000), 'Enable', 1_600, 'human'],
  ] as const)('%s: the document waits until it is known', async (...[, person, MachineDetection, afterMs, AnsweredBy]) => {
    const scene = sceneWith(person);
    const leg = scene.create({ ...toAnna, MachineDetection });
    await scene.clock.run(1_000 + afterMs - 20);
    expect([leg.status, scene.formsOf('/whisper')]).toEqual(['in-progress', []]);
    await scene.clock.run(40);
    expect(scene.formsOf('/whisper')).toMatchObject([{ AnsweredBy }]);
  });

  it('without waiting, it is told when it is known', async () => {
    const scene = sceneWith(machine);
    const told = { AsyncAmd: 'true', AsyncAmdStatusCallback: 'https://gw.example.com/amd' };
    const leg = scene.create({ ...toAnna, MachineDetection: 'Enable', ...told });
    await scene.clock.run(1_100);
    expect(scene.formsOf('/whisper')).toHaveLength(1);
    expect(scene.formsOf('/amd')).toEqual([]);
    await scene.clock.run(2_400);
    expect(scene.formsOf('/amd')).toMatchObject([{ CallSid: leg.sid, AnsweredBy: 'machine_start' }]);
  });

  it('a machine presses nothing, and records what is said to it until it is hung up on', async () => {
    const scene = sceneWith(machine, '<Gather numDigits="1" timeout="3"><Say>Press 1.</Say></Gather><Hangup/>');
    const leg = scene.create(toAnna);
    await scene.clock.run(10_000);
    expect(leg.record.facts.filter(({ type }) => type === 'digit-pressed')).toEqual([]);
    expect(leg.record.end).toMatchObject({ reason: 'hangup-verb' });
    expect(sounds(leg.record.spoken, 500, [1_000, 5_000])).toBe(true);
    expect(sounds(leg.record.heard, 300, [1_000, 1_400])).toBe(true);
  });

  it('a SIP address has a person by user and host, who sees the headers', async () => {
    const seen: unknown[] = [];
    const scene = new Scene(
      { '/whisper': xml('<Pause length="9"/>') },
      { people: { 'sip:4000@pbx.example.com': human(async (leg) => void seen.push(leg.sipHeaders), 500) } },
    );
    const To = 'sip:4000@PBX.example.com:5061;transport=tls?X-Ctx=a%26b&User-to-User=48656c6c6f%3Bencoding%3Dhex';
    scene.create({ ...toAnna, To, From: 'support' });
    await scene.clock.run(1_000);
    expect(seen).toEqual([{ 'X-Ctx': 'a&b', 'User-to-User': '48656c6c6f;encoding=hex' }]);
  });

  it('may answer one call and not the next', async () => {
    const scene = new Scene({}, { people: { [anna]: ({ count }) => (count === 1 ? { kind: 'busy' } : human()) } });
    const legs = [scene.create(toAnna), scene.create(toAnna)];
    await scene.clock.run(1_000);
    expect(legs.map(({ status }) => status)).toEqual(['busy', 'ringing']);
  });
});
