/** What a caller or an agent said. `content` null: there is no transcript. */
export interface Spoken {
  readonly role: 'user' | 'assistant';
  readonly content: string | null;
}

/** That the caller said that the problem is solved, or that it is not, and where. */
export interface CallerVerdict<Message extends Spoken> {
  readonly isSolved: boolean;
  readonly message: Message;
}

/** Finds all verdicts of the caller in what was said, oldest first. */
export type CallerSays = <Message extends Spoken>(messages: readonly Message[]) => readonly CallerVerdict<Message>[];
