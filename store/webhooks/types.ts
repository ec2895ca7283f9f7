/** What a webhook can tell of. */
export const webhookTypes = [
  'call.started',
  'call.ended',
  'call.analysed',
  'handoff.requested',
  'handoff.committed',
  'handoff.failed',
  'handoff.refused',
  'transfer.requested',
  'transfer.accepted',
  'transfer.failed',
  'transfer.ended',
] as const;

export type WebhookType = (typeof webhookTypes)[number];

/** Somebody's server that wants to be told of calls. Times are ISO 8601, UTC. */
export interface WebhookEndpoint {
  /** Ours: letters, digits and `_`. */
  readonly id: string;
  readonly url: string;
  /** What it is told of. */
  readonly events: readonly WebhookType[];
  readonly enabled: boolean;
  /** Why it was turned off, when nobody did it by hand. */
  readonly disabledWhy: string | null;
  readonly createdAt: string;
  /** It is told of what happened from then on. */
  readonly since: string;
  /** `whsec_` and base64. Shown once, when it is made. */
  readonly secret: string;
  /** The secret before, which signs too until then; null: there is none. */
  readonly older: { readonly secret: string; readonly until: string } | null;
}

/** What became of a delivery: `gone`: the endpoint answered 410 and was turned off; `refused`: its address is none that may be reached. */
export const deliveryOutcomes = ['delivered', 'failed', 'gone', 'refused'] as const;

export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** One try to deliver, as it is kept to be looked at. */
export interface Delivery {
  /** The `webhook-id` that was sent: equal for all tries. */
  readonly id: string;
  readonly type: WebhookType | 'webhook.test';
  /** Null: a test. */
  readonly callId: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly outcome: DeliveryOutcome;
  /** Of the answer; null: there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  /** What went wrong, in words; null: nothing. */
  readonly error: string | null;
}
