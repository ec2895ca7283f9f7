import { decodeBase64Into, shortBytes, shortText } from '../../infra/base64.ts';
import { afterDigits, afterLiteral, afterString, ascii, SameText } from '../../infra/byte-scan.ts';
import { Starts } from '../../infra/starts.ts';
import { decodeBase64 } from './decode-base64.ts';
import type { ModelEvent } from './model-event.ts';

const quote = 0x22;
const space = 0x20;
const comma = 0x2c;
const brace = 0x7d;
const longestId = 512;

const open = ascii('{');
const opening = ascii('"');
const colon = ascii(':');
const spacedColon = ascii(': ');
const audioType = ascii('response.output_audio.delta"');

/** The fields that are wanted, by their names as they stand in the text. */
const fields = ['type', 'response_id', 'item_id', 'delta'] as const;
const names = fields.map((field) => ascii(`${field}"`));
const [typeField, responseField, itemField, deltaField] = [0, 1, 2, 3];

/** Ids of one session, which seldom change from one message to the next. */
export class AudioIds {
  readonly response = new SameText();
  readonly item = new SameText();
}

/** Where the value of each wanted field begins and ends, of the message that is being scanned; 0: not there. */
const starts = new Int32Array(fields.length);
const ends = new Int32Array(fields.length);

/**
 * Reads a message as one flat object of short strings and whole numbers, in any order. False: it is anything else, maybe good JSON
 * all the same.
 */
const readFields = (data: Buffer): boolean => {
  starts.fill(0);
  let at = afterField(data, afterLiteral(data, 0, open));
  while (at >= 0 && data[at] === comma) {
    const next = at + 1;
    at = afterField(data, data[next] === space ? next + 1 : next);
  }
  return at >= 0 && data[at] === brace && at + 1 === data.length;
};

const afterField = (data: Buffer, at: number): number => {
  const key = afterLiteral(data, at, opening);
  const keyEnd = afterString(data, key);
  const field = names.findIndex((name) => keyEnd - key === name.length && afterLiteral(data, key, name) === keyEnd);
  const value = afterColon(data, keyEnd);
  if (value < 0) return -1;
  return field === deltaField ? afterDelta(data, value) : afterValue(data, value, field);
};

const afterColon = (data: Buffer, at: number): number => {
  const spaced = afterLiteral(data, at, spacedColon);
  return spaced < 0 ? afterLiteral(data, at, colon) : spaced;
};

/** Base64 is long and is checked when it is decoded: only its end is looked for. */
const afterDelta = (data: Buffer, at: number): number => {
  if (data[at] !== quote || starts[deltaField] !== 0) return -1;
  const end = data.indexOf(quote, at + 1);
  if (end < 0) return -1;
  starts[deltaField] = at + 1;
  ends[deltaField] = end;
  return end + 1;
};

const afterValue = (data: Buffer, at: number, field: number): number => {
  if (data[at] !== quote) return field < 0 ? afterWhole(data, at) : -1;
  const end = afterString(data, at + 1);
  if (field < 0 || end < 0) return end;
  if (starts[field] !== 0) return -1;
  starts[field] = at + 1;
  ends[field] = end - 1;
  return end;
};

/** A whole number; none with a needless zero in front, which is no JSON. */
const afterWhole = (data: Buffer, at: number): number => {
  const end = afterDigits(data, at);
  return data[at] === 0x30 && end !== at + 1 ? -1 : end;
};

const idOf = (data: Buffer, field: number, text: SameText): string | undefined => {
  const from = starts[field] ?? 0;
  const to = ends[field] ?? 0;
  return from === 0 || to === from || to - from > longestId ? undefined : text.at(data, from, to);
};

const shortSpeech = Buffer.alloc(shortBytes);
const spoken = new Starts(shortSpeech);

/** Valid until the next call. */
const speechAt = (data: Buffer, from: number, to: number): Uint8Array | undefined => {
  if (to - from > shortText) return decodeBase64(data.toString('latin1', from, to));
  const length = decodeBase64Into(data, { from, to }, shortSpeech);
  return length < 0 ? undefined : spoken.of(length);
};

/**
 * Output audio without `JSON.parse`, which makes a string of all of it twice. Says the same as the slow way where it speaks; `undefined`
 * leaves the message to that.
 */
export const scanAudio = (data: Buffer, ids = new AudioIds()): ModelEvent | undefined => {
  if (!readFields(data) || afterLiteral(data, starts[typeField] ?? 0, audioType) !== (ends[typeField] ?? 0) + 1) {
    return undefined;
  }
  const response = idOf(data, responseField, ids.response);
  const item = idOf(data, itemField, ids.item);
  const start = starts[deltaField] ?? 0;
  if (response === undefined || item === undefined || start === 0) return undefined;
  const bytes = speechAt(data, start, ends[deltaField] ?? 0);
  return bytes === undefined ? undefined : { kind: 'audio', response, item, bytes };
};
