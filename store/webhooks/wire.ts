import { z } from 'zod';
import { type Delivery, deliveryOutcomes, type WebhookEndpoint, webhookTypes } from './types.ts';

const time = z.iso.datetime();
const secret = z.string().startsWith('whsec_');

/** Loose: what a newer version added is kept. */
const endpoints: z.ZodType<readonly WebhookEndpoint[]> = z.array(
  z.looseObject({
    id: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookTypes)),
    enabled: z.boolean(),
    disabledWhy: z.string().nullable(),
    createdAt: time,
    since: time,
    secret,
    older: z.looseObject({ secret, until: time }).nullable(),
  }),
);

const deliveries: z.ZodType<readonly Delivery[]> = z.array(
  z.looseObject({
    id: z.string(),
    type: z.enum([...webhookTypes, 'webhook.test']),
    callId: z.string().nullable(),
    at: time,
    outcome: z.enum(deliveryOutcomes),
    status: z.number().nullable(),
    durationMs: z.number(),
    error: z.string().nullable(),
  }),
);

const decode = <Value>(schema: z.ZodType<Value>, stored: string): Value | undefined => {
  try {
    return schema.safeParse(JSON.parse(stored)).data;
  } catch {
    return undefined;
  }
};

export const encodeEndpoints = (list: readonly WebhookEndpoint[]): string => JSON.stringify(list);
export const encodeDeliveries = (list: readonly Delivery[]): string => JSON.stringify(list);

/** `undefined`: they are none that this version can read. */
export const decodeEndpoints = (stored: string): readonly WebhookEndpoint[] | undefined => decode(endpoints, stored);
/** As `decodeEndpoints`. */
export const decodeDeliveries = (stored: string): readonly Delivery[] | undefined => decode(deliveries, stored);
