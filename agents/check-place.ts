import { whyNotDialable } from './phone-number.ts';

/** One line of text, at most so long. */
export const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{Cc}/u.test(value);

const sipAddress = /^sips?:[^\s@<>"?]+@[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(;[^\s<>"?]*)?(\?[^\s<>"]*)?$/;

const whyNoSip = (address: unknown): string | undefined =>
  isText(address, 1_500) && sipAddress.test(address)
    ? undefined
    : 'is no SIP address; write for example "sip:4000@pbx.example.com"';

/** Twilio takes queue names of up to 64 characters. */
const whyNoQueue = (name: unknown): string | undefined =>
  isText(name, 64) ? undefined : 'must be the name of a queue, 1 to 64 characters';

/** Where somebody can be reached by telephone, and what is wrong with such a place; undefined: nothing. */
export const reachable = { number: whyNotDialable, queue: whyNoQueue, sip: whyNoSip } as const;

/** What is wrong with the workflow next to a queue, if there is one. */
export const whyNoWorkflow = (sid: unknown, queue: unknown): string | undefined => {
  if (sid === undefined) return undefined;
  if (queue === undefined) return 'belongs to a queue';
  return typeof sid === 'string' && /^WW[0-9a-fA-F]{32}$/.test(sid)
    ? undefined
    : 'must be a workflow of TaskRouter: WW and 32 hex digits';
};
