/** Words of one call that may be found in no other: the caller says them, and the model writes them. */
export const canaryOf = (call: number): string => `canary-${call}`;

/** The calls whose words a text has. */
export const canariesIn = (text: string): readonly number[] => [
  ...new Set([...text.matchAll(/canary-(\d)/g)].map(([, number]) => Number(number))),
];

const firstVoice = 5;

/** A frame of the caller of one call: loud, and like no other caller's. */
export const voiceOf = (call: number): Uint8Array => new Uint8Array(160).fill(firstVoice + call);

/** Whose voice a byte of mu-law is; undefined: silence. */
export const callOfVoice = (code: number | undefined): number | undefined =>
  code !== undefined && code >= firstVoice && code < firstVoice + 10 ? code - firstVoice : undefined;
