import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { decode } from '../../../agents/openai/decode.ts';
import { noTokens } from '../../../store/context/usage.ts';

const decoded = (value: unknown) => decode(Buffer.from(JSON.stringify(value)));
const afterResponse = (usage: unknown) =>
  decoded({ type: 'response.done', response: { id: 'r', status: 'cancelled', usage } });
const afterTurn = (usage: unknown) =>
  decoded({
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u',
    transcript: 'Hey.',
    usage,
  });

/** As the reference of the API shows it. */
const documented = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 13,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};
const input = documented.input_token_details;
const withInput = (change: object) => ({ ...documented, input_token_details: { ...input, ...change } });

describe('what a response used', () => {
  it('is told by kind, with what was cached apart', () => {
    expect(afterResponse(documented)).toMatchObject({
      kind: 'response-done',
      usage: { textIn: 55, textCached: 64, audioIn: 13, audioCached: 0, imageIn: 0, textOut: 30, audioOut: 91 },
    });
  });

  test.each<[string, unknown, object]>([
    [
      'cached sound',
      withInput({ cached_tokens_details: { text_tokens: 100, audio_tokens: 10 } }),
      { textIn: 19, textCached: 100, audioIn: 3, audioCached: 10 },
    ],
    [
      'only the sum of what was cached: the start, which is text',
      withInput({ cached_tokens_details: null }),
      { textIn: 55, textCached: 64, audioCached: 0 },
    ],
    [
      'the same beyond the text',
      withInput({ cached_tokens: 125, cached_tokens_details: undefined }),
      { textIn: 0, textCached: 119, audioIn: 7, audioCached: 6 },
    ],
    [
      'more cached than there was',
      withInput({ cached_tokens_details: { text_tokens: 500, audio_tokens: 500 } }),
      { textIn: 0, textCached: 119, audioIn: 0, audioCached: 13 },
    ],
    ['pictures', withInput({ image_tokens: 7 }), { imageIn: 7 }],
    [
      'nulls and gaps',
      { input_token_details: { text_tokens: null }, output_token_details: { audio_tokens: 5 } },
      { ...noTokens, audioOut: 5 },
    ],
    ['nothing', { input_token_details: {}, output_token_details: {} }, noTokens],
  ])('%s', (_, usage, expected) => {
    expect(afterResponse(usage)).toMatchObject({ usage: expected });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['missing', undefined],
    ['text', 'plenty'],
    ['a list', [documented]],
    ['sums alone, which tell no kind', { total_tokens: 3, input_tokens: 1, output_tokens: 2 }],
    ['a negative number', withInput({ text_tokens: -1 })],
    ['a part of a token', withInput({ audio_tokens: 0.5 })],
    ['a number as text', withInput({ text_tokens: '119' })],
    ['a number beyond all', withInput({ text_tokens: 1e12 })],
    ['details that are none', { ...documented, input_token_details: 7 }],
    ['no output', { ...documented, output_token_details: null }],
  ])('is unknown, and the response all the same over: %s', (_, usage) => {
    expect(afterResponse(usage)).toMatchObject({
      kind: 'response-done',
      response: 'r',
      status: 'cancelled',
      usage: undefined,
    });
  });
});

describe('what a transcription used', () => {
  test.each<[string, unknown, object]>([
    ['seconds', { type: 'duration', seconds: 2.5 }, { seconds: 2.5, tokensIn: 0, tokensOut: 0 }],
    [
      'tokens',
      { type: 'tokens', total_tokens: 22, input_tokens: 13, input_token_details: { audio_tokens: 13 }, output_tokens: 9 },
      { seconds: 0, tokensIn: 13, tokensOut: 9 },
    ],
  ])('%s', (_, usage, expected) => {
    expect(afterTurn(usage)).toMatchObject({ kind: 'turn-transcribed', text: 'Hey.', usage: expected });
  });

  test.each([
    null,
    undefined,
    7,
    {},
    { type: 'duration', seconds: -1 },
    { type: 'duration', seconds: '2' },
    { type: 'tokens', input_tokens: 1.5, output_tokens: 2 },
    { type: 'letters', letters: 4 },
  ])('is unknown, and the words are known: %j', (usage) => {
    expect(afterTurn(usage)).toMatchObject({ kind: 'turn-transcribed', text: 'Hey.', usage: undefined });
  });
});

test('whatever stands there, the event is read, and no kind is less than nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.record({ a: fc.jsonValue(), b: fc.jsonValue() }), (whole, { a, b }) => {
      const nested = withInput({ text_tokens: a, cached_tokens: b, cached_tokens_details: { audio_tokens: b } });
      for (const usage of [whole, nested]) {
        const event = afterResponse(usage);
        expect(event.kind).toBe('response-done');
        if (event.kind === 'response-done')
          for (const tokens of Object.values(event.usage ?? {})) expect(tokens).toBeGreaterThanOrEqual(0);
        expect(afterTurn(usage).kind).toBe('turn-transcribed');
      }
    }),
  );
});
