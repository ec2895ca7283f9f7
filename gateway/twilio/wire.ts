import { z } from 'zod';

/** Where a stream carries what its call brought along, in order. */
export const contextParameterNames = [
  ...['intake1', 'intake2', 'intake3', 'intake4', 'intake5'],
  ...['intake6', 'intake7', 'intake8', 'intake9', 'intake10'],
] as const;

/** What we put into `<Parameter>` and read back from `start.customParameters`. */
export const streamParameterNames = [
  ...['token', 'expires', 'nonce', 'cause', 'from', 'to', 'verstat', 'intake'],
  ...contextParameterNames,
] as const;

/** Custom parameters of a stream, as strings. Only names of `streamParameterNames` ever get in. */
export type StreamParameters = Readonly<Partial<Record<(typeof streamParameterNames)[number], string>>>;

/** Most mu-law bytes that one inbound message may carry: 200 ms. Twilio sends 160. */
export const maxPayloadBytes = 1_600;

/** Longest custom parameter in characters, by Twilio's own limit. */
export const maxParameterLength = 500;

/** A message from Twilio, checked. Text in it is untrusted. `sequence`: its place in the stream, undefined when Twilio's was not a number. */
export type StreamMessage =
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'start';
      readonly streamSid: string;
      readonly callSid: string;
      readonly accountSid: string;
      readonly parameters: StreamParameters;
      /** All other custom parameters that are texts of a legal length, at most 50: of TwiML that is not ours. */
      readonly others: readonly (readonly [name: string, value: string])[];
    }
  /** `timestampMs`: milliseconds since the stream began, undefined when Twilio's was not a number. */
  | {
      readonly kind: 'media';
      readonly streamSid: string;
      readonly sequence: number | undefined;
      readonly mulaw: Uint8Array;
      readonly timestampMs: number | undefined;
    }
  | { readonly kind: 'dtmf'; readonly streamSid: string; readonly sequence: number | undefined; readonly digit: string }
  | { readonly kind: 'mark'; readonly streamSid: string; readonly sequence: number | undefined; readonly name: string }
  | { readonly kind: 'stop'; readonly streamSid: string; readonly sequence: number | undefined };

/** What became of a message: one we know, one that means nothing to us, or one that is wrong. `why` is a fixed word, safe as a label. */
export type Decoded =
  | StreamMessage
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'bad'; readonly why: string };

const sid = z.string().regex(/^[A-Za-z0-9]{1,64}$/);

/** Unknown fields are dropped by zod, so what comes out is a fresh object with these fields and no others. */
export const eventSchema = z.object({ event: z.string().max(64) });

export const startSchema = z.object({
  streamSid: sid,
  start: z.object({
    streamSid: sid,
    callSid: sid,
    accountSid: sid,
    mediaFormat: z
      .object({ encoding: z.literal('audio/x-mulaw'), sampleRate: z.literal(8000), channels: z.literal(1) })
      .optional(),
    customParameters: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Where a message belongs. */
const place = { streamSid: sid, sequenceNumber: z.unknown().optional() };

export const mediaSchema = z.object({
  ...place,
  media: z.object({
    track: z.string().max(32).optional(),
    timestamp: z.unknown().optional(),
    payload: z.string().max(Math.ceil(maxPayloadBytes / 3) * 4),
  }),
});

export const dtmfSchema = z.object({ ...place, dtmf: z.object({ digit: z.string().regex(/^[0-9A-D*#]$/) }) });

export const markSchema = z.object({ ...place, mark: z.object({ name: z.string().max(256) }) });

export const stopSchema = z.object(place);
