import { describe, expect, it } from 'vitest';
import { tone } from './carrier/mulaw.ts';
import { human, type Person } from './carrier/person.ts';
import { Scene, sounds, xml } from './carrier/scene.ts';
import type { QueueScript } from './carrier/world.ts';

const worker = '+15005550060';
const workflowSid = `WW${'0'.repeat(32)}`;
const [music, workerHertz] = [523, 900];
const enqueue = (attributes = '', inner = 'support') =>
  xml(`<Enqueue action="/after" ${attributes}>${inner}</Enqueue><Say>on</Say>`);

const taking = (person: Person, afterMs = 3_000): QueueScript => ({ taker: { afterMs, address: worker, person } });
const sceneOf = (queues: Record<string, QueueScript>, voice = enqueue()) =>
  new Scene(
    {
      '/voice': voice,
      '/after': xml('<Pause length="60"/>'),
      '/wait': xml('<Say>You are next.</Say><Pause length="1"/>'),
      '/leave': xml('<Say>We give up.</Say><Leave/>'),
      '/hangup': xml('<Hangup/>'),
      '/bad': xml('<Dial>+15005550060</Dial>'),
    },
    { queues },
  );
const workerOf = (scene: Scene) => [...scene.carrier.legs.values()].find(({ leg }) => leg.identity.to === worker);

describe('<Enqueue>', () => {
  it('plays music until somebody takes the call, and then they talk', async () => {
    const says = human(async (leg) => {
      await leg.together();
      await leg.speak(tone(1_000, workerHertz));
      leg.hangUp();
    }, 1_000);
    const scene = sceneOf({ support: taking(says) });
    const call = await scene.call();
    await scene.clock.run(3_900);
    expect(sounds(call.record.heard, music, [100, 900])).toBe(true);
    await scene.clock.run(2_000);
    expect(sounds(call.record.heard, workerHertz, [4_100, 4_900])).toBe(true);
    expect(sounds(call.record.heard, music, [4_040, 4_900])).toBe(false);
    expect(scene.formsOf('/after')).toMatchObject([
      { QueueResult: 'bridged', QueueTime: '4', QueueSid: expect.stringMatching(/^QU/) },
    ]);
    expect([call.over, workerOf(scene)?.status]).toEqual([false, 'completed']);
  });

  it('rings again when the taker does not answer', async () => {
    const scene = sceneOf({ support: taking({ kind: 'busy' }) });
    await scene.call();
    await scene.clock.run(7_000);
    expect(scene.carrier.legs.size).toBe(3);
  });

  it('nobody takes it: it waits', async () => {
    const scene = sceneOf({});
    const call = await scene.call();
    await scene.clock.run(120_000, 1_000);
    expect([call.over, scene.formsOf('/after')]).toEqual([false, []]);
  });

  it('asks waitUrl over and over, with the place in the queue', async () => {
    const scene = sceneOf({}, enqueue('waitUrl="/wait"'));
    await scene.call();
    await scene.call();
    await scene.clock.run(4_000);
    expect(scene.formsOf('/wait').length).toBeGreaterThanOrEqual(4);
    expect(scene.formsOf('/wait').slice(0, 2)).toMatchObject([
      { QueuePosition: '1', CurrentQueueSize: '1', QueueTime: '0' },
      { QueuePosition: '2', CurrentQueueSize: '2' },
    ]);
    expect(Number(scene.formsOf('/wait').at(-1)?.['QueueTime'])).toBeGreaterThan(1);
  });

  it.each([
    ['<Leave>', 'waitUrl="/leave"', [{ QueueResult: 'leave' }], false],
    ['<Hangup>', 'waitUrl="/hangup"', [{ QueueResult: 'hangup' }], true],
    ['a verb that may not be there', 'waitUrl="/bad"', [{ QueueResult: 'error' }], false],
  ])('%s in the document of waitUrl', async (...[, attributes, forms, over]) => {
    const scene = sceneOf({}, enqueue(attributes));
    const call = await scene.call();
    await scene.clock.run(2_000);
    expect(scene.formsOf('/after')).toMatchObject(forms);
    expect(call.over).toBe(over);
  });

  it('is full', async () => {
    const scene = sceneOf({}, enqueue('maxQueueSize="1"'));
    const first = await scene.call();
    const second = await scene.call();
    await scene.clock.run(100);
    expect(scene.formsOf('/after')).toMatchObject([{ CallSid: second.sid, QueueResult: 'queue-full' }]);
    expect(scene.formsOf('/after')[0]).not.toHaveProperty('QueueSid');
    first.hangUp();
    await scene.call();
    await scene.clock.run(100);
    expect(scene.formsOf('/after').map((form) => form['QueueResult'])).toEqual(['queue-full', 'hangup']);
  });

  it.each([
    ['waits', 1_000, 'hangup', 'redirected'],
    ['talks', 6_000, 'bridged', 'redirected-from-bridged'],
  ])('the caller hangs up, or is redirected, and %s', async (...[, afterMs, hungUp, redirected]) => {
    for (const [act, result] of [
      ['hang up', hungUp],
      ['redirect', redirected],
    ] as const) {
      const scene = sceneOf({ support: taking(human(undefined, 1_000)) });
      const call = await scene.call();
      await scene.clock.run(afterMs);
      if (act === 'hang up') call.hangUp();
      else scene.rest(call.sid, { Twiml: '<Response><Pause length="60"/></Response>' });
      await scene.clock.run(100);
      expect(scene.formsOf('/after')).toMatchObject([{ QueueResult: result }]);
      expect([call.over, workerOf(scene)?.over ?? true]).toEqual([act === 'hang up', true]);
      call.hangUp();
      await scene.clock.run(100);
      expect(scene.clock.pending).toBe(0);
    }
  });

  it('the caller hangs up while the taker is rung', async () => {
    const scene = sceneOf({ support: taking(human(undefined, 5_000)) });
    const call = await scene.call();
    await scene.clock.run(4_000);
    call.hangUp();
    await scene.clock.run(100);
    expect(workerOf(scene)?.status).toBe('canceled');
    expect([scene.formsOf('/after').length, scene.clock.pending]).toEqual([1, 0]);
  });
});

