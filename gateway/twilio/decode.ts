import { parseJson } from './checked-json.ts';
import {
  type Decoded,
  dtmfSchema,
  eventSchema,
  markSchema,
  maxParameterLength,
  maxPayloadBytes,
  mediaSchema,
  type StreamParameters,
  startSchema,
  stopSchema,
  streamParameterNames,
} from './wire.ts';

const bad = (why: string): Decoded => ({ kind: 'bad', why });
const ignored = (why: string): Decoded => ({ kind: 'ignored', why });

/** The one shape in which Twilio sends media, 50 times a second. Whatever differs by a byte takes the slow way. */
const usualMedia =
  /^\{"event":"media","sequenceNumber":"(\d{1,15})","media":\{"track":"inbound","chunk":"\d{1,15}","timestamp":"(\d{1,15})","payload":"([A-Za-z0-9+/]+={0,2})"\},"streamSid":"([A-Za-z0-9]{1,64})"\}$/;

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const wholeNumber = /^\d{1,15}$/;

const numberOf = (text: unknown): number | undefined =>
  typeof text === 'string' && wholeNumber.test(text) ? Number(text) : undefined;

/** Decodes one message. Never throws. `data` is the UTF-8 text of the message; `mulaw` in the result is a copy. */
export const decodeMessage = (data: Buffer): Decoded => decodeUsualMedia(data) ?? decodeAnyMessage(data);

/** The fast way: `undefined` when the message is not of the usual shape. Says the same as `decodeAnyMessage` where it speaks. */
export const decodeUsualMedia = (data: Buffer): Decoded | undefined => {
  const [, sequence, timestamp, payload, streamSid] = usualMedia.exec(data.toString('latin1')) ?? [];
  if (timestamp === undefined || payload === undefined || streamSid === undefined) return undefined;
  return media({ streamSid, sequence, timestamp, payload });
};

/** The slow way: any JSON. */
export const decodeAnyMessage = (data: Buffer): Decoded => {
  const value = parseJson(data.toString('utf8'));
  if (value === undefined) return bad('not-json');
  const named = eventSchema.safeParse(value);
  if (!named.success) return bad('no-event');
  const decode = decoders.get(named.data.event);
  return decode === undefined ? ignored('unknown-event') : decode(value);
};

interface RawMedia {
  readonly streamSid: string;
  readonly sequence: unknown;
  readonly timestamp: unknown;
  readonly payload: string;
}

const media = ({ streamSid, sequence, timestamp, payload }: RawMedia): Decoded => {
  if (payload.length === 0) return bad('empty-media');
  // `Buffer.from` never refuses: it skips what is not base64, so the check comes first.
  if (payload.length % 4 !== 0 || !base64.test(payload)) return bad('not-base64');
  const mulaw = Buffer.from(payload, 'base64');
  if (mulaw.length > maxPayloadBytes) return bad('media-too-long');
  return { kind: 'media', streamSid, sequence: numberOf(sequence), mulaw, timestampMs: numberOf(timestamp) };
};

const decodeMedia = (value: unknown): Decoded => {
  const parsed = mediaSchema.safeParse(value);
  if (!parsed.success) return bad('media');
  const { streamSid, sequenceNumber: sequence } = parsed.data;
  const { track, timestamp, payload } = parsed.data.media;
  if (track !== undefined && track !== 'inbound') return ignored('other-track');
  return media({ streamSid, sequence, timestamp, payload });
};

const decodeStart = (value: unknown): Decoded => {
  const parsed = startSchema.safeParse(value);
  if (!parsed.success) return bad('start');
  const { streamSid, start } = parsed.data;
  if (streamSid !== start.streamSid) return bad('start');
  const parameters = readParameters(start.customParameters ?? {});
  return { kind: 'start', streamSid, callSid: start.callSid, accountSid: start.accountSid, parameters };
};

const readParameters = (custom: Readonly<Record<string, unknown>>): StreamParameters => {
  const known: Partial<Record<(typeof streamParameterNames)[number], string>> = {};
  for (const name of streamParameterNames) {
    const value = Object.hasOwn(custom, name) ? custom[name] : undefined;
    if (typeof value === 'string' && value.length <= maxParameterLength) known[name] = value;
  }
  return known;
};

const placeOf = ({ streamSid, sequenceNumber }: { readonly streamSid: string; readonly sequenceNumber?: unknown }) => ({
  streamSid,
  sequence: numberOf(sequenceNumber),
});

const decodeDtmf = (value: unknown): Decoded => {
  const parsed = dtmfSchema.safeParse(value);
  return parsed.success ? { kind: 'dtmf', ...placeOf(parsed.data), digit: parsed.data.dtmf.digit } : bad('dtmf');
};

const decodeMark = (value: unknown): Decoded => {
  const parsed = markSchema.safeParse(value);
  return parsed.success ? { kind: 'mark', ...placeOf(parsed.data), name: parsed.data.mark.name } : bad('mark');
};

const decodeStop = (value: unknown): Decoded => {
  const parsed = stopSchema.safeParse(value);
  return parsed.success ? { kind: 'stop', ...placeOf(parsed.data) } : bad('stop');
};

const decoders: ReadonlyMap<string, (value: unknown) => Decoded> = new Map([
  ['connected', (): Decoded => ({ kind: 'connected' })],
  ['start', decodeStart],
  ['media', decodeMedia],
  ['dtmf', decodeDtmf],
  ['mark', decodeMark],
  ['stop', decodeStop],
]);
