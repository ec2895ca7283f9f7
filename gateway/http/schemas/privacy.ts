import { z } from 'zod';
import { limitParameter } from './parameters.ts';

export const erasureBody = z
  .object({
    number: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/)
      .describe("The caller's number, as +14155550134."),
  })
  .meta({ id: 'ErasureOrder' });

export const erasureSchema = z
  .object({
    id: z.string(),
    askedAt: z.iso.datetime(),
    state: z.enum(['queued', 'waiting', 'done']).describe('`waiting`: calls of this caller go on.'),
    calls: z.int().describe('Calls that were erased.'),
    liveCalls: z.int().describe('Calls that go on, and are erased when they are over.'),
    doneAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Erasure' });

export const auditQuery = z.strictObject({
  limit: limitParameter,
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the `cursor` of the answer before')
    .optional()
    .describe('Where to go on: the `cursor` of the answer before.'),
});

export const auditSchema = z
  .object({
    entries: z.array(
      z.object({
        seq: z.int(),
        at: z.iso.datetime(),
        who: z.string().nullable().describe('As a proxy with a login names them.'),
        did: z.enum(['read', 'exported', 'changed', 'erased']),
        what: z.string(),
        from: z.string(),
        hash: z.string().describe('Covers this entry and the hash of the one before.'),
      }),
    ),
    cursor: z.string().nullable(),
  })
  .meta({ id: 'Audit' });

export const auditCheckSchema = z
  .union([
    z.object({ kind: z.literal('whole'), entries: z.int(), head: z.string() }),
    z.object({ kind: z.literal('broken'), seq: z.int(), why: z.enum(['missing', 'changed']) }),
  ])
  .meta({ id: 'AuditCheck' });
