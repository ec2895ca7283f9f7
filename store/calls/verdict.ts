/** What a caller and agents said, in order. `content` null: there is no transcript. */
export type Spoken = readonly { readonly role: 'user' | 'assistant'; readonly content: string | null }[];

/** Whether the caller said that the problem is solved (true) or that it is not (false); null: neither. */
export type CallerVerdict = (messages: Spoken) => boolean | null;
