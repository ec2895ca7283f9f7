import { decodeBase64Into } from '../../infra/base64.ts';
import { afterDigits, afterLiteral, afterString, afterWord, ascii, numberAt, SameText } from '../../infra/byte-scan.ts';
import { Starts } from '../../infra/starts.ts';
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

/** The one shape in which Twilio sends media, 50 times a second, cut where it changes. Whatever differs by a byte takes the slow way. */
const usual = {
  sequence: ascii('{"event":"media","sequenceNumber":"'),
  chunk: ascii('","media":{"track":"inbound","chunk":"'),
  timestamp: ascii('","timestamp":"'),
  payload: ascii('","payload":"'),
  streamSid: ascii('},"streamSid":"'),
  end: ascii('}'),
} as const;
const longestSid = 64;
/** Characters of 160 bytes as base64. */
const usualPayload = 216;

/** The same of our marks that come back. */
const usualMark = {
  sequence: ascii('{"event":"mark","sequenceNumber":"'),
  streamSid: ascii('","streamSid":"'),
  name: ascii(',"mark":{"name":"'),
  end: ascii('}}'),
} as const;
const longestName = 256;

const quote = 0x22;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const wholeNumber = /^\d{1,15}$/;
/** Of custom parameters that are not ours. */
const mostOthers = 50;

const numberOf = (text: unknown): number | undefined =>
  typeof text === 'string' && wholeNumber.test(text) ? Number(text) : undefined;

/** Where the speech of a usual message is put; one message is decoded at a time. */
const speech = Buffer.alloc(maxPayloadBytes);
const speechOf = new Starts(speech);

/**
 * Decodes one message. Never throws. `data` is the UTF-8 text of the message; `mulaw` in the result is valid until the next one is decoded.
 * `sid`: the stream's id, where the messages before were of the same stream.
 */
export const decodeMessage = (data: Buffer, sid = new SameText()): Decoded =>
  decodeUsualMedia(data, sid) ?? decodeUsualMark(data) ?? decodeAnyMessage(data);

/** The fast way: `undefined` when the message is not of the usual shape. Says the same as `decodeAnyMessage` where it speaks. */
export const decodeUsualMedia = (data: Buffer, sidText = new SameText()): Decoded | undefined => {
  const sequence = afterLiteral(data, 0, usual.sequence);
  const sequenceEnd = afterDigits(data, sequence);
  const chunkEnd = afterDigits(data, afterLiteral(data, sequenceEnd, usual.chunk));
  const timestamp = afterLiteral(data, chunkEnd, usual.timestamp);
  const timestampEnd = afterDigits(data, timestamp);
  const payload = afterLiteral(data, timestampEnd, usual.payload);
  if (payload < 0) return undefined;
  const payloadEnd = data[payload + usualPayload] === quote ? payload + usualPayload : data.indexOf(quote, payload);
  const sid = afterLiteral(data, payloadEnd + 1, usual.streamSid);
  const sidEnd = afterWord(data, sid);
  if (afterLiteral(data, sidEnd, usual.end) !== data.length || sidEnd - sid > longestSid + 1) return undefined;
  const length = decodeBase64Into(data, { from: payload, to: payloadEnd }, speech);
  const streamSid = sidText.at(data, sid, sidEnd - 1);
  if (length < 0) return undefined;
  return {
    kind: 'media',
    streamSid,
    sequence: numberAt(data, sequence, sequenceEnd),
    mulaw: speechOf.of(length),
    timestampMs: numberAt(data, timestamp, timestampEnd),
  };
};

/** As for media. */
export const decodeUsualMark = (data: Buffer): Decoded | undefined => {
  const sequence = afterLiteral(data, 0, usualMark.sequence);
  const sequenceEnd = afterDigits(data, sequence);
  const sid = afterLiteral(data, sequenceEnd, usualMark.streamSid);
  const sidEnd = afterWord(data, sid);
  const name = afterLiteral(data, sidEnd, usualMark.name);
  const nameEnd = afterString(data, name);
  if (afterLiteral(data, nameEnd, usualMark.end) !== data.length || nameEnd - name > longestName + 1) return undefined;
  if (sidEnd - sid > longestSid + 1) return undefined;
  const streamSid = data.toString('latin1', sid, sidEnd - 1);
  const number = numberAt(data, sequence, sequenceEnd);
  return { kind: 'mark', streamSid, sequence: number, name: data.toString('latin1', name, nameEnd - 1) };
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
  const { callSid, accountSid, customParameters = {} } = start;
  const parameters = readParameters(customParameters);
  return { kind: 'start', streamSid, callSid, accountSid, parameters, others: readOthers(customParameters) };
};

const readParameters = (custom: Readonly<Record<string, unknown>>): StreamParameters => {
  const known: Partial<Record<(typeof streamParameterNames)[number], string>> = {};
  for (const name of streamParameterNames) {
    const value = Object.hasOwn(custom, name) ? custom[name] : undefined;
    if (typeof value === 'string' && value.length <= maxParameterLength) known[name] = value;
  }
  return known;
};

const ours: ReadonlySet<string> = new Set(streamParameterNames);

const readOthers = (custom: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] =>
  Object.entries(custom)
    .filter(
      (pair): pair is [string, string] =>
        !ours.has(pair[0]) && typeof pair[1] === 'string' && pair[0].length + pair[1].length <= maxParameterLength,
    )
    .slice(0, mostOthers);

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
