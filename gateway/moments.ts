import { createHash } from 'node:crypto';
import type { AgentDefinition, LineDefinition } from '../agents/definition.ts';
import { momentAsk } from '../agents/handoff/protocol.ts';
import type { Clip } from '../store/clips.ts';
import { type ClipOptions, type MakeClipOptions, recordClip } from './greetings.ts';

/** One of each voice: whoever speaks with it says the same. */
const byVoice = ({ agents }: LineDefinition): ReadonlyMap<string, AgentDefinition> =>
  new Map([...agents.values()].toReversed().map((agent) => [agent.voice, agent]));

const keyOf = (voice: string, { line, model }: ClipOptions): string =>
  createHash('sha256')
    .update(JSON.stringify(['moment', model, voice, momentAsk(line).addition]))
    .digest('hex');

/** For every agent what was made for its voice. */
const ofAgents = ({ agents }: LineDefinition, clips: ReadonlyMap<string, Clip>): ReadonlyMap<string, Clip> =>
  new Map(
    [...agents.values()].flatMap(({ name, voice }) => {
      const clip = clips.get(voice);
      return clip === undefined ? [] : [[name, clip] as const];
    }),
  );

/** The prepared words for callers whose line went dead, by agent, as far as they were made. */
export const loadMoments = async (options: ClipOptions): Promise<ReadonlyMap<string, Clip>> => {
  const found = new Map<string, Clip>();
  for (const voice of byVoice(options.line).keys()) {
    const clip = await options.clips.get(keyOf(voice, options));
    if (clip !== undefined) found.set(voice, clip);
  }
  return ofAgents(options.line, found);
};

/** Makes and keeps them, one for each voice; gives them by agent. Throws `greeting-not-made` with the reason. */
export const makeMoments = async (options: MakeClipOptions): Promise<ReadonlyMap<string, Clip>> => {
  const made = new Map<string, Clip>();
  for (const [voice, agent] of byVoice(options.line)) {
    const clip = await recordClip(agent, momentAsk(options.line), options);
    await options.clips.put(keyOf(voice, options), clip);
    made.set(voice, clip);
  }
  return ofAgents(options.line, made);
};
