import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerTool,
  appendAudio,
  cancelResponse,
  changeTurnTaking,
  configureSession,
  createResponse,
  fillHistory,
  truncateItem,
} from '../../../agents/openai/encode.ts';
import { wholeMessage } from '../../../infra/websocket/frame-writer.ts';

const tool = { name: 'look', description: 'looks', parameters: { type: 'object', properties: {} } };
const setup = {
  agent: 'support',
  voice: 'marin',
  instructions: 'Help.',
  tools: [tool],
  history: [],
  turnTaking: { createResponse: true, interruptResponse: false },
};

describe('encode', () => {
  it('configures a session in the GA shape', () => {
    const profile = {
      format: 'pcm',
      vad: 'server_vad',
      transcriptionModel: 'gpt-realtime-whisper',
      language: 'en',
    } as const;
    expect(JSON.parse(configureSession(setup, profile, 'su'))).toEqual({
      type: 'session.update',
      event_id: 'su',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        instructions: 'Help.',
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            noise_reduction: null,
            transcription: { model: 'gpt-realtime-whisper', language: 'en' },
            turn_detection: { type: 'server_vad', create_response: true, interrupt_response: false },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' },
        },
        tools: [{ type: 'function', ...tool }],
        tool_choice: 'auto',
      },
    });
  });

  it('passes mu-law through, and asks for no transcription without a model', () => {
    const { session } = JSON.parse(configureSession(setup, { format: 'pcmu', vad: 'semantic_vad', language: 'en' }, 'su'));
    expect(session.audio.input.format).toEqual({ type: 'audio/pcmu' });
    expect(session.audio.output.format).toEqual({ type: 'audio/pcmu' });
    expect(session.audio.input.turn_detection.type).toBe('semantic_vad');
    expect(session.audio.input).not.toHaveProperty('transcription');
  });

  it('restores history in order, tool calls as pairs with a call id that is short enough', () => {
    const long = 'c'.repeat(33);
    const history = fillHistory(
      [
        { type: 'caller-text', text: 'hi' },
        { type: 'agent-text', text: 'hello' },
        { type: 'tool-call', toolCallId: 'c1', name: 'look', arguments: '{}', output: 'seen' },
        { type: 'tool-call', toolCallId: long, name: 'look', arguments: '{}', output: 'again' },
      ],
      'history',
    ).map((text) => JSON.parse(text));
    expect(history.map(({ type }) => type)).toEqual(Array(6).fill('conversation.item.create'));
    expect(history.map(({ item }) => item)).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'seen' },
      { type: 'function_call', call_id: 'history_3', name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id: 'history_3', output: 'again' },
    ]);
  });

  it.each([
    [createResponse({}, 'ask-1', setup), { metadata: { throughline_ask: 'ask-1' } }],
    [
      createResponse({ forceAudio: true, addition: 'Say hi.', tools: 'none' }, 'ask-1', setup),
      {
        output_modalities: ['audio'],
        instructions: 'Help.\n\nSay hi.',
        tool_choice: 'none',
        metadata: { throughline_ask: 'ask-1' },
      },
    ],
  ])('asks: %s', (text, response) =>
    expect(JSON.parse(text)).toEqual({ type: 'response.create', event_id: 'ask-1', response }),
  );

  it.each([
    [cancelResponse('r', 'e'), { type: 'response.cancel', response_id: 'r' }],
    [
      truncateItem('i', 1500, 'e'),
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1500 },
    ],
    [
      answerTool('c', 'out', 'e'),
      { type: 'conversation.item.create', item: { type: 'function_call_output', call_id: 'c', output: 'out' } },
    ],
    [
      changeTurnTaking({ createResponse: false, interruptResponse: true }, 'server_vad', 'e'),
      {
        type: 'session.update',
        session: {
          type: 'realtime',
          audio: { input: { turn_detection: { type: 'server_vad', create_response: false, interrupt_response: true } } },
        },
      },
    ],
  ])('%s', (text, event) => expect(JSON.parse(text)).toEqual({ event_id: 'e', ...event }));

  it('appends exactly what JSON.stringify would, of a view into a larger buffer, copied', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(5), (all, offset) => {
        const bytes = all.subarray(offset);
        const audio = Buffer.from(bytes).toString('base64');
        const message = wholeMessage(appendAudio(bytes));
        bytes.fill(0);
        expect(message.toString()).toBe(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
      }),
    );
  });
});
