import { Base64Draft } from '../../infra/base64-draft.ts';

/** The `media` messages of one stream: exactly the documented fields. */
export const mediaDraft = (streamSid: string): Base64Draft =>
  new Base64Draft(`{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`, '"}}');

/** A bookmark behind all audio sent so far; Twilio returns it when that was played. */
export const markMessage = (streamSid: string, name: string): string =>
  JSON.stringify({ event: 'mark', streamSid, mark: { name } });

/** Throws away what was not played yet. */
export const clearMessage = (streamSid: string): string => JSON.stringify({ event: 'clear', streamSid });
