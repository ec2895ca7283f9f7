import { randomBytes } from 'node:crypto';
import { ThroughlineError } from '../infra/errors.ts';
import { isSealed, type Opened } from './context/seal.ts';
import type { Texts } from './texts.ts';
import { plainVault, type Vault } from './vault.ts';

const secretNames = ['callers', 'audit'] as const;
export type SecretName = (typeof secretNames)[number];

/** Secrets of the house: 32 bytes each, the same for all processes of a store. */
export interface HouseSecrets {
  /** Made when it is asked for first. Rejects with `store-unavailable`, and with `seal-key-unknown` when it is sealed and can't be opened. */
  find(name: SecretName): Promise<Uint8Array>;
  /** Opens all that were ever made. Rejects as `find` does. */
  check(): Promise<void>;
}

/** They never change: texts are kept this long, so for good. */
export const secretKeepDays = 36_500;

const secretBytes = 32;

/**
 * Secrets in these texts. One that can't be opened is never made anew: numbers would have other hashes, erasures would find nothing, and the audit log would
 * read as changed. One from before sealing was switched on is sealed.
 */
export const houseSecretsIn = (texts: Texts, vault: Vault): HouseSecrets => {
  const known = new Map<SecretName, Promise<Uint8Array>>();
  const shelfOf = (name: SecretName) => ({ kind: 'secret', subject: name });
  const sealed = async (name: SecretName, text: string): Promise<string> => (await vault.sealing(shelfOf(name)))(text, name);

  const makeOrOpen = async (name: SecretName): Promise<Uint8Array> => {
    const stored = await texts.get(name);
    const stands = stored ?? (await texts.putFirst(name, await sealed(name, randomBytes(secretBytes).toString('hex'))));
    const opened = (await vault.opening(shelfOf(name)))(stands, name);
    if (opened.kind !== 'text') throw unopened(name, opened, vault);
    if (vault !== plainVault && !isSealed(stands)) await texts.swap(name, stands, await sealed(name, opened.text));
    return Buffer.from(opened.text, 'hex');
  };

  const find = (name: SecretName): Promise<Uint8Array> => {
    const asked = known.get(name) ?? makeOrOpen(name);
    known.set(name, asked);
    asked.catch(() => known.delete(name));
    return asked;
  };

  return {
    find,
    check: async () => {
      const stored = await Promise.all(secretNames.map((name) => texts.get(name)));
      await Promise.all(secretNames.filter((_, index) => stored[index] !== undefined).map(find));
    },
  };
};

const unopened = (name: SecretName, { kind }: Opened, vault: Vault): ThroughlineError =>
  new ThroughlineError('seal-key-unknown', `A secret of this store (${name}) ${whyNot(kind, vault)}`, {
    facts: { secret: name },
  });

const whyNot = (kind: Opened['kind'], vault: Vault): string => {
  if (vault === plainVault)
    return 'is sealed, and no seal key is set; set THROUGHLINE_SEAL_KEY to the one it was sealed under.';
  return kind === 'erased'
    ? 'is sealed with a key that is not in the key store; bring back the key store that it was sealed with.'
    : 'was sealed under another seal key; set the one before as THROUGHLINE_SEAL_KEY_OLD.';
};
