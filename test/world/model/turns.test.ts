import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ClipName, clip, clipMs, clipNames, clipOf } from '../voices/clips.ts';
import { inFormat } from './audio.ts';
import { ModelServer } from './server.ts';
import { configured, openSession, order, silence, type TestClient, the, types } from './test-client.ts';

const turn = (name: ClipName): Uint8Array => Buffer.concat([silence(400), clip(name), silence(620)]);

const spoken = [
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'response.output_item.done',
  'conversation.item.done',
];
const committed = [
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.committed',
  'conversation.item.added',
  'conversation.item.done',
];

describe('a turn', () => {
  test('goes in the order of the protocol, with a tool call at its end', async () => {
    const { client } = await openSession();
    const events = [...(await client.speak(turn('callerOpening'))), ...(await client.pass(3000))];
    expect(order(events)).toEqual([
      'input_audio_buffer.speech_started',
      ...committed,
      'response.created',
      ...spoken,
      'response.output_item.added',
      'conversation.item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'rate_limits.updated',
    ]);
    const { response } = the(events, 'response.done');
    expect(response).toMatchObject({ status: 'completed', status_details: null });
    expect(response.output.map((item: { type: string }) => item.type)).toEqual(['message', 'function_call']);
    expect(response.usage.output_token_details.audio_tokens).toBe(Math.ceil(clipMs('supportLooksUp') / 50));
    const call = the(events, 'response.function_call_arguments.done');
    expect(JSON.parse(call['arguments'])).toEqual({ at: 'account' });

    const output = { type: 'function_call_output', call_id: call['call_id'], output: '{}' };
    await client.send([{ type: 'conversation.item.create', item: output }, { type: 'response.create' }], 3000);
    expect(
      client.events.findLast((event) => event.type === 'response.done')?.['response'].output[0].content[0].transcript,
    ).toBe(clipOf('supportReset').text);
  });

  test('delivers exactly the clip, faster than real time, in odd pieces', async () => {
    const { client, server } = await openSession();
    const events = await client.send({ type: 'response.create' }, 300 + clipMs('supportGreeting') / 3);
    const pieces = events
      .filter((event) => event.type === 'response.output_audio.delta')
      .map((event) => Buffer.from(event['delta'], 'base64'));
    expect(Buffer.concat(pieces).equals(clip('supportGreeting'))).toBe(true);
    expect(pieces.some((piece) => piece.length % 2 === 1)).toBe(true);
    expect(pieces.length).toBeGreaterThan(5);
    expect(the(events, 'response.done')['response'].status).toBe('completed');
    expect(server.records[0]?.responses[0]).toMatchObject({
      asked: true,
      words: clipOf('supportGreeting').text,
      firstAudioAt: 302,
    });
  });

  test('is cut off by the caller, with one late delta', async () => {
    const { client, server } = await openSession();
    await client.send({ type: 'response.create' }, 350);
    const events = await client.speak(turn('callerInterrupts').subarray(0, 6400));
    const names = types(events);
    expect(names.indexOf('response.done')).toBeGreaterThan(names.indexOf('input_audio_buffer.speech_started'));
    expect(names.slice(names.indexOf('input_audio_buffer.speech_started') + 1)).toContain('response.output_audio.delta');
    expect(the(events, 'response.done')['response']).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
    });
    expect(the(events, 'response.done')['response'].usage).not.toBeNull();
    const generated = server.records[0]?.responses[0]?.generatedMs ?? 0;
    expect(generated).toBeGreaterThan(0);
    expect(generated).toBeLessThan(clipMs('supportGreeting'));
  });

  test('leaves the response alone and makes none when the session says so', async () => {
    const still = { type: 'server_vad', create_response: false, interrupt_response: false };
    const { client } = await openSession(configured({ turn_detection: still }));
    await client.send({ type: 'response.create' }, 350);
    const events = [...(await client.speak(turn('callerOpening'))), ...(await client.pass(3000))];
    expect(types(events).filter((type) => type === 'response.created')).toEqual([]);
    expect(the(events, 'response.done')['response'].status).toBe('completed');
    expect(types(events)).toContain('input_audio_buffer.committed');
  });

  test('is transcribed late, and only when asked for', async () => {
    const quiet = await openSession();
    const heard = await openSession(configured({ transcription: { model: 'gpt-realtime-whisper' } }));
    const all = async (client: TestClient) => [
      ...(await client.speak(turn('callerStillFails'))),
      ...(await client.pass(1000)),
    ];
    expect(types(await all(quiet.client)).join()).not.toContain('transcription');
    const events = await all(heard.client);
    const done = the(events, 'conversation.item.input_audio_transcription.completed');
    expect(done['transcript']).toBe(clipOf('callerStillFails').text);
    expect(done['item_id']).toBe(the(events, 'input_audio_buffer.committed')['item_id']);
    expect(events.indexOf(done)).toBeGreaterThan(events.indexOf(the(events, 'response.created')));
    expect(the(events, 'conversation.item.added')['item'].content[0].transcript).toBeNull();
  });
});

