import { describe, expect, test } from 'vitest';
import { clipOf } from '../voices/clips.ts';
import type { Fault } from './faults.ts';
import { openSession, order, type ReceivedEvent, the, types } from './test-client.ts';

const greet = async (fault: Fault) => {
  const { server, client } = await openSession();
  server.inject(fault);
  const events = await client.send({ type: 'response.create' }, 4000);
  return { server, client, events };
};
const again = (client: { send(event: object, span: number): Promise<ReceivedEvent[]> }) =>
  client.send({ type: 'response.create' }, 4000);

describe('what the server can do wrong', () => {
  test('break the connection in the middle of a sentence', async () => {
    const { client, events, server } = await greet({ type: 'drop-in-audio', afterMs: 1000 });
    expect(client.closed?.code).toBe(1006);
    expect(types(events)).toContain('response.output_audio.delta');
    expect(types(events)).not.toContain('response.done');
    expect(server.records[0]?.responses[0]?.generatedMs).toBeGreaterThanOrEqual(1000);
    expect(server.records[0]).toMatchObject({ closeCode: 1006 });
    expect(server.open).toEqual([]);
  });

  test('fail one response', async () => {
    const { client, events } = await greet({ type: 'fail-response', code: 'server_error' });
    const { response } = the(events, 'response.done');
    expect(response).toMatchObject({ status: 'failed', status_details: { error: { code: 'server_error' } }, output: [] });
    expect(the(await again(client), 'response.done')['response'].status).toBe('completed');
  });

  test('never make a response', async () => {
    const { client, events } = await greet({ type: 'no-response' });
    expect(events).toEqual([]);
    expect(types(await again(client))).toContain('response.done');
  });

  test('answer in text only', async () => {
    const { events } = await greet({ type: 'answer-in-text' });
    expect(types(events)).not.toContain('response.output_audio.delta');
    expect(the(events, 'response.output_text.done')['text']).toBe(clipOf('supportGreeting').text);
  });

  test('fall silent for good', async () => {
    const { client, events } = await greet({ type: 'mute' });
    expect(types(events)).toEqual(['response.created']);
    expect(await again(client)).toEqual([]);
    expect(client.closed).toBeUndefined();
  });

  test('end a response that nobody knows', async () => {
    const { events } = await greet({ type: 'stray-done' });
    const created = the(events, 'response.created')['response'].id;
    const ends = events.filter((event) => event.type === 'response.done').map((event) => event['response'].id);
    expect(ends).toHaveLength(2);
    expect(ends[0]).not.toBe(created);
    expect(ends[1]).toBe(created);
  });

  test.each([
    ['break-arguments', 1, false],
    ['announce-twice', 2, true],
  ] as const)('%s', async (...[type, announced, valid]) => {
    const { server, client } = await openSession();
    server.inject({ type });
    const content = [{ type: 'input_text', text: 'hi' }];
    const item = { type: 'message', role: 'user', content };
    const events = await client.send([{ type: 'conversation.item.create', item }, { type: 'response.create' }], 3000);
    const calls = events.filter((event) => event.type === 'response.function_call_arguments.done');
    expect(calls).toHaveLength(announced);
    expect(new Set(calls.map((call) => call['call_id'])).size).toBe(1);
    expect(() => JSON.parse(calls[0]?.['arguments'])).toSatisfy((parse: () => unknown) => {
      try {
        parse();
        return valid;
      } catch {
        return !valid;
      }
    });
  });

  test('be at the end of its 60 minutes', async () => {
    const { client, clock } = await openSession();
    clock.advance(3_600_000);
    await client.pass(5);
    expect(the(client.events, 'error')['error'].code).toBe('session_expired');
    expect(client.closed?.code).toBe(1001);
    expect(clock.pending).toBe(0);
  });

  test('only to the persona that was named, and only once', async () => {
    const { server, client } = await openSession();
    server.inject({ type: 'no-response' }, 'technical');
    expect(order(await again(client))).toContain('response.done');
  });
});