describe('a task', () => {
  it('is kept on the record, and its workflow is the queue', async () => {
    const task = '<Task priority="5">{"skill":"billing","seen":["a",{"b_c":1}]}</Task>';
    const scene = sceneOf(
      { [workflowSid]: taking(human(undefined, 100), 500) },
      enqueue(`workflowSid="${workflowSid}"`, task),
    );
    const call = await scene.call();
    await scene.clock.run(1_000);
    expect(call.record.facts.find(({ type }) => type === 'task')).toMatchObject({
      workflowSid,
      attributes: { skill: 'billing', seen: ['a', { b_c: 1 }] },
      priority: '5',
    });
    expect(call.record.company).toEqual([workerOf(scene)?.sid]);
  });

  it.each([
    ['JSON that is none', workflowSid, '<Task>{skill: 1}</Task>', 14221],
    ['a list', workflowSid, '<Task>[1]</Task>', 14221],
    ['a key with a hyphen', workflowSid, '<Task>{"a":{"b-c":1}}</Task>', 14221],
    ['a workflow that is none', 'WW1', '<Task>{}</Task>', 14220],
    ['a task without a workflow', '', '<Task>{}</Task>', 14220],
    ['no name', '', '', 12200],
  ])('is refused with %s', async (...[, sid, inner, code]) => {
    const scene = sceneOf({}, enqueue(sid === '' ? '' : `workflowSid="${sid}"`, inner));
    const call = await scene.call();
    await scene.clock.run(100);
    expect(call.record.debuggerCodes).toEqual([code]);
    expect(scene.formsOf('/after')).toMatchObject([{ QueueResult: 'error' }]);
  });
});
