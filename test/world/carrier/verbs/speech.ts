import type { TwimlElement } from '../../twiml-document.ts';
import { announce, waitFor } from '../announce.ts';
import { samplesPerMs, silence } from '../mulaw.ts';
import { keyTone } from '../tones.ts';
import { on, type Stage, seconds, timesOf, type Verb } from './verb.ts';

/** Reads words aloud, once. */
export const sayWords = async (stage: Stage, text: string, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  stage.record.note({ type: 'say-started', text });
  await announce(stage.record, { mulaw: stage.world.say(text) }, signal);
  stage.record.note({ type: 'say-ended', text, whole: !signal.aborted });
};

const wordsOf = (element: TwimlElement): string =>
  [element.text, ...element.children.map(wordsOf)].filter((text) => text !== '').join(' ');

export const say: Verb = async (stage, element, signal) => {
  for (let times = timesOf(element); times > 0 && !signal.aborted; times -= 1)
    await sayWords(stage, wordsOf(element), signal);
  return on;
};

export const pause: Verb = async (stage, element, signal) => {
  await waitFor(stage.record.clock, seconds(element.attributes['length'], 1), signal);
  return on;
};

/** The sound of keys; `w` is half a second of silence, `W` a whole one. */
const keySounds = (digits: string): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      [...digits].map((key) => {
        const rest = { w: 500, W: 1_000 }[key];
        return rest === undefined ? keyTone(key) : new Uint8Array(rest * samplesPerMs).fill(silence);
      }),
    ),
  );

export const play: Verb = async (stage, element, signal) => {
  const { digits } = element.attributes;
  const mulaw = digits === undefined ? stage.world.play(element.text) : keySounds(digits);
  await announce(stage.record, { mulaw, times: digits === undefined ? timesOf(element) : 1 }, signal);
  return on;
};
