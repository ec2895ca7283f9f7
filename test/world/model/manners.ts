import type { ClipName } from '../voices/clips.ts';
import { type Persona, says } from './persona.ts';

const manners = [
  [/whether they are still there/, 'StillThere'],
  [/does not answer any more/, 'NobodyThere'],
  [/about a minute left/, 'OneMinute'],
  [/closed after your next words/, 'TimeIsUp'],
  [/putting the caller through/, 'PutsThrough'],
  [/taking them to the secure payment/, 'ToPayment'],
  [/I am right with you/, 'OneMoment'],
] as const;

/** A persona that says what the instructions of a single response make it say. */
export const withManners = (persona: Persona & { readonly name: 'support' | 'technical' | 'billing' }): Persona => ({
  ...persona,
  respond: (scene) => {
    const found = manners.find(([pattern]) => pattern.test(scene.instructions));
    if (found === undefined) return persona.respond(scene);
    const clip: ClipName = `${persona.name}${found[1]}`;
    return [says(clip)];
  },
});
