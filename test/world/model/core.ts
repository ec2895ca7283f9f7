import type { Clock } from '../../../infra/clock.ts';
import type { SessionConfig } from './config.ts';
import type { Conversation } from './conversation.ts';
import type { FaultPlan } from './faults.ts';
import type { Hear } from './hearing.ts';
import type { Persona } from './persona.ts';
import type { SessionRecord } from './record.ts';
import type { Pace, ServerEvent } from './response.ts';

/** What all sessions of a server share. */
export interface ModelWorld {
  readonly clock: Clock;
  readonly personas: readonly Persona[];
  readonly hear: Hear;
  readonly pace: Pace;
  readonly faults: FaultPlan;
  /** How long after a commit the transcript comes. */
  readonly transcriptMs: number;
  /** How long a session may live. */
  readonly lifeMs: number;
  newId(kind: string): string;
}

/** What the parts of one session share: its ears (`Listening`), its voice (`Answering`) and its connection (`ModelSession`). */
export interface SessionCore {
  readonly world: ModelWorld;
  readonly record: SessionRecord;
  readonly conversation: Conversation;
  /** The session object as the client last saw it. */
  readonly config: SessionConfig;
  /** Who the session is, by its tools. */
  readonly persona: Persona | undefined;
  /** False: the connection is closed, or mute, and nobody gets it. */
  send(event: ServerEvent): boolean;
  /** Breaks the connection without a word: 1006 at the client. */
  drop(): void;
  /** Sends nothing any more, although the connection stays. */
  mute(): void;
}
