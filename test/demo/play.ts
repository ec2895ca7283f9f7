import type { CallerStep } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { Stage, StageOptions } from '../world/stage.ts';
import type { SpokenLine } from './caller-lines.ts';
import type { Story, StoryOptions } from './story.ts';

/** A call that has just begun. */
export interface Scene {
  readonly stage: Stage;
  readonly call: PhoneCall;
  readonly story: Story;
}

/** What the caller and everybody else does in one call, and on which stage. Made anew for every performance. */
export interface Play {
  /** What the caller says, in order. */
  readonly lines: readonly SpokenLine[];
  readonly script: readonly CallerStep[];
  /** So long the call may take, in ms of call time. */
  readonly limitMs: number;
  readonly stage?: Pick<StageOptions, 'settings' | 'carrier' | 'elsewhere' | 'voiceUrl' | 'hear'>;
  /** How long the caller waits for what comes next before they hang up; 30 s by default. */
  readonly patienceMs?: number;
  /** Who reads the carrier's `<Say>` aloud on the caller's line. */
  readonly announcer?: StoryOptions['announcer'];
  /** Runs when the call has begun. The answer cleans up behind the call. */
  readonly direct?: (scene: Scene) => Promise<() => void>;
}
