import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { call, fields, openPort, post } from './world.ts';

const port = await openPort();
afterAll(() => port.server.close());
beforeEach(() => {
  port.desk.told.length = 0;
  port.people.told.length = 0;
});

const of = (step: string): string => `/twilio/transfer/${call}/t1/${step}`;
const answered = { ...fields, CallStatus: 'in-progress' };

describe('what the carrier asks and tells of the leg of a person', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['whisper', {}, ['answered t1']],
    ['key', { Digits: '1' }, ['pressed 1']],
    ['key', {}, ['pressed nothing']],
    ['left', { DialCallStatus: 'answered' }, ['left the room']],
    // Who hung up in the room did not press the star; the carrier asks all the same.
    ['left', { DialCallStatus: 'answered', CallStatus: 'completed' }, ['leg completed']],
    ['status', { CallStatus: 'busy' }, ['leg busy']],
    ['status', { CallStatus: 'in-progress' }, []],
    ['machine', { AnsweredBy: 'machine_start' }, ['machine']],
    ['machine', { AnsweredBy: 'human' }, []],
    ['wait?looks=3', {}, ['waits 3']],
    ['wait?looks=-1', {}, ['waits 0']],
  ])('%s %j', async (step, extra, told) => {
    const answer = await post(port, of(step), { ...answered, ...extra });
    expect(answer.ok).toBe(true);
    expect(port.people.told).toEqual(told);
    expect(port.desk.told).toEqual([]);
  });

  test('a caller who is back is with the desk, and one who is gone is over', async () => {
    expect(await (await post(port, of('back'), { ...answered, DialCallStatus: 'busy' })).text()).toContain('value="return"');
    await post(port, of('back'), { ...answered, CallStatus: 'completed', DialCallStatus: 'completed' });
    expect(port.desk.told).toEqual(['back from t1 busy', 'ended completed']);
  });

  test.each(['/twilio/transfer/CA1/t1/whisper', `/twilio/transfer/${call}/x/whisper`, of('nothing')])(
    '%s names no transfer, and does nothing',
    async (path) => {
      await post(port, path, answered);
      expect(port.people.told).toEqual([]);
    },
  );
});
