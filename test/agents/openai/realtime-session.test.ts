import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ThroughlineError } from '../../../infra/errors.ts';
import { settle } from '../../world/clock.ts';
import * as say from './realtime-events.ts';
import { readyWorld, sessionWorld } from './session-world.ts';

const history = [
  { type: 'caller-text', text: 'hi' },
  { type: 'tool-call', toolCallId: 'c0', name: 'look', arguments: '{}', output: 'seen' },
] as const;

describe('coming up', () => {
  it('configures after session.created, fills after session.updated, then is ready', async () => {
    const { server, events, clock } = sessionWorld({}, { history });
    await settle();
    expect(server.received).toEqual([]);
    server.says(say.sessionCreated);
    server.says(say.sessionCreated);
    expect(server.received.map(({ type }) => type)).toEqual(['session.update']);
    expect(events).toEqual([]);
    server.says(say.sessionUpdated);
    expect(server.received.slice(1).map((event) => event['item'])).toMatchObject([
      { type: 'message', role: 'user' },
      { type: 'function_call', call_id: 'c0' },
      { type: 'function_call_output', call_id: 'c0' },
    ]);
    expect(events).toEqual([{ type: 'session-ready', expiresAtMs: 1_800_000_000_000 }]);
    expect(clock.pending).toBe(0);
  });

  it.each<[string, unknown, object]>([
    [
      'refused for good',
      new ThroughlineError('handshake_401', 'no', { facts: { fatal: true } }),
      { code: 'handshake_401', fatal: true },
    ],
    [
      'refused for now',
      new ThroughlineError('handshake_429', 'no', { facts: { fatal: false } }),
      { code: 'handshake_429', fatal: false },
    ],
    ['surprised', new Error('boom'), { code: 'connect_failed', fatal: false, message: 'boom' }],
  ])('fails when the connection is %s', async (_, thrown, failure) => {
    const { events, clock } = sessionWorld({ connect: () => Promise.reject(thrown) });
    await settle();
    expect(events).toMatchObject([
      { type: 'session-failed', ...failure },
      { type: 'session-closed', code: 1006 },
    ]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['ours by id', say.refusal('unknown_parameter', 'configure'), true],
    ['without an id', say.refusal('unknown_parameter'), false],
    ['a code that nobody knows', say.refusal('moon_phase'), false],
    ['a passing trouble', say.refusal('server_error', 'configure'), false],
    ['a busy server', say.refusal('rate_limit_exceeded', 'configure'), false],
  ])('fails when the configuration is refused: %s', async (_, refusal, fatal) => {
    const { server, events } = sessionWorld();
    await settle();
    server.says(say.sessionCreated);
    server.says(refusal);
    server.says(say.sessionUpdated);
    expect(events).toMatchObject([{ type: 'session-failed', fatal }, { type: 'session-closed' }]);
    expect(server.ended).toBe('close 1000');
  });

  it('sends nothing of its own accord before it is ready', async () => {
    const { server, session } = sessionWorld();
    await settle();
    session.ask();
    session.answerTool('c', 'seen');
    session.setTurnTaking({ createResponse: false, interruptResponse: false });
    session.hear(new Uint8Array(960));
    session.cancel();
    server.says(say.sessionCreated);
    expect(server.received.map(({ type }) => type)).toEqual(['session.update']);
  });

  it('fails at the deadline, connected or not', async () => {
    let dropped = false;
    const never = (signal: AbortSignal) =>
      new Promise<never>(() => {
        signal.addEventListener('abort', () => {
          dropped = true;
        });
      });
    const hanging = sessionWorld({ connect: never, readyDeadlineMs: 3_000 });
    const mute = sessionWorld();
    await settle();
    hanging.clock.advance(2_999);
    mute.clock.advance(9_999);
    expect([...hanging.events, ...mute.events]).toEqual([]);
    hanging.clock.advance(1);
    mute.clock.advance(1);
    await settle();
    for (const { events } of [hanging, mute]) {
      expect(events).toMatchObject([
        { type: 'session-failed', code: 'not_ready_in_time', fatal: false },
        { type: 'session-closed' },
      ]);
    }
    expect(dropped).toBe(true);
  });

  it('fails when the server closes too early', async () => {
    const { server, events } = sessionWorld();
    await settle();
    server.breaks(4000, 'beta');
    expect(events).toMatchObject([
      { code: 'closed_before_ready', fatal: true },
      { type: 'session-closed', code: 4000 },
    ]);
  });

  it('drops a connection that comes up after it was closed', async () => {
    const { session, server, types } = sessionWorld();
    session.close();
    expect(types()).toEqual([]);
    await settle();
    expect(types()).toEqual(['session-closed']);
    expect(server.ended).toBe('abort');
  });
});

describe('a turn', () => {
  it('comes in the documented order', async () => {
    const { server, events, heard, counts } = await readyWorld();
    server.says(say.speechStarted('u', 300));
    server.says({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 900 });
    server.says({ type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null });
    server.says({ type: 'conversation.item.added', item: { id: 'u' } });
    server.says(say.responseCreated('r'));
    server.says({ type: 'rate_limits.updated', rate_limits: [] });
    server.says(say.words('r', 'a', 'Loud '));
    server.says(say.audioDelta('r', 'a', 4_801));
    server.says(say.audioDelta('r', 'a', 4_799));
    server.says(say.wordsDone('r', 'a', 'Loud and clear.'));
    server.says(say.messageDone('r', 'a'));
    server.says(say.audioDelta('r', 'b', 480));
    server.says(say.responseDone('r'));
    server.says({ type: 'conversation.item.input_audio_transcription.completed', item_id: 'u', transcript: 'Hear me?' });
    expect(events).toEqual([
      { type: 'speech-started', turn: 'u', audioMs: 300 },
      { type: 'speech-stopped', turn: 'u', audioMs: 900 },
      { type: 'turn-committed', turn: 'u' },
      { type: 'response-started', response: 'r', asked: false },
      { type: 'agent-text', response: 'r', item: 'a', delta: 'Loud ' },
      { type: 'agent-item-ended', response: 'r', item: 'a', text: 'Loud and clear.', generatedMs: 200 },
      { type: 'agent-item-ended', response: 'r', item: 'b', text: '', generatedMs: 10 },
      {
        type: 'response-ended',
        response: 'r',
        asked: false,
        status: 'completed',
        spoke: true,
        text: false,
        tools: 0,
        failure: undefined,
      },
      { type: 'turn-transcribed', turn: 'u', text: 'Hear me?' },
    ]);
    expect(heard).toEqual(['r a 4801', 'r a 4799', 'r b 480']);
    expect(counts).toEqual([]);
  });

  it('that is answered in text only says so', async () => {
    const { server, events } = await readyWorld();
    server.says(say.responseCreated('r'));
    server.says(say.written('r', 'a', 'Hello.'));
    server.says(say.responseDone('r'));
    expect(events.at(-1)).toMatchObject({ type: 'response-ended', spoke: false, text: true });
  });

  it('forces audio when asked to, and repeats the instructions of the session before an addition', async () => {
    const { server, session } = await readyWorld();
    session.ask({ forceAudio: true, addition: 'Greet.', tools: 'none' });
    const [create] = server.of('response.create');
    const [update] = server.of('session.update');
    const { instructions } = z.object({ session: z.object({ instructions: z.string() }) }).parse(update).session;
    expect(create?.['response']).toMatchObject({
      output_modalities: ['audio'],
      instructions: `${instructions}\n\nGreet.`,
      tool_choice: 'none',
    });
  });
});

it('drops audio of a response that is over, even of the item that was heard last', async () => {
  const { server, heard, counts } = await readyWorld();
  server.says(say.responseCreated('r'));
  server.says(say.audioDelta('r', 'a', 480));
  server.says(say.responseDone('r'));
  server.says(say.audioDelta('r', 'a', 480));
  expect(heard).toEqual(['r a 480']);
  expect(counts).toEqual(['model_message_stale audio']);
});

describe('interruption', () => {
  it('drops what still comes of the response, and only of it', async () => {
    const { server, heard, events, counts } = await readyWorld();
    server.says(say.responseCreated('r'));
    server.says(say.audioDelta('r', 'a', 480));
    server.says(say.speechStarted('u', 0));
    server.says(say.audioDelta('r', 'a', 480));
    server.says(say.responseDone('r', 'cancelled'));
    server.says(say.audioDelta('r', 'a', 480));
    server.says(say.responseCreated('s'));
    server.says(say.audioDelta('s', 'b', 480));
    expect(heard).toEqual(['r a 480', 's b 480']);
    expect(counts).toEqual(['model_message_stale audio', 'model_message_stale audio']);
    expect(events).toContainEqual({ type: 'agent-item-ended', response: 'r', item: 'a', text: '', generatedMs: 10 });
  });

  it('goes by the turn taking that the server has acknowledged', async () => {
    const turnTaking = { createResponse: false, interruptResponse: false };
    const { server, session, heard } = await readyWorld({}, { turnTaking });
    server.says(say.responseCreated('r'));
    session.setTurnTaking({ createResponse: true, interruptResponse: true });
    server.says(say.speechStarted('u', 0));
    server.says(say.audioDelta('r', 'a', 1));
    server.says(say.sessionUpdated);
    server.says(say.speechStarted('v', 0));
    server.says(say.audioDelta('r', 'a', 2));
    expect(heard).toEqual(['r a 1']);
    expect(server.of('session.update').at(-1)).toMatchObject({
      session: { audio: { input: { turn_detection: { create_response: true, interrupt_response: true } } } },
    });
  });

  it('keeps the turn taking when the change is refused', async () => {
    const { server, session, heard } = await readyWorld();
    session.setTurnTaking({ createResponse: true, interruptResponse: false });
    server.says(say.refusal('invalid_value', server.received.at(-1)?.event_id));
    server.says(say.sessionUpdated);
    server.says(say.responseCreated('r'));
    server.says(say.speechStarted('u', 0));
    server.says(say.audioDelta('r', 'a', 1));
    expect(heard).toEqual([]);
  });

  it('cancels by id, and silences a response that was cancelled before it began', async () => {
    const { server, session, heard } = await readyWorld();
    session.ask();
    session.cancel();
    const response = server.of('response.create')[0]?.['response'];
    server.says(say.responseCreated('r', response instanceof Object && 'metadata' in response ? response.metadata : null));
    server.says(say.audioDelta('r', 'a', 480));
    expect(server.of('response.cancel')).toMatchObject([{ response_id: 'r' }]);
    expect(heard).toEqual([]);
  });
});

describe('cutting off', () => {
  it('cancels where the server does not do it by itself, and only there', async () => {
    const held = { turnTaking: { createResponse: false, interruptResponse: false } };
    const { server, session } = await readyWorld({}, held);
    server.says(say.responseCreated('r'));
    session.cutOff();
    expect(server.of('response.cancel')).toMatchObject([{ response_id: 'r' }]);
    const other = await readyWorld();
    other.server.says(say.responseCreated('r'));
    other.session.cutOff();
    expect(other.server.of('response.cancel')).toEqual([]);
  });
});

describe('a probe', () => {
  it.each([
    ['an acknowledgement', say.sessionUpdated],
    ['a refusal', say.refusal('invalid_value')],
    ['anything else', say.responseCreated('r')],
  ])('is answered by %s, once', async (_, answer) => {
    const { server, session, types } = await readyWorld();
    session.probe();
    expect(server.of('session.update').at(-1)).toMatchObject({ session: { type: 'realtime' } });
    expect(types()).toEqual([]);
    server.says(answer);
    server.says(say.sessionUpdated);
    expect(types().filter((type) => type === 'sign-of-life')).toHaveLength(1);
  });

  it('does not take the acknowledgement of a change of turn taking for its own', async () => {
    const { server, session } = await readyWorld({}, { turnTaking: { createResponse: false, interruptResponse: false } });
    session.probe();
    session.setTurnTaking({ createResponse: true, interruptResponse: true });
    server.says(say.responseCreated('r'));
    server.says(say.sessionUpdated);
    session.cutOff();
    expect(server.of('response.cancel')).toHaveLength(1);
  });
});

describe('the log', () => {
  it('names the call, and every kind of what was ignored once', async () => {
    const lines: unknown[] = [];
    const { server, counts } = await readyWorld({ log: (text, facts) => lines.push({ text, ...facts }) });
    for (let n = 0; n < 3; n += 1) server.says({ type: 'moon.phase' });
    server.says({ type: 'moon.tide' });
    expect(counts).toEqual(Array(4).fill('model_message_ignored unknown-type'));
    const line = { callId: 'CA1', epoch: 1, why: 'unknown-type' };
    expect(lines).toMatchObject([
      { ...line, type: 'moon.phase' },
      { ...line, type: 'moon.tide' },
    ]);
  });
});

describe('the end', () => {
  it('is forced when the other side does not answer a polite one', async () => {
    const { server, session, clock, types } = await readyWorld();
    server.stubborn = true;
    session.ask();
    session.close();
    clock.advance(1_999);
    server.says(say.responseCreated('r'));
    expect([server.ended, types()]).toEqual(['close 1000', []]);
    clock.advance(1);
    expect([server.ended, types()]).toEqual(['abort', ['session-closed']]);
    expect(clock.pending).toBe(0);
  });
});
