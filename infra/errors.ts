/** Facts that an operator needs to act on an error. Never a secret, never what a caller said. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * A surprise, as opposed to an expected outcome (those are values). `code` is stable and may be alerted on; the message says
 * what is wrong, where, and what to do.
 */
export class ThroughlineError extends Error {
  readonly code: string;
  readonly facts: ErrorFacts;

  constructor(code: string, message: string, details: { readonly facts?: ErrorFacts; readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ThroughlineError';
    this.code = code;
    this.facts = details.facts ?? {};
  }
}

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => {
  if (thrown instanceof Error) return thrown.message;
  try {
    return String(thrown);
  } catch {
    return 'something was thrown that can not be told';
  }
};
