import { describe, expect, it } from 'vitest';
import { connect, Scene, xml } from './carrier/scene.ts';

const silent = (text: string) => new Uint8Array(text.length * 800).fill(0xff);
const gather = (attributes: string, inner = '') =>
  xml(`<Gather action="/keys" ${attributes}>${inner}</Gather><Say>nothing came</Say><Hangup/>`);
const sceneOf = (verbs: ReturnType<typeof xml>) =>
  new Scene({ '/voice': verbs, '/keys': xml('<Pause length="60"/>') }, { say: silent });

describe('<Gather>', () => {
  it.each<[string, string, string, Record<string, string>]>([
    ['so many digits', 'numDigits="2"', '12', { Digits: '12' }],
    ['the finish key', '', '123#', { Digits: '123', FinishedOnKey: '#' }],
    ['another finish key', 'finishOnKey="*"', '1#*', { Digits: '1#', FinishedOnKey: '*' }],
    ['no finish key', 'finishOnKey="" numDigits="3"', '1#*', { Digits: '1#*' }],
  ])('ends with %s', async (...[, attributes, keys, form]) => {
    const scene = sceneOf(gather(attributes));
    const call = await scene.call();
    for (const key of keys) call.press(key);
    await scene.clock.run(20);
    expect(scene.formsOf('/keys')).toMatchObject([form]);
    expect(call.record.said).toEqual([]);
  });

  it('ends when no key follows in time, and hands over what there is', async () => {
    const scene = sceneOf(gather('timeout="2"'));
    const call = await scene.call();
    await scene.clock.run(1_500);
    call.press('7');
    await scene.clock.run(1_900);
    expect(scene.formsOf('/keys')).toEqual([]);
    await scene.clock.run(200);
    expect(scene.formsOf('/keys')).toMatchObject([{ Digits: '7' }]);
  });

  it('counts the time from the end of what is said', async () => {
    const scene = sceneOf(gather('timeout="2"', '<Say>0123456789</Say><Pause length="1"/><Play>x</Play>'));
    const call = await scene.call();
    await scene.clock.run(1_000 + 1_000 + 1_000 + 1_960);
    expect(call.record.said).toEqual(['0123456789']);
    await scene.clock.run(2_000);
    expect(call.record.said).toEqual(['0123456789', 'nothing came']);
    expect(scene.formsOf('/keys')).toEqual([]);
  });

  it('a key stops what is said, and counts', async () => {
    const scene = sceneOf(gather('numDigits="2"', '<Say>0123456789</Say><Say>more</Say>'));
    const call = await scene.call();
    await scene.clock.run(300);
    call.press('4');
    await scene.clock.run(100);
    expect(call.record.facts.filter(({ type }) => type === 'say-ended')).toMatchObject([{ whole: false }]);
    expect(call.record.facts.filter(({ type }) => type === 'say-started')).toHaveLength(1);
    call.press('2');
    await scene.clock.run(20);
    expect(scene.formsOf('/keys')).toMatchObject([{ Digits: '42' }]);
  });

  it('bargeIn="false": keys pressed while it is said do not count', async () => {
    const scene = sceneOf(gather('numDigits="1" bargeIn="false"', '<Say>0123456789</Say>'));
    const call = await scene.call();
    await scene.clock.run(300);
    call.press('4');
    await scene.clock.run(900);
    expect(call.record.said).toEqual(['0123456789']);
    call.press('5');
    await scene.clock.run(20);
    expect(scene.formsOf('/keys')).toMatchObject([{ Digits: '5' }]);
  });

  it.each([
    ['goes on with the next verb', '', []],
    ['or asks its action', 'actionOnEmptyResult="true"', [{ Digits: '' }]],
  ])('without a digit it %s', async (_what, attributes, forms) => {
    const scene = sceneOf(gather(`timeout="1" ${attributes}`));
    const call = await scene.call();
    await scene.clock.run(500);
    call.press('#');
    await scene.clock.run(100);
    expect(scene.formsOf('/keys')).toMatchObject(forms);
    expect(call.record.facts.filter(({ type }) => type === 'say-started')).toHaveLength(forms.length === 0 ? 1 : 0);
  });

  it('without an action asks the document again', async () => {
    const scene = new Scene({ '/voice': xml('<Gather numDigits="1"/>') });
    const call = await scene.call();
    call.press('1');
    await scene.clock.run(20);
    expect(scene.formsOf('/voice')).toMatchObject([{}, { Digits: '1' }]);
  });

  it.each([
    ['hangs up', (scene: Scene, sid: string) => scene.carrier.legs.get(sid)?.hangUp()],
    [
      'is redirected',
      (scene: Scene, sid: string) => scene.rest(sid, { Twiml: '<Response><Pause length="60"/></Response>' }),
    ],
  ])('the caller %s while it waits: no key counts any more', async (_what, act) => {
    const scene = sceneOf(gather('numDigits="1"'));
    const call = await scene.call();
    await scene.clock.run(500);
    act(scene, call.sid);
    call.press('1');
    await scene.clock.run(6_000);
    expect(scene.formsOf('/keys')).toEqual([]);
    call.hangUp();
    await scene.clock.run(20);
    expect(scene.clock.pending).toBe(0);
  });

  it('a document that came by REST has no URL to be relative to', async () => {
    const scene = sceneOf(xml('<Pause length="60"/>'));
    const call = await scene.call();
    scene.rest(call.sid, { Twiml: '<Response><Gather action="/keys" numDigits="1"/></Response>' });
    await scene.clock.run(20);
    call.press('1');
    await scene.clock.run(20);
    expect(call.record.debuggerCodes).toEqual([11200]);
    expect(scene.formsOf('/keys')).toEqual([]);
  });

  it('keys of an open stream go to the stream', async () => {
    const scene = new Scene({ '/voice': xml(connect()) });
    const call = await scene.call();
    call.press('3');
    await scene.clock.run(20);
    expect(scene.gateways[0]?.of('dtmf')).toHaveLength(1);
  });

  it.each([
    ['an attribute with a typo', '<Gather numdigits="1"/>', 12200],
    ['a verb that can not be nested', '<Gather><Hangup/></Gather>', 12200],
    ['speech', '<Gather input="speech"/>', 12200],
    ['a typo in <Say>', '<Say voize="x">a</Say>', 12200],
  ])('%s shows in the debugger', async (_what, verbs, code) => {
    const scene = sceneOf(xml(verbs));
    const call = await scene.call();
    expect(call.record.debuggerCodes).toEqual([code]);
  });
});
