import { describe, expect, it } from 'vitest';
import { usageOfCall } from '../../store/context/call-usage.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { SessionRecord } from '../world/model/record.ts';
import { eventsOf, type PlayOptions, play } from './play.ts';

/** What the model server says that it told, added up by hand. */
const toldBy = (records: readonly SessionRecord[]) => {
  const sum = (of: (usage: SessionRecord['usages'][number]) => number): number =>
    records.flatMap(({ usages }) => usages).reduce((total, usage) => total + of(usage), 0);
  return {
    text: sum(({ input_token_details: { text_tokens } }) => text_tokens),
    textCached: sum(({ input_token_details }) => input_token_details.cached_tokens_details.text_tokens),
    audio: sum(({ input_token_details: { audio_tokens } }) => audio_tokens),
    audioCached: sum(({ input_token_details }) => input_token_details.cached_tokens_details.audio_tokens),
    textOut: sum(({ output_token_details: { text_tokens } }) => text_tokens),
    audioOut: sum(({ output_token_details: { audio_tokens } }) => audio_tokens),
  };
};

const transcribedBy = (records: readonly SessionRecord[]) => {
  const all = records.flatMap(({ transcriptions }) => transcriptions);
  return {
    seconds: all.reduce((sum, one) => sum + (one.type === 'duration' ? one.seconds : 0), 0),
    tokensIn: all.reduce((sum, one) => sum + (one.type === 'tokens' ? one.input_tokens : 0), 0),
    tokensOut: all.reduce((sum, one) => sum + (one.type === 'tokens' ? one.output_tokens : 0), 0),
  };
};

/** Plays a call; gives what its stored log says, and what the model server does. */
const measured = async (options: PlayOptions = {}, scribe = 'gpt-realtime-whisper') => {
  let stored: readonly ContextEvent[] = [];
  const played = await play({
    ...options,
    after: async ({ stores }) => {
      const [newest] = await stores.contexts.recent(1);
      if (newest !== undefined) stored = (await stores.contexts.load(newest.callId))?.events ?? [];
    },
  });
  const { tokens, transcription } = usageOfCall(stored);
  const {
    textIn = 0,
    textCached = 0,
    audioIn = 0,
    audioCached = 0,
    textOut,
    audioOut,
  } = tokens.get('gpt-realtime-2.1') ?? {};
  const { records } = played.stage.model;
  return {
    ...played,
    stored,
    written: { text: textIn + textCached, textCached, audio: audioIn + audioCached, audioCached, textOut, audioOut },
    told: toldBy(records),
    transcribed: transcription.get(scribe),
    toldOfWords: transcribedBy(records),
  };
};

describe('the log of a call has what the model server told of its use, to the token', () => {
  it('in the call of the article, by agent', async () => {
    const { written, told, transcribed, toldOfWords, stored } = await measured();
    expect(written).toEqual(told);
    expect(transcribed).toMatchObject(toldOfWords);
    expect(toldOfWords.seconds).toBeGreaterThan(5);
    expect(Math.min(...Object.values(told))).toBeGreaterThan(0);
    expect(told.textCached).toBeLessThan(told.text);
    const agents = eventsOf(stored, 'model-used').map(({ agent }) => agent);
    expect([...new Set(agents)]).toEqual(['support', 'technical']);
    expect(agents.length).toBeLessThanOrEqual(6);
  });

  it('with a transcription that is billed by tokens', async () => {
    const scribe = 'gpt-4o-transcribe';
    const settings = { OPENAI_TRANSCRIPTION_MODEL: scribe };
    const { transcribed, toldOfWords } = await measured({ settings }, scribe);
    expect(transcribed).toMatchObject(toldOfWords);
    expect(toldOfWords.tokensIn).toBeGreaterThan(50);
    expect(toldOfWords.tokensOut).toBeGreaterThan(10);
  });

  it('with sessions that replace others, and one that dies', async () => {
    const { written, told, stage } = await measured({
      sessionLifeMs: 24_000,
      direct: ({ model }) => {
        model.inject({ type: 'fail-response', code: 'server_error' }, 'technical');
        model.inject({ type: 'announce-twice' });
      },
    });
    expect(stage.model.records.length).toBeGreaterThan(2);
    expect(written).toEqual(told);
  });
});
