import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** 32 bytes that texts are sealed with, and a name that tells it from other keys and nothing of its bytes. */
export interface SealingKey {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** For AES-256-GCM. */
  readonly secret: Uint8Array;
}

/** What came of opening a text. `damaged`: changed, cut, moved here from another place, or sealed with another key. */
export type Opened =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'damaged' }
  /** The key is gone for good: this was erased. */
  | { readonly kind: 'erased' };

export const damaged: Opened = { kind: 'damaged' };
export const erased: Opened = { kind: 'erased' };

/** No stored JSON begins so. */
const prefix = 'tls1.';
const version = 1;
const versionByte = Uint8Array.of(version);
export const keyIdBytes = 8;
export const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes + nonceBytes;
const algorithm = 'aes-256-gcm';
/** Of a stored text, in characters: what an event may have, as base64 of UTF-8. */
const longest = 6_000_000;

/** Setting a key up takes ten times as long as sealing a sentence. */
const setUp = new WeakMap<Uint8Array, KeyObject>();

const keyObject = (secret: Uint8Array): KeyObject => {
  const known = setUp.get(secret);
  if (known !== undefined) return known;
  const made = createSecretKey(secret);
  setUp.set(secret, made);
  return made;
};

/** A text that is sealed, by its looks. */
export const isSealed = (stored: string): boolean => stored.startsWith(prefix);

/** The first 32 bytes of a setting's secret become a key; its name follows from it, so that the same secret is the same key everywhere. */
export const sealingKey = (secret: Uint8Array): SealingKey => ({
  id: new Uint8Array(hkdfSync('sha256', secret, '', 'throughline key name 1', keyIdBytes)),
  secret,
});

export interface SealInput {
  readonly text: string;
  /** Where the text belongs. It can be opened there and nowhere else. */
  readonly place: string;
  /** 12 random bytes, never used twice with a key. */
  readonly nonce: Uint8Array;
}

/** Seals a text: `tls1.` and the base64url of version, key id, nonce, ciphertext and tag. */
export const seal = ({ id, secret }: SealingKey, { text, place, nonce }: SealInput): string => {
  const cipher = createCipheriv(algorithm, keyObject(secret), nonce);
  cipher.setAAD(additional(place));
  const sealed = cipher.update(text, 'utf8');
  const last = cipher.final();
  return prefix + Buffer.concat([versionByte, id, nonce, sealed, last, cipher.getAuthTag()]).toString('base64url');
};

/** Opens what `seal` made with the same key for the same place. Never throws. */
export const unseal = ({ id, secret }: SealingKey, stored: string, place: string): Opened => {
  const sealed = unpack(stored);
  if (sealed === undefined || Buffer.compare(sealed.subarray(1, 1 + keyIdBytes), id) !== 0) return damaged;
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, keyObject(secret), sealed.subarray(1 + keyIdBytes, headBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additional(place));
  decipher.setAuthTag(sealed.subarray(end));
  const opened = decipher.update(sealed.subarray(headBytes, end), undefined, 'utf8');
  try {
    return { kind: 'text', text: opened + decipher.final('utf8') };
  } catch {
    return damaged;
  }
};

const additional = (place: string): Buffer => Buffer.from(`throughline ${version}|${place}`);

/** The bytes of a sealed text, if it is one of a version that is known. */
const unpack = (stored: string): Buffer | undefined => {
  if (!isSealed(stored) || stored.length > longest) return undefined;
  const body = stored.slice(prefix.length);
  const sealed = Buffer.from(body, 'base64url');
  // Node skips characters that are no base64, and takes any for the bits that the last one has too many.
  const last = sealed.subarray(sealed.length - (sealed.length % 3 || 3)).toString('base64url');
  const isWhole = body.length === Math.ceil((sealed.length * 4) / 3) && body.endsWith(last);
  return isWhole && sealed.length >= headBytes + tagBytes && sealed[0] === version ? sealed : undefined;
};
