import { randomBytes } from 'node:crypto';
import type { Texts } from './texts.ts';

/** A secret of the house by its name: 32 bytes, the same for all processes of a store. Rejects with `store-unavailable`. */
export type HouseSecret = (name: string) => Promise<Uint8Array>;

/** They never change: texts are kept this long, so for good. */
export const secretKeepDays = 36_500;

const secretBytes = 32;

/** Made when they are asked for first. One that can't be opened any more, as sealing was switched off, is made anew. */
export const houseSecretsIn = (texts: Texts): HouseSecret => {
  const known = new Map<string, Promise<Uint8Array>>();
  const find = async (name: string): Promise<Uint8Array> => {
    const fresh = randomBytes(secretBytes).toString('hex');
    await texts.putFirst(name, fresh);
    const stands = await texts.get(name);
    if (stands === undefined) await texts.put(name, fresh);
    return Buffer.from(stands ?? fresh, 'hex');
  };
  return (name) => {
    const asked = known.get(name) ?? find(name);
    known.set(name, asked);
    asked.catch(() => known.delete(name));
    return asked;
  };
};
