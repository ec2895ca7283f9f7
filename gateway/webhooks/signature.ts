import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** A new secret: 32 random bytes, as Standard Webhooks writes them. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`;

export interface Message {
  /** Equal for all tries of one message. */
  readonly id: string;
  readonly body: string;
  /** Of this try, in seconds since 1970. */
  readonly seconds: number;
}

const signatureBy = (secret: string, { id, seconds, body }: Message): string => {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
};

/** The headers of Standard Webhooks (standardwebhooks.com, 1.0.0): a signature by each secret, the newest first. */
export const signedHeaders = (message: Message, secrets: readonly string[]): Readonly<Record<string, string>> => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(message.seconds),
  'webhook-signature': secrets.map((secret) => signatureBy(secret, message)).join(' '),
});
