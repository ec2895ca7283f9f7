import { foldCall } from './context/fold.ts';
import type { StoredCall } from './context-store.ts';

/** Whether the owner of a call has written its last word, as its stream broke or it went away. One that claimed the call since and has said nothing yet has it. */
export const hasLetGo = ({ callId, term, events }: Pick<StoredCall, 'callId' | 'term' | 'events'>): boolean =>
  foldCall(callId, events).leftInOrder && events.at(-1)?.term === term;
