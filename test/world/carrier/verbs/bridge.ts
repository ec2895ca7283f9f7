import type { TwimlElement } from '../../twiml-document.ts';
import { abortOf } from '../announce.ts';
import type { PlacedLeg } from '../leg.ts';
import { Mixer } from '../mixer.ts';
import { type Stage, timeLimit } from './verb.ts';

interface Bridge {
  readonly other: PlacedLeg;
  /** `<Dial>`, with its `hangupOnStar` and `timeLimit`, or `<Enqueue>`. */
  readonly element: TwimlElement;
  readonly signal: AbortSignal;
}

/** Both talk until one goes, the limit is reached, or the caller presses the star. The answer: for how long, in ms. */
export const talk = async (stage: Stage, { other, element, signal }: Bridge): Promise<number> => {
  const startedAt = stage.record.now;
  const starred = new AbortController();
  const over = AbortSignal.any([signal, starred.signal, other.released]);
  const mixer = new Mixer(stage.world.clock);
  mixer.add(stage.leg);
  mixer.add(other.leg);
  const stop = stage.leg.keypad.listen((key) => {
    if (key === '*' && element.attributes['hangupOnStar'] === 'true') starred.abort();
  });
  await Promise.race([abortOf(over), timeLimit(stage, element.attributes['timeLimit'], over)]);
  starred.abort();
  stop();
  mixer.close();
  return stage.record.now - startedAt;
};
