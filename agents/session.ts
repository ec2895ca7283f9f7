import type { ErrorFacts } from '../infra/errors.ts';
import type { EventSource } from '../infra/event-source.ts';
import type { Json } from '../store/context/event.ts';
import type { TokenUsage, TranscriptionUsage } from '../store/context/usage.ts';

/** How speech is coded between us and the model: 24 kHz PCM16 little-endian mono, or 8 kHz mu-law as it comes from the phone. */
export type AudioFormat = 'pcm' | 'pcmu';

/** A tool as the model sees it. `parameters` is JSON Schema of an object. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  readonly parameters: { readonly [key: string]: Json };
}

/** An item of history with which a new session is filled, in order. */
export type HistoryItem =
  | { readonly type: 'caller-text'; readonly text: string }
  | { readonly type: 'agent-text'; readonly text: string }
  | {
      readonly type: 'tool-call';
      readonly toolCallId: string;
      readonly name: string;
      readonly arguments: string;
      readonly output: string;
    };

export interface TurnTaking {
  /** Whether the end of the caller's turn makes the model answer by itself. */
  readonly createResponse: boolean;
  /** Whether the caller's speech cuts the running response off. */
  readonly interruptResponse: boolean;
}

/** All a session needs to be an agent: sent before anything is heard, said or bound. */
export interface SessionSetup {
  readonly agent: string;
  readonly voice: string;
  readonly instructions: string;
  readonly tools: readonly ToolDeclaration[];
  readonly history: readonly HistoryItem[];
  readonly turnTaking: TurnTaking;
}

export type ResponseStatus = 'completed' | 'cancelled' | 'failed' | 'incomplete';

export type SessionEvent =
  /** Configured and filled: may be bound. `expiresAtMs` is wall-clock epoch milliseconds. */
  | { readonly type: 'session-ready'; readonly expiresAtMs: number | undefined }
  /** The caller began to speak. `audioMs` is a position in the audio appended to this session, prefix padding included. */
  | { readonly type: 'speech-started'; readonly turn: string; readonly audioMs: number }
  | { readonly type: 'speech-stopped'; readonly turn: string; readonly audioMs: number }
  | { readonly type: 'turn-committed'; readonly turn: string }
  /** `text` null: transcription failed. Comes at any time after the commit, or never. `usage`: of the transcription, if it is known. */
  | {
      readonly type: 'turn-transcribed';
      readonly turn: string;
      readonly text: string | null;
      readonly usage: TranscriptionUsage | undefined;
    }
  /** `asked`: we asked for it; otherwise the VAD did. */
  | { readonly type: 'response-started'; readonly response: string; readonly asked: boolean }
  | { readonly type: 'agent-text'; readonly response: string; readonly item: string; readonly delta: string }
  /** All audio of this item was generated: `generatedMs` of it. */
  | {
      readonly type: 'agent-item-ended';
      readonly response: string;
      readonly item: string;
      readonly text: string;
      readonly generatedMs: number;
    }
  /** Once per tool call, when its arguments are complete. `arguments` is the model's text: maybe not JSON. */
  | {
      readonly type: 'tool-requested';
      readonly response: string;
      readonly toolCallId: string;
      readonly name: string;
      readonly arguments: string;
    }
  /** `spoke`: there was output audio. `text`: there was an answer in text only. */
  | {
      readonly type: 'response-ended';
      readonly response: string;
      readonly asked: boolean;
      readonly status: ResponseStatus;
      readonly spoke: boolean;
      readonly text: boolean;
      readonly tools: number;
      /** Code of a model-side failure, else undefined. */
      readonly failure: string | undefined;
      /** What it cost; undefined when the server did not say. */
      readonly usage: TokenUsage | undefined;
    }
  /** The session can't go on or never came up. Last but for `session-closed`. `fatal`: trying again can't help. */
  | {
      readonly type: 'session-failed';
      readonly code: string;
      readonly message: string;
      readonly fatal: boolean;
      /** The server says when to come again. */
      readonly retryAfterMs?: number;
    }
  /** What we asked for will not come: the server refused to begin it. */
  | { readonly type: 'ask-refused'; readonly code: string }
  /** The answer to `probe`. */
  | { readonly type: 'sign-of-life' }
  /** The connection is gone. Exactly once, last. */
  | { readonly type: 'session-closed'; readonly code: number; readonly reason: string };

/** Output audio of the model on the hot path, in the session's format. `bytes` is valid only during the call; any length, odd too. */
export type AgentAudioListener = (bytes: Uint8Array, item: string, response: string) => void;

export interface AskOptions {
  /** Instructions for this response only, behind those of the session. Never words of anybody on a call. */
  readonly addition?: string;
  /** Forces audio output even when the session drifted to text. */
  readonly forceAudio?: boolean;
  /** `none`: this response may not call tools. */
  readonly tools?: 'auto' | 'none';
}

/**
 * One conversation with a model as one agent. Opening connects, configures and fills it; `session-ready` says that it worked.
 * No method blocks, and none throws after the end: late is harmless.
 */
export interface AgentSession {
  readonly format: AudioFormat;
  readonly events: EventSource<SessionEvent>;
  /** Attach before the first audio, i.e. in the tick of `open`. */
  onAudio(listener: AgentAudioListener): void;
  /** The caller's speech in the session's format. The bytes are copied. Ignored before `session-ready`. */
  hear(bytes: Uint8Array): void;
  /** Milliseconds of audio appended so far: the clock of `speech-started`. */
  heardMs(): number;
  /** Asks for a response as soon as the response slot is free. Asking again while one waits changes the one that waits. */
  ask(options?: AskOptions): void;
  /** Cancels the running response, if any, and any that waits. */
  cancel(): void;
  /** The caller cut the running response off: cancels it, unless the server does so by itself. */
  cutOff(): void;
  /** Tells the model how much of an item was heard. Clamped to what was generated. */
  truncate(item: string, heardMs: number): void;
  /** Adds to what the model knows, behind what is there: e.g. the result of a tool that an earlier session had called. */
  addHistory(items: readonly HistoryItem[]): void;
  /** Gives a tool's output to the model. `ask` separately when the agent shall speak about it. */
  answerTool(toolCallId: string, output: string): void;
  setTurnTaking(turnTaking: TurnTaking): void;
  /** Asks for a sign of life that any server that lives gives: `sign-of-life`. Changes nothing. */
  probe(): void;
  /** Polite end. */
  close(): void;
  /** End at once. */
  abort(): void;
}

/** Opens a session. Returns at once; the outcome comes as an event. `about`: ids that name it in log lines. */
export type OpenSession = (setup: SessionSetup, about: ErrorFacts) => AgentSession;
