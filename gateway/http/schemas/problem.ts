import { z } from 'zod';

/** An error, as RFC 9457 has it. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe('What the status means.'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What is wrong, where, and what to do.'),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });
