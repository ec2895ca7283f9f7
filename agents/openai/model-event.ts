import type { TokenUsage, TranscriptionUsage } from '../../store/context/usage.ts';
import type { ResponseStatus } from '../session.ts';

/** A tool call as the model announced it. `arguments` is text, maybe not JSON. */
export interface ToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly arguments: string;
}

/** One message of the model server in our own words. `turn`, `response` and `item` are ids. */
export type ModelEvent =
  /** `expiresAtMs`: wall-clock epoch milliseconds. */
  | { readonly kind: 'session-created' | 'session-updated'; readonly expiresAtMs: number | undefined }
  /** `about`: the id of our event that was refused, when the server says it. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly about: string | undefined }
  | { readonly kind: 'speech-started' | 'speech-stopped'; readonly turn: string; readonly audioMs: number }
  | { readonly kind: 'turn-committed'; readonly turn: string }
  | {
      readonly kind: 'turn-transcribed';
      readonly turn: string;
      readonly text: string | null;
      readonly usage: TranscriptionUsage | undefined;
    }
  /** `mark`: what we wrote on our `response.create`, echoed. */
  | { readonly kind: 'response-created'; readonly response: string; readonly mark: string | undefined }
  | { readonly kind: 'audio'; readonly response: string; readonly item: string; readonly bytes: Uint8Array }
  /** `spoken`: the transcript of audio; otherwise an answer in text. */
  | {
      readonly kind: 'words';
      readonly response: string;
      readonly item: string;
      readonly delta: string;
      readonly spoken: boolean;
    }
  | {
      readonly kind: 'words-ended';
      readonly response: string;
      readonly item: string;
      readonly text: string;
      readonly spoken: boolean;
    }
  /** `call` when the item is a tool call; `complete` when the server says that it is whole. */
  | {
      readonly kind: 'item-ended';
      readonly response: string;
      readonly item: string | undefined;
      readonly call: ToolCall | undefined;
      readonly complete: boolean;
    }
  | { readonly kind: 'arguments-ended'; readonly response: string; readonly call: ToolCall }
  | {
      readonly kind: 'response-done';
      readonly response: string;
      readonly mark: string | undefined;
      readonly status: ResponseStatus;
      readonly failure: string | undefined;
      readonly calls: readonly ToolCall[];
      readonly usage: TokenUsage | undefined;
    }
  /** `why` is from a small fixed set: fit for a counter. `type` is the server's, cut short, when it is one that we don't know. */
  | { readonly kind: 'ignored'; readonly why: Ignored; readonly type?: string };

export type Ignored = 'binary' | 'not-json' | 'not-an-event' | 'unused' | 'unknown-type' | 'wrong-fields' | 'bad-base64';
