import { isSealed } from './context/seal.ts';
import type { Texts } from './texts.ts';
import type { Vault } from './vault.ts';

export interface SealedTextsOptions {
  readonly vault: Vault;
  readonly kind: string;
  /** Whose key a text is sealed with; undefined: it says nothing, and stays plain. */
  subjectOf(key: string): string | undefined;
  /** Each text has a key of its own, which is dropped with it. */
  readonly ownKeys?: boolean;
}

/** Texts that are stored sealed. */
export const sealedTexts = (texts: Texts, { vault, kind, subjectOf, ownKeys = false }: SealedTextsOptions): Texts => {
  const sealed = async (key: string, text: string): Promise<string> => {
    const subject = subjectOf(key);
    return subject === undefined ? text : (await vault.sealing({ kind, subject }))(text, key);
  };
  /** What can't be opened is forgotten. */
  const opened = async (key: string, stored: string | undefined): Promise<string | undefined> => {
    const subject = subjectOf(key);
    if (stored === undefined || subject === undefined || !isSealed(stored)) return stored;
    const result = (await vault.opening({ kind, subject }))(stored, key);
    return result.kind === 'text' ? result.text : undefined;
  };
  return {
    put: async (key, text, keepMs) => texts.put(key, await sealed(key, text), keepMs),
    async putFirst(key, text, keepMs) {
      const ours = await sealed(key, text);
      const stands = await texts.putFirst(key, ours, keepMs);
      return stands === ours ? text : ((await opened(key, stands)) ?? text);
    },
    get: async (key) => opened(key, await texts.get(key)),
    async swap(key, before, after) {
      const stored = await texts.get(key);
      if (stored === undefined || (await opened(key, stored)) !== before) return false;
      return texts.swap(key, stored, await sealed(key, after));
    },
    async drop(keys) {
      if (ownKeys) await vault.drop(keys.map(subjectOf).filter((subject) => subject !== undefined));
      await texts.drop(keys);
    },
  };
};
