import { nobodyAnswers, scriptedEnqueue } from './scripted.ts';
import type { Verb } from './verb.ts';

export const enqueue: Verb = async (stage, element, signal) => {
  const outcome = stage.world.dialOutcome({
    kind: 'Enqueue',
    target: element.text,
    attributes: element.attributes,
    dial: {},
  });
  return scriptedEnqueue(stage, { element, outcome: outcome ?? { ...nobodyAnswers(element), status: 'leave' }, signal });
};
