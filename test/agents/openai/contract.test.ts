import type { TokenUsage, TranscriptionUsage } from '../../../store/context/usage.ts';
import { agentSessionContract, type SessionBench } from '../../contracts/agent-session.ts';
import { settle } from '../../world/clock.ts';
import type { HandServer, Received } from './hand-server.ts';
import * as say from './realtime-events.ts';
import { sessionWorld } from './session-world.ts';

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const bench = (format: 'pcm' | 'pcmu', echoes: boolean) => (): SessionBench => ({
  settle,
  open: (setup) => {
    const { session, server } = sessionWorld({ format }, setup);
    const tell = async (...events: object[]) => {
      for (const event of events) server.says(event);
      await settle();
    };
    const perMs = format === 'pcm' ? 48 : 8;
    let answered = 0;
    const model = {
      accepts: async () => {
        await settle();
        await tell(say.sessionCreated, say.sessionUpdated);
      },
      refuses: async () => {
        await settle();
        await tell(say.sessionCreated, say.refusal('invalid_value', 'configure'));
      },
      starts: async (response: string) => {
        const ask = server.of('response.create')[answered];
        if (ask !== undefined) answered += 1;
        await tell(say.responseCreated(response, echoes ? record(ask?.['response'])['metadata'] : null));
      },
      speaks: (response: string, item: string, audioMs: number) =>
        tell(
          say.audioDelta(response, item, audioMs * perMs - 1),
          say.words(response, item, 'Hi.'),
          say.audioDelta(response, item, 1),
        ),
      callsTool: (response: string, id: string) =>
        tell(say.argumentsDone(response, id), say.argumentsDone(response, id), say.itemDone(response, say.callItem(id))),
      ends: (response: string, status: string, usage?: TokenUsage) =>
        tell(say.responseDone(response, status, usage === undefined ? {} : { usage: say.usageOf(usage) })),
      transcribes: (turn: string, text: string, usage?: TranscriptionUsage) =>
        tell(say.transcribed(turn, text, usage === undefined ? null : { type: 'duration', seconds: usage.seconds })),
      breaks: async () => {
        server.breaks(1006, '');
        await settle();
      },
      get heardMs() {
        return audioMs(server, perMs);
      },
      get asks() {
        return server.of('response.create').length;
      },
      get truncations() {
        return server.of('conversation.item.truncate').map(truncation);
      },
      get toolOutputs() {
        return server.of('conversation.item.create').map(toolOutput);
      },
    };
    return { session, model };
  },
});

const audioMs = (server: HandServer, perMs: number) =>
  server
    .of('input_audio_buffer.append')
    .reduce((sum, event) => sum + Buffer.from(String(event['audio']), 'base64').length / perMs, 0);

const truncation = (event: Received) => ({ item: String(event['item_id']), audioEndMs: Number(event['audio_end_ms']) });

const toolOutput = (event: Received) => {
  const item = record(event['item']);
  return { toolCallId: String(item['call_id']), output: String(item['output']) };
};

agentSessionContract('Realtime, PCM', bench('pcm', true));
agentSessionContract('Realtime, mu-law', bench('pcmu', true));
agentSessionContract('Realtime, from a server that echoes no metadata', bench('pcm', false));
