import { z } from 'zod';

/** The kill switch. */
export const switchSchema = z
  .object({
    on: z.boolean(),
    by: z.enum(['setting', 'api']).nullable().describe('Who put it; null: nobody did.'),
    since: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Switch', description: 'While it is on, every new call goes to people.' });

export const switchBody = z.object({ on: z.boolean() });
