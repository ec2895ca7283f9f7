import { createHash, createHmac } from 'node:crypto';

/** A number as stores may know it: the same for the same number, and of no use to somebody who has not the secret. */
export type CallerHash = (number: string) => Promise<string>;

/** The same for who has many numbers, or can't wait for each. */
export type CallerHasher = () => Promise<(number: string) => string>;

/** HMAC-SHA256, hex. `secret`: 32 bytes that never change while hashes are kept. */
export const callerHasherBy =
  (secret: () => Promise<Uint8Array>): CallerHasher =>
  async () => {
    const key = await secret();
    return (number) => createHmac('sha256', key).update(`throughline caller ${number}`).digest('hex');
  };

export const callerHashBy =
  (hasher: CallerHasher): CallerHash =>
  async (number) =>
    (await hasher())(number);

/** As versions before this one hashed numbers: without a secret. What they remembered of a caller is found by it. */
export const earlierCallerHash = (number: string): string =>
  createHash('sha256').update(`throughline caller ${number}`).digest('hex');
