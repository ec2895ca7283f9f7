import { z } from 'zod';
import { limitParameter } from './parameters.ts';

const counts = z.object({ waiting: z.int(), delayed: z.int(), active: z.int(), dead: z.int() });

/** Jobs by name. */
export const jobsSchema = z.object({ jobs: z.record(z.string(), counts) }).meta({ id: 'Jobs' });

export const deadJobsSchema = z
  .object({
    dead: z.array(
      z.object({
        name: z.string(),
        key: z.string(),
        data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe('Ids, never texts.'),
        attempts: z.int().describe('How often it was tried.'),
        error: z.string().describe('Of its last attempt.'),
        diedAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'DeadJobs' });

export const retriedSchema = z
  .object({ name: z.string(), key: z.string(), state: z.literal('waiting') })
  .meta({ id: 'RetriedJob' });

export const deadQuery = z.strictObject({ limit: limitParameter });
