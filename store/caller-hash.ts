import { createHash, createHmac } from 'node:crypto';

/** A number as stores may know it: the same for the same number, and of no use to somebody who has not the secret. */
export type CallerHash = (number: string) => Promise<string>;

/** HMAC-SHA256, hex. `secret`: 32 bytes that never change while hashes are kept. */
export const callerHashBy =
  (secret: () => Promise<Uint8Array>): CallerHash =>
  async (number) =>
    createHmac('sha256', await secret())
      .update(`throughline caller ${number}`)
      .digest('hex');

/** As versions before this one hashed numbers: without a secret. What they remembered of a caller is found by it. */
export const earlierCallerHash = (number: string): string =>
  createHash('sha256').update(`throughline caller ${number}`).digest('hex');
