import { parseIntakeKey } from '../../store/intake-key.ts';
import type { Brought } from '../call/ports.ts';
import { parseJson } from './checked-json.ts';
import { contextParameterNames, type StreamParameters } from './wire.ts';

/** Of base64url, so that no character needs an escape and none is taken for a space. With its name far below 500. */
const partLength = 480;

/** What a call brings along, as parameters of its stream: which process serves the stream is not known yet. */
export const packBrought = (brought: Brought | undefined): StreamParameters => {
  if (brought === undefined) return {};
  const { key, fields } = brought;
  const isEmpty = Object.keys(fields).length === 0;
  const text = isEmpty ? '' : Buffer.from(JSON.stringify(fields)).toString('base64url');
  const packed: Record<string, string> = key === undefined ? {} : { intake: key };
  for (const [index, name] of contextParameterNames.entries()) {
    const part = text.slice(index * partLength, (index + 1) * partLength);
    if (part !== '') packed[name] = part;
  }
  return packed;
};

/** What `packBrought` packed. Parameters that are not ours give nothing; never throws. */
export const unpackBrought = (parameters: StreamParameters): Brought | undefined => {
  const text = contextParameterNames.map((name) => parameters[name] ?? '').join('');
  const value = text === '' ? {} : parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const texts = fields.filter((field): field is [string, string] => typeof field[1] === 'string');
  const key = parseIntakeKey(parameters.intake ?? '');
  if (texts.length === 0 && key === undefined) return undefined;
  return { fields: Object.fromEntries(texts), ...(key === undefined ? {} : { key }) };
};
