import { epoch } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Clip } from '../../store/clips.ts';
import type { MediaBridge } from './bridge.ts';
import type { Story } from './story.ts';

/** The words belong to no session. */
export const nobody = epoch(0);
const item = 'greeting';

/** Speaks an agent's prepared greeting at once, before any session is there. It is part of the story as if a session had said it. */
export const speakGreeting = (
  { text, mulaw }: Clip,
  agent: string,
  { bridge, story, clock }: { readonly bridge: MediaBridge; readonly story: Story; readonly clock: Clock },
): void => {
  const at = clock.wall();
  const name = story.name(nobody, item);
  bridge.playWords(nobody, item, mulaw);
  story.tell({ type: 'agent-text', item: name, agent, delta: text, at });
  story.tell({ type: 'agent-ended', item: name, agent, text, heard: { ...bridge.heard(nobody, item), item: name }, at });
};
