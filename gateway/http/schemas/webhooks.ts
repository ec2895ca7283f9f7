import { z } from 'zod';
import { deliveryOutcomes, webhookTypes } from '../../../store/webhooks/types.ts';

const shown = {
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(webhookTypes)),
  enabled: z.boolean(),
  disabledWhy: z.string().nullable().describe('Why it was turned off, when nobody did it by hand.'),
  createdAt: z.iso.datetime(),
  olderSecretUntil: z.iso.datetime().nullable().describe('The secret before signs too until then.'),
};

export const endpointSchema = z.object(shown).meta({ id: 'WebhookEndpoint' });
export const endpointWithSecretSchema = z
  .object({ ...shown, secret: z.string().describe('Shown this once.') })
  .meta({ id: 'WebhookEndpointWithSecret' });
export const endpointsSchema = z.object({ webhooks: z.array(endpointSchema) }).meta({ id: 'WebhookEndpoints' });

const tried = {
  outcome: z.enum(deliveryOutcomes),
  status: z.int().nullable().describe('Of the answer; null: there was none.'),
  durationMs: z.number(),
  error: z.string().nullable(),
};
export const triedSchema = z.object(tried).meta({ id: 'WebhookTest' });
export const deliveriesSchema = z
  .object({
    deliveries: z.array(
      z.object({
        id: z.string().describe('The webhook-id that was sent: equal for all tries.'),
        type: z.enum([...webhookTypes, 'webhook.test']),
        callId: z.string().nullable(),
        at: z.iso.datetime(),
        ...tried,
      }),
    ),
  })
  .meta({ id: 'WebhookDeliveries' });
