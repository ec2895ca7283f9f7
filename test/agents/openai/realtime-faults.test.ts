import { describe, expect, it } from 'vitest';
import * as say from './realtime-events.ts';
import { readyWorld } from './session-world.ts';

it('drops a path that takes nothing any more, and says that it is closed', async () => {
  const { server, session, types } = await readyWorld();
  server.socket.bufferedAmount = 2 * 1024 * 1024;
  for (let frames = 0; frames < 100; frames += 1) session.hear(new Uint8Array(960));
  expect(server.ended).toBe(undefined);
  server.socket.bufferedAmount += 1;
  for (let frames = 0; frames < 100; frames += 1) session.hear(new Uint8Array(960));
  expect(server.ended).toBe('abort');
  expect(types()).toContain('session-closed');
});

describe('tool calls', () => {
  const requested = async (...said: object[]) => {
    const { server, events } = await readyWorld();
    for (const event of said) server.says(event);
    return events.flatMap((event) => (event.type === 'tool-requested' ? [`${event.toolCallId} ${event.arguments}`] : []));
  };
  const [created, args, item] = [
    say.responseCreated('r'),
    say.argumentsDone('r', 'c'),
    say.itemDone('r', say.callItem('c')),
  ];
  const completed = say.responseDone('r', 'completed', { output: [say.callItem('c')] });

  it.each<[string, object[], string[]]>([
    ['announced three times: once', [created, args, item, completed], ['c {"a":1}']],
    ['at the end of the item', [created, item], ['c {"a":1}']],
    ['only in response.done', [created, completed], ['c {"a":1}']],
    ['only by their arguments', [created, args, say.responseDone('r')], ['c {"a":1}']],
    [
      'of a cancelled response: never',
      [created, args, say.responseDone('r', 'cancelled', { output: [say.callItem('c')] })],
      [],
    ],
    [
      'cut off: never',
      [created, args, say.itemDone('r', say.callItem('c', '{"a', 'incomplete')), say.responseDone('r', 'incomplete')],
      [],
    ],
    ['talked over: never', [created, say.speechStarted('u', 0), item, say.responseDone('r', 'cancelled')], []],
    ['talked over too late: the response completed', [created, say.speechStarted('u', 0), item, completed], ['c {"a":1}']],
    ['not JSON: passed on as they are', [created, say.itemDone('r', say.callItem('c', 'nope{'))], ['c nope{']],
    ['of a response that never began: never', [item, completed], []],
    ['several', [created, item, say.itemDone('r', say.callItem('d'))], ['c {"a":1}', 'd {"a":1}']],
    [
      'with an id used before: once',
      [created, item, completed, say.responseCreated('s'), say.itemDone('s', say.callItem('c'))],
      ['c {"a":1}'],
    ],
  ])('%s', async (_, said, calls) => expect(await requested(...said)).toEqual(calls));
});

describe('errors', () => {
  it.each([
    ['invalid_api_key', { code: 'invalid_api_key', fatal: true }],
    ['insufficient_quota', { code: 'insufficient_quota', fatal: true }],
    ['session_expired', { code: 'session_expired', fatal: false }],
  ])('%s ends the session', async (code, failure) => {
    const { server, events } = await readyWorld();
    server.says(say.refusal(code));
    server.says(say.responseCreated('r'));
    expect(events).toMatchObject([{ type: 'session-failed', ...failure }, { type: 'session-closed' }]);
  });

  it('that mean nothing are borne, unknown ones until there are too many', async () => {
    const { server, events, clock } = await readyWorld();
    for (let count = 0; count < 20; count += 1) server.says(say.refusal('response_cancel_not_active'));
    for (let count = 0; count < 5; count += 1) server.says(say.refusal('something_new'));
    clock.advance(10_000);
    for (let count = 0; count < 5; count += 1) server.says(say.refusal('something_new'));
    expect(events).toEqual([]);
    server.says(say.refusal('something_new'));
    expect(events).toMatchObject([
      { type: 'session-failed', code: 'too_many_errors', fatal: false },
      { type: 'session-closed' },
    ]);
  });

  it('nonsense is counted and changes nothing', async () => {
    const { server, events, counts } = await readyWorld();
    server.says('{');
    server.says({ type: 'response.brand_new' });
    server.says(say.audioDelta('unknown', 'a', 480));
    server.says(say.responseDone('unknown'));
    server.saysBinary();
    expect(events).toEqual([]);
    expect(counts).toEqual([
      'model_message_ignored not-json',
      'model_message_ignored unknown-type',
      'model_message_stale audio',
      'model_message_stale response-done',
      'model_message_ignored binary',
    ]);
  });

  it('in a response that we asked for: told, and asked once more', async () => {
    const { server, session, events } = await readyWorld();
    session.ask({ addition: 'Greet.' });
    server.says(say.responseCreated('r'));
    server.says(say.responseDone('r', 'failed', say.failedWith('server_error')));
    expect(events.at(-1)).toMatchObject({ type: 'response-ended', status: 'failed', failure: 'server_error' });
    expect(server.of('response.create').map((event) => event['response'])).toMatchObject(
      Array(2).fill({ instructions: expect.stringMatching(/\n\nGreet\.$/) }),
    );
  });

  it('does not ask twice when the listener asks as well', async () => {
    const { server, session } = await readyWorld();
    session.events.listen((event) => {
      if (event.type === 'response-ended') session.ask({ addition: 'Again.' });
    });
    session.ask();
    server.says(say.responseCreated('r'));
    server.says(say.responseDone('r', 'failed', say.failedWith('server_error')));
    expect(server.of('response.create')).toHaveLength(2);
    expect(server.of('response.create')[1]).toMatchObject({
      response: { instructions: expect.stringMatching(/\n\nAgain\.$/) },
    });
  });

  it('a create that is never answered is sent again at its deadline, once', async () => {
    const { server, session, clock, counts } = await readyWorld();
    session.ask();
    clock.advance(9_999);
    expect(server.of('response.create')).toHaveLength(1);
    clock.advance(30_000);
    expect(server.of('response.create')).toHaveLength(2);
    expect(counts).toEqual(['response_wish_dropped unanswered']);
    expect(clock.pending).toBe(0);
  });

  it('a create refused for an active response, without saying which, is sent after its end', async () => {
    const { server, session, events } = await readyWorld();
    session.ask();
    server.says({ type: 'input_audio_buffer.committed', item_id: 'u' });
    server.says(say.responseCreated('v'));
    server.says(say.refusal('conversation_already_has_active_response'));
    expect(server.of('response.create')).toHaveLength(1);
    server.says(say.responseDone('v'));
    expect(server.of('response.create')).toHaveLength(2);
    expect(events).toContainEqual({ type: 'response-started', response: 'v', asked: false });
  });
});
