import { describe, expect, test } from 'vitest';
import { FakeClock } from './clock.ts';
import { ModelServer } from './model/server.ts';
import { openSession, TestClient, the, types } from './model/test-client.ts';
import { clipMs } from './voices/clips.ts';

const look = { type: 'function', name: 'look', description: 'Looks.' };

describe('what the server refuses', () => {
  const update = (session: object): object => ({ type: 'session.update', event_id: 'e1', session });
  const create = (item: object): object => ({ type: 'conversation.item.create', event_id: 'e1', item });
  const refusals: readonly [string, object | string, string, string?][] = [
    ['no JSON', '{', 'invalid_json'],
    ['no type', {}, 'invalid_event'],
    ['an unknown event', { type: 'session.start' }, 'invalid_value'],
    ['a session without type', update({ instructions: 'x' }), 'missing_required_parameter', 'session.type'],
    ['a beta field', update({ type: 'realtime', modalities: ['audio'] }), 'unknown_parameter', 'session.modalities'],
    ['temperature', update({ type: 'realtime', temperature: 1 }), 'unknown_parameter', 'session.temperature'],
    [
      'pcm without rate',
      update({ type: 'realtime', audio: { input: { format: { type: 'audio/pcm' } } } }),
      'missing_required_parameter',
    ],
    ['a beta format', update({ type: 'realtime', audio: { input: { format: 'g711_ulaw' } } }), 'invalid_value'],
    ['both modalities', update({ type: 'realtime', output_modalities: ['audio', 'text'] }), 'invalid_value'],
    ['another model', update({ type: 'realtime', model: 'gpt-9' }), 'invalid_value', 'session.model'],
    ['an unknown voice', update({ type: 'realtime', audio: { output: { voice: 'bob' } } }), 'invalid_value'],
    [
      'a nested tool',
      update({ type: 'realtime', tools: [{ type: 'function', function: look }] }),
      'missing_required_parameter',
    ],
    [
      'audio that is not base64',
      { type: 'input_audio_buffer.append', event_id: 'e1', audio: '%' },
      'invalid_value',
      'audio',
    ],
    ['a commit of nothing', { type: 'input_audio_buffer.commit', event_id: 'e1' }, 'input_audio_buffer_commit_empty'],
    [
      'assistant audio',
      create({ type: 'message', role: 'assistant', content: [{ type: 'output_audio', audio: 'AAAA' }] }),
      'invalid_value',
    ],
    ['beta content', create({ type: 'message', role: 'user', content: [{ type: 'text', text: 'x' }] }), 'invalid_value'],
    [
      'a long call id',
      create({ type: 'function_call', name: 'look', arguments: '{}', call_id: 'c'.repeat(33) }),
      'invalid_value',
      'item.call_id',
    ],
    [
      'an output without its call',
      create({ type: 'function_call_output', call_id: 'c1', output: '' }),
      'invalid_value',
      'item.call_id',
    ],
    [
      'a place behind nothing',
      { ...create({ type: 'function_call', name: 'a', arguments: '', call_id: 'c' }), previous_item_id: 'no' },
      'item_not_found',
    ],
    [
      'cutting an unknown item',
      { type: 'conversation.item.truncate', event_id: 'e1', item_id: 'no', content_index: 0, audio_end_ms: 0 },
      'item_truncate_invalid_item_id',
    ],
    [
      'cutting at half a millisecond',
      { type: 'conversation.item.truncate', event_id: 'e1', item_id: 'no', content_index: 0, audio_end_ms: 0.5 },
      'invalid_value',
      'audio_end_ms',
    ],
    [
      'deleting an unknown item',
      { type: 'conversation.item.delete', event_id: 'e1', item_id: 'no' },
      'item_delete_invalid_item_id',
    ],
    ['cancelling nothing', { type: 'response.cancel', event_id: 'e1' }, 'response_cancel_not_active'],
    [
      'a beta response',
      { type: 'response.create', event_id: 'e1', response: { modalities: ['text'] } },
      'unknown_parameter',
      'response.modalities',
    ],
  ];
  test.each(refusals)('%s', async (...[, event, code, param]) => {
    const { server, client } = await openSession();
    const before = JSON.stringify(server.sessions[0]?.config);
    const answer = await client.send(event, 5);
    expect(types(answer)).toEqual(['error']);
    expect(answer[0]?.['error']).toMatchObject({
      type: 'invalid_request_error',
      code,
      ...(param === undefined ? {} : { param }),
    });
    expect(answer[0]?.['error'].event_id).toBe(typeof event === 'object' && 'event_id' in event ? 'e1' : null);
    expect(server.records[0]?.violations).toHaveLength(1);
    expect(JSON.stringify(server.sessions[0]?.config)).toBe(before);
  });

  test('audio before it is configured', async () => {
    const clock = new FakeClock();
    const server = new ModelServer({ personas: [], clock });
    const client = new TestClient(server, clock);
    const answer = await client.send({ type: 'input_audio_buffer.append', audio: '/////w==' });
    expect(types(answer)).toEqual(['session.created', 'error']);
    expect(server.records[0]?.violations).toMatchObject([{ code: 'invalid_event', event: 'input_audio_buffer.append' }]);
    expect(server.records[0]?.appendedMs).toBe(0);
  });

  test('an item id twice, a second response, a new voice after audio, a cut beyond what was generated', async () => {
    const { client } = await openSession();
    const item = { id: 'hist_1', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] };
    expect(types(await client.send({ type: 'conversation.item.create', item }))).toEqual([
      'conversation.item.added',
      'conversation.item.done',
    ]);
    expect(the(await client.send({ type: 'conversation.item.create', item }), 'error')['error'].param).toBe('item.id');

    await client.send({ type: 'response.create' }, 400);
    const second = await client.send({ type: 'response.create' });
    expect(the(second, 'error')['error'].code).toBe('conversation_already_has_active_response');
    const cut = (id: string, end: number): object => ({
      type: 'conversation.item.truncate',
      item_id: id,
      content_index: 0,
      audio_end_ms: end,
    });
    await client.pass(4000);
    const spoken = the(client.events, 'response.output_item.done')['item'];
    const generated = clipMs('supportLooksUp');
    expect(the(await client.send(cut(spoken.id, generated + 1)), 'error')['error'].code).toBe('invalid_value');
    expect(types(await client.send(cut(spoken.id, generated)))).toEqual(['conversation.item.truncated']);
    expect(the(await client.send(cut('hist_1', 0)), 'error')['error'].code).toBe('invalid_value');

    const voice = {
      type: 'session.update',
      session: { type: 'realtime', instructions: 'new', audio: { output: { voice: 'marin' } } },
    };
    expect(the(await client.send(voice), 'error')['error'].code).toBe('cannot_update_voice');
    const same = { type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'cedar' } } } };
    expect(the(await client.send(same), 'session.updated')['session'].instructions).toBe('Be a parrot.');
  });
});
