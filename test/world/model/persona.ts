import type { Json } from '../../../store/context/event.ts';
import type { ClipName } from '../voices/clips.ts';

/** One thing a response does. A response is a list of them, in order. */
export type Step =
  /** One spoken message; its clips follow each other without a pause. */
  | { readonly do: 'say'; readonly clips: readonly ClipName[] }
  | { readonly do: 'call'; readonly tool: string; readonly arguments: string }
  /** A message in text only. */
  | { readonly do: 'write'; readonly text: string };

export const says = (...clips: ClipName[]): Step => ({ do: 'say', clips });
export const calls = (tool: string, input: Json = {}): Step => ({ do: 'call', tool, arguments: JSON.stringify(input) });
export const writes = (text: string): Step => ({ do: 'write', text });

/** A finished tool call in the conversation. `restored`: it came as history, the session did not call it itself. */
export interface ToolOutput {
  readonly tool: string;
  readonly output: string;
  readonly restored: boolean;
}

/** Why a response is made. */
export type Cue =
  /** By request, with nothing new to answer: a greeting, or the first words after a handoff. */
  | { readonly type: 'asked'; readonly instructions: string | undefined }
  /** `words` null: the model could not make out what was said. */
  | { readonly type: 'caller-turn'; readonly words: string | null }
  | { readonly type: 'tool-outputs'; readonly outputs: readonly ToolOutput[] }
  /** Outside of the conversation, e.g. for a summary. */
  | { readonly type: 'out-of-band'; readonly instructions: string | undefined };

/** All a persona may go by: what the session was really given. */
export interface Scene {
  readonly cue: Cue;
  readonly instructions: string;
  readonly tools: ReadonlySet<string>;
  /** All finished tool calls, oldest first, without `get_call_context`. */
  readonly outputs: readonly ToolOutput[];
  /** Outputs of `get_call_context`, joined: what the session was briefed with. Empty when it was not. */
  readonly context: string;
  /** Texts of all messages, whoever said them. */
  readonly messages: readonly string[];
  /** What this session said itself so far. */
  readonly said: readonly ClipName[];
}

/** Someone the model can be. Decides from a scene alone, so it can know nothing that it was not told. */
export interface Persona {
  readonly name: string;
  /** Whether a session that was given these tools is this one. */
  recognises(tools: ReadonlySet<string>): boolean;
  respond(scene: Scene): readonly Step[];
}
