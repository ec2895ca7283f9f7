/** Why a session can't go on. `fatal`: trying again can't help. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fatal: boolean;
  /** The server says when to come again, in ms. */
  readonly retryAfterMs?: number;
}

/** Where a session is in its life. `ending`: nothing but `session-closed` will be said. */
export type Phase = 'connecting' | 'opened' | 'configuring' | 'ready' | 'ending' | 'closed';

export type PhaseInput =
  | { readonly type: 'socket-opened' | 'session-created' | 'session-updated' | 'close-asked' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'socket-closed'; readonly code: number; readonly reason: string };

export type PhaseEffect =
  | { readonly type: 'send-configuration' | 'send-history' | 'announce-ready' | 'close-socket' }
  | { readonly type: 'announce-failure'; readonly failure: Failure }
  | { readonly type: 'announce-closed'; readonly code: number; readonly reason: string };

export interface PhaseStep {
  readonly phase: Phase;
  readonly effects: readonly PhaseEffect[];
}

const ended = (phase: Phase) => phase === 'ending' || phase === 'closed';

/** The server closes with it when it is spoken to in the removed beta shape. */
const betaRefused = 4000;

const closed = (phase: Phase, code: number, reason: string): readonly PhaseEffect[] => {
  const last = { type: 'announce-closed', code, reason } as const;
  if (phase === 'ready' || phase === 'ending') return [last];
  const failure = { code: 'closed_before_ready', message: `closed with ${code} ${reason}`, fatal: code === betaRefused };
  return [{ type: 'announce-failure', failure }, last];
};

/** The way up: each input counts in one phase only. */
const wayUp = {
  'socket-opened': { from: 'connecting', to: 'opened', effects: [] },
  'session-created': { from: 'opened', to: 'configuring', effects: [{ type: 'send-configuration' }] },
  'session-updated': { from: 'configuring', to: 'ready', effects: [{ type: 'send-history' }, { type: 'announce-ready' }] },
} as const;

/** The life of one session. What comes in a phase that does not expect it changes nothing. */
export const advance = (phase: Phase, input: PhaseInput): PhaseStep => {
  const unmoved: PhaseStep = { phase, effects: [] };
  switch (input.type) {
    case 'failed': {
      // Said before the socket is closed: a socket joined in memory may close within the call.
      const effects = [{ type: 'announce-failure', failure: input.failure }, { type: 'close-socket' }] as const;
      return ended(phase) ? unmoved : { phase: 'ending', effects };
    }
    case 'close-asked':
      return ended(phase) ? unmoved : { phase: 'ending', effects: [{ type: 'close-socket' }] };
    case 'socket-closed':
      return phase === 'closed' ? unmoved : { phase: 'closed', effects: closed(phase, input.code, input.reason) };
    default: {
      const { from, to, effects } = wayUp[input.type];
      return phase === from ? { phase: to, effects } : unmoved;
    }
  }
};

/**
 * What an error code of the server means for the session. `busy`: not now, and not at once again. `count`: a bug of ours or a
 * code that is new. The session goes on after `retry`, `busy` and `count`, until there are too many.
 */
export type ErrorSort = 'fatal' | 'expired' | 'retry' | 'busy' | 'ignore' | 'count';

const sorts: ReadonlyMap<string, ErrorSort> = new Map([
  ['insufficient_quota', 'fatal'],
  ['invalid_api_key', 'fatal'],
  ['account_deactivated', 'fatal'],
  ['billing_hard_limit_reached', 'fatal'],
  ['model_not_found', 'fatal'],
  ['beta_api_shape_disabled', 'fatal'],
  ['session_expired', 'expired'],
  ['conversation_already_has_active_response', 'retry'],
  ['server_error', 'retry'],
  ['rate_limit_exceeded', 'busy'],
  ['inference_rate_limit_exceeded', 'busy'],
  ['response_cancel_not_active', 'ignore'],
  ['input_audio_buffer_commit_empty', 'ignore'],
  ['item_truncate_invalid_item_id', 'ignore'],
  ['item_delete_invalid_item_id', 'ignore'],
  ['item_retrieve_invalid_item_id', 'ignore'],
  ['item_not_found', 'ignore'],
]);

/** Sorts an error code. Unknown codes are counted and the session goes on. */
export const sortError = (code: string): ErrorSort => sorts.get(code) ?? 'count';

const errorWindowMs = 10_000;
const errorsAllowed = 5;

/** Adds an error to the times of the recent ones (monotonic ms). More than five in ten seconds are too many. */
export const noteError = (times: readonly number[], now: number): { times: readonly number[]; tooMany: boolean } => {
  const recent = [...times.filter((time) => now - time < errorWindowMs), now];
  return { times: recent.slice(-errorsAllowed - 1), tooMany: recent.length > errorsAllowed };
};
