import type { TokenUsage, TranscriptionUsage } from '../../../store/context/usage.ts';
import { agentSessionContract, type SessionBench } from '../../contracts/agent-session.ts';
import { settle } from '../../world/clock.ts';
import { ScriptedSession } from '../../world/scripted-session.ts';

const bench = (format: 'pcm' | 'pcmu') => (): SessionBench => ({
  settle,
  open: (setup) => {
    const session = new ScriptedSession(setup, format);
    const perMs = format === 'pcm' ? 48 : 8;
    const model = {
      accepts: async () => session.readies(),
      refuses: async () => session.fails(),
      starts: async (response: string) => session.starts(response),
      speaks: async (response: string, item: string, audioMs: number) =>
        session.speaks({ response, item }, new Uint8Array(audioMs * perMs), 'Hi.'),
      callsTool: async (_response: string, toolCallId: string) => {
        session.callsTool(toolCallId, 'look');
        session.callsTool(toolCallId, 'look');
      },
      ends: async (_response: string, status: 'completed' | 'cancelled', usage?: TokenUsage) =>
        session.ends(status, false, usage),
      transcribes: async (turn: string, text: string, usage?: TranscriptionUsage) => session.transcribes(turn, text, usage),
      breaks: async () => session.breaks(),
      get heardMs() {
        return session.heardMs();
      },
      get asks() {
        return session.asks.length;
      },
      get truncations() {
        return session.truncations;
      },
      get toolOutputs() {
        return session.toolOutputs;
      },
    };
    return { session, model };
  },
});

// The fake that the core's tests stand on keeps what it promises, like the real one.
agentSessionContract('scripted, PCM', bench('pcm'));
agentSessionContract('scripted, mu-law', bench('pcmu'));
