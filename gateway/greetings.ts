import { createHash } from 'node:crypto';
import type { AgentDefinition, LineDefinition } from '../agents/definition.ts';
import { instructionsFor, openingAsk } from '../agents/handoff/protocol.ts';
import { setUp } from '../agents/handoff/session-setup.ts';
import type { AgentSession, AskOptions, OpenSession } from '../agents/session.ts';
import { toolDeclarations } from '../agents/tools/built-in.ts';
import { ms } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { Clip, ClipStore } from '../store/clips.ts';
import { isLoud } from './audio/level.ts';
import { passThrough, pcmTranscoder } from './audio/transcoder.ts';

export interface ClipOptions {
  readonly line: LineDefinition;
  /** Of the Realtime session: another model has another voice. */
  readonly model: string;
  readonly clips: ClipStore;
}

export interface MakeClipOptions extends ClipOptions {
  readonly openSession: OpenSession;
  readonly clock: Clock;
}

const frame = 160;
/** Kept of the silence before the first sound. */
const leadFrames = 1;
const patienceMs = 30_000;

/** The agents that answer calls. */
const greeters = (line: LineDefinition): readonly AgentDefinition[] =>
  [line.agents.get(line.start)].filter((agent) => agent !== undefined);

/** Changes with everything that a greeting depends on, so that an old clip is never played for a new agent. */
const keyOf = (agent: AgentDefinition, { line, model }: ClipOptions): string =>
  createHash('sha256')
    .update(JSON.stringify([model, agent.name, agent.voice, instructionsFor(agent, line, { cause: 'answer' })]))
    .digest('hex');

/** The prepared greetings that there are, by agent. */
export const loadGreetings = async (options: ClipOptions): Promise<ReadonlyMap<string, Clip>> => {
  const found = new Map<string, Clip>();
  for (const agent of greeters(options.line)) {
    const clip = await options.clips.get(keyOf(agent, options));
    if (clip !== undefined) found.set(agent.name, clip);
  }
  return found;
};

/** Makes and keeps the greeting of every agent that answers calls; gives them by agent. Throws `greeting-not-made` with the reason. */
export const makeGreetings = async (options: MakeClipOptions): Promise<ReadonlyMap<string, Clip>> => {
  const made = new Map<string, Clip>();
  for (const agent of greeters(options.line)) {
    const clip = await recordClip(agent, openingAsk('answer'), options);
    await options.clips.put(keyOf(agent, options), clip);
    made.set(agent.name, clip);
  }
  return made;
};

/** One session of an agent says something to nobody: what it is asked for. Throws `greeting-not-made` with the reason. */
export const recordClip = async (agent: AgentDefinition, ask: AskOptions, options: MakeClipOptions): Promise<Clip> => {
  const { line, openSession, clock } = options;
  const setup = setUp({ line, agent, cause: 'answer', tools: toolDeclarations(agent, line) }, []);
  const session = openSession(setup, { agent: agent.name });
  const late = Promise.withResolvers<string>();
  const cancel = clock.after(ms(patienceMs), () => late.resolve('the model did not speak in time'));
  const outcome = await Promise.race([listen(session, ask), late.promise]);
  cancel();
  session.close();
  if (typeof outcome !== 'string') return outcome;
  throw new ThroughlineError('greeting-not-made', `The words of ${agent.name} could not be made: ${outcome}.`);
};

/** Asks a session to speak; gives what it said, or why it did not. */
const listen = (session: AgentSession, ask: AskOptions): Promise<Clip | string> => {
  const transcoder = session.format === 'pcm' ? pcmTranscoder() : passThrough();
  const pieces: Uint8Array[] = [];
  let text = '';
  const { promise, resolve } = Promise.withResolvers<Clip | string>();
  session.onAudio((bytes) => pieces.push(transcoder.toPhone(bytes).slice()));
  session.events.listen((event) => {
    switch (event.type) {
      case 'session-ready':
        session.ask(ask);
        break;
      case 'agent-item-ended':
        pieces.push(transcoder.endOfSpeech().slice());
        text = `${text} ${event.text}`.trim();
        break;
      case 'response-ended': {
        const mulaw = withoutLead(Buffer.concat(pieces));
        const isWhole = event.status === 'completed' && mulaw.length > 0 && text !== '';
        resolve(isWhole ? { text, mulaw } : (event.failure ?? 'the model said nothing'));
        break;
      }
      case 'session-failed':
        resolve(`${event.code} ${event.message}`.trim());
        break;
      case 'session-closed':
        resolve('the connection was closed');
        break;
      default:
    }
  });
  return promise;
};

/** Speech from a moment before its first sound on. */
const withoutLead = (mulaw: Uint8Array): Uint8Array => {
  for (let at = 0; at < mulaw.length; at += frame)
    if (isLoud(mulaw.subarray(at, at + frame))) return mulaw.subarray(Math.max(0, at - leadFrames * frame));
  return mulaw.subarray(mulaw.length);
};
