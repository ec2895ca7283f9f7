import { ThroughlineError } from '../../infra/errors.ts';
import type { Texts } from '../texts.ts';
import type { WebhookEndpoint } from './types.ts';
import { decodeEndpoints, encodeEndpoints } from './wire.ts';

/** What becomes of all endpoints, and what is to be said of it. */
export interface EndpointsChange<Answer> {
  /** Undefined: nothing changes. */
  readonly endpoints?: readonly WebhookEndpoint[];
  readonly answer: Answer;
}

/** The endpoints of a store: one list for all its processes. Rejects with `store-unavailable`. */
export interface WebhookEndpoints {
  list(): Promise<readonly WebhookEndpoint[]>;
  /** In one step: `edit` runs again when somebody else was faster. */
  change<Answer>(edit: (endpoints: readonly WebhookEndpoint[]) => EndpointsChange<Answer>): Promise<Answer>;
}

/** Nobody may wonder where their endpoints are: texts are kept this long, so for good. */
export const endpointKeepDays = 36_500;

const key = 'endpoints';
const mostTries = 50;

export const endpointsIn = (texts: Texts): WebhookEndpoints => ({
  list: async () => read(await texts.get(key)),
  async change(edit) {
    for (let tries = 0; tries < mostTries; tries++) {
      const before = (await texts.get(key)) ?? (await texts.putFirst(key, encodeEndpoints([])));
      const { endpoints, answer } = edit(read(before));
      if (endpoints === undefined || (await texts.swap(key, before, encodeEndpoints(endpoints)))) return answer;
    }
    throw new ThroughlineError(
      'webhooks-busy',
      'The webhook endpoints changed all the time; nothing has changed, try again.',
    );
  },
});

/** What can't be read is never written over. */
const read = (stored: string | undefined): readonly WebhookEndpoint[] => {
  if (stored === undefined) return [];
  const endpoints = decodeEndpoints(stored);
  if (endpoints !== undefined) return endpoints;
  throw new ThroughlineError(
    'webhooks-unreadable',
    'The webhook endpoints in the store can not be read by this version; nothing was changed. Use the version that wrote them.',
  );
};