test('an out-of-band response runs beside the active one and stays out of the conversation', async () => {
  const { client } = await openSession();
  const request = { conversation: 'none', output_modalities: ['text'], metadata: { purpose: 'summary' }, input: [] };
  const events = await client.send([{ type: 'response.create' }, { type: 'response.create', response: request }], 450);
  expect(types(events)).not.toContain('error');
  const done = the(events, 'response.done')['response'];
  expect(done).toMatchObject({ conversation_id: null, metadata: { purpose: 'summary' }, status: 'completed' });
  expect(done.output[0].content).toEqual([{ type: 'output_text', text: 'A summary.' }]);
  expect(types(events).filter((type) => type === 'conversation.item.added')).toHaveLength(1);
});

describe('the detector, on the recordings', () => {
  test.each(clipNames.filter((name) => clipOf(name).speaker === 'caller'))(
    '%s is one turn, and understood',
    async (name) => {
      const { client, server } = await openSession();
      const events = await client.speak(turn(name));
      expect(types(events).filter((type) => type === 'input_audio_buffer.speech_started')).toHaveLength(1);
      const started = the(events, 'input_audio_buffer.speech_started')['audio_start_ms'];
      const stopped = the(events, 'input_audio_buffer.speech_stopped')['audio_end_ms'];
      expect(started).toBeGreaterThanOrEqual(60);
      expect(started).toBeLessThanOrEqual(300);
      expect(stopped).toBeGreaterThan(400 + clipMs(name) + 350);
      expect(stopped).toBeLessThanOrEqual(400 + clipMs(name) + 560);
      expect(server.records[0]?.turns[0]?.words).toBe(clipOf(name).text);
    },
  );

  test('understands pcm too, and neither noise nor a clip with a hole', async () => {
    const pcm = { type: 'audio/pcm', rate: 24000 };
    const { client, server } = await openSession(configured({ format: pcm }));
    const say = async (mulaw: Uint8Array): Promise<void> => {
      const audio = inFormat(Buffer.concat([silence(200), mulaw, silence(620)]), 'audio/pcm').toString('base64');
      await client.send({ type: 'input_audio_buffer.append', audio }, 3000);
    };
    const whole = clip('callerFixed');
    await say(whole);
    await say(Buffer.concat([whole.subarray(0, 8000), whole.subarray(13_000)]));
    await say(Uint8Array.from({ length: 8000 }, (_, index) => (index * 7919) & 0xff));
    expect(server.records[0]?.turns.map((heard) => heard.words)).toEqual([clipOf('callerFixed').text, null, null]);
  });
});

describe('over a real socket', () => {
  const servers: ModelServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  const serve = async (): Promise<{ server: ModelServer; url: string }> => {
    const server = new ModelServer({ personas: [], apiKey: 'right' });
    servers.push(server);
    return { server, url: `${(await server.listen()).replace('http', 'ws')}/realtime` };
  };
  /** The HTTP status of a refusal, the close code after acceptance, or the type of the first event. */
  const outcome = (url: string, headers: Record<string, string>): Promise<string | number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers });
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const event = JSON.parse(data.toString());
        if (event.type !== 'error') resolve(event.type);
      });
      socket.on('close', (code) => resolve(code));
    });
  const right = { Authorization: 'Bearer right' };

  test.each([
    ['a key and a model', '?model=gpt-realtime-2.1', right, 'session.created'],
    ['no key', '?model=gpt-realtime-2.1', {}, 401],
    ['a wrong key', '?model=gpt-realtime-2.1', { Authorization: 'Bearer wrong' }, 401],
    ['no model', '', right, 400],
    ['another path', '/more?model=gpt-realtime-2.1', right, 404],
    ['the beta header', '?model=gpt-realtime-2.1', { ...right, 'OpenAI-Beta': 'realtime=v1' }, 4000],
  ] as const)('%s', async (...[, query, headers, expected]) => {
    const { url } = await serve();
    expect(await outcome(url + query, headers)).toBe(expected);
  });

  test('429 once, when told to', async () => {
    const { server, url } = await serve();
    server.inject({ type: 'refuse-handshake', status: 429 });
    expect(await outcome(`${url}?model=m`, right)).toBe(429);
    expect(await outcome(`${url}?model=m`, right)).toBe('session.created');
    expect(server.refused.map((refusal) => refusal.code)).toEqual(['rate_limit_exceeded']);
  });
});
