/** Words that were spoken once and are played again. */
export interface Clip {
  readonly text: string;
  /** Mu-law, 8 kHz, whole 20 ms frames. */
  readonly mulaw: Uint8Array;
}

/** Prepared speech, by a key that names all that it depends on. Rejects with `store-unavailable`. */
export interface ClipStore {
  put(key: string, clip: Clip): Promise<void>;
  get(key: string): Promise<Clip | undefined>;
}

/** A clip as one text, for stores that keep texts. */
export const encodeClip = ({ text, mulaw }: Clip): string =>
  JSON.stringify({ text, mulaw: Buffer.from(mulaw).toString('base64') });

/** `undefined`: it is not one of ours, and will be made again. */
export const decodeClip = (stored: string): Clip | undefined => {
  try {
    const { text, mulaw } = JSON.parse(stored);
    if (typeof text !== 'string' || typeof mulaw !== 'string') return undefined;
    const bytes = Buffer.from(mulaw, 'base64');
    return bytes.length > 0 && bytes.length % 160 === 0 ? { text, mulaw: bytes } : undefined;
  } catch {
    return undefined;
  }
};
