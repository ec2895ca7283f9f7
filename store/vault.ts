import { randomBytes } from 'node:crypto';
import { damaged, erased, isSealed, nonceBytes, type Opened, seal, unseal } from './context/seal.ts';
import type { FoundKey, KeyRing } from './key-ring.ts';

/** What kind of texts, and whose: texts of a subject are erased together, by dropping its key. */
export interface Shelf {
  readonly kind: string;
  readonly subject: string;
}

/** Seals one text; `part` says which of the shelf it is. */
export type Sealing = (text: string, part: string) => string;
export type Opening = (stored: string, part: string) => Opened;

/** Seals what is stored, and opens it. Rejects with `store-unavailable` when keys can't be reached; what can't be opened is a value. */
export interface Vault {
  /** Makes a key for the subject where there is none. */
  sealing(shelf: Shelf): Promise<Sealing>;
  opening(shelf: Shelf): Promise<Opening>;
  /** Erases all that was sealed for these subjects. */
  drop(subjects: readonly string[]): Promise<void>;
}

const placeOf = ({ kind, subject }: Shelf, part: string): string => `${kind}|${subject}|${part}`;

const plainText = (text: string): Opened => ({ kind: 'text', text });

/** Leaves texts as they are. What was sealed before can't be read. */
export const plainVault: Vault = {
  sealing: async () => (text) => text,
  opening: async () => (stored) => (isSealed(stored) ? damaged : plainText(stored)),
  drop: async () => {},
};

const openWith =
  (key: FoundKey, shelf: Shelf): Opening =>
  (stored, part) => {
    if (!isSealed(stored)) return plainText(stored); // from before sealing was switched on
    if (key === 'none') return erased;
    return key === 'locked' ? damaged : unseal(key, stored, placeOf(shelf, part));
  };

/** So many at a time: to ask for random bytes takes as long for one as for these. */
const noncesAtATime = 64;

/** Random nonces, each once. */
const newNonces = (): (() => Uint8Array) => {
  let pool = Buffer.alloc(0);
  return () => {
    if (pool.length === 0) pool = randomBytes(nonceBytes * noncesAtATime);
    const nonce = pool.subarray(0, nonceBytes);
    pool = pool.subarray(nonceBytes);
    return nonce;
  };
};

const nextNonce = newNonces();

/** Seals with the keys of a ring. */
export const vaultOf = (keys: KeyRing): Vault => ({
  async sealing(shelf) {
    const key = await keys.make(shelf.subject);
    return (text, part) => seal(key, { text, place: placeOf(shelf, part), nonce: nextNonce() });
  },
  opening: async (shelf) => openWith(await keys.find(shelf.subject), shelf),
  drop: (subjects) => keys.drop(subjects),
});
