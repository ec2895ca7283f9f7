import type { Json } from '../../store/context/event.ts';

const mask = '••••';
/** A number in a result may be anything; so many digits are no chance. */
const fewestOfNumber = 4;

/**
 * A value without the digits that a caller entered: wherever they stand by themselves in a text, or are a number of four digits and
 * more. Inside a longer word or number they are part of something else, which shall stay whole.
 */
export const maskDigits = (value: Json, digits: string): Json => {
  const alone = new RegExp(`(?<![\\p{L}\\p{N}_])${digits}(?![\\p{L}\\p{N}_])`, 'gu');
  const isThem = (number: number) => digits.length >= fewestOfNumber && number === Number(digits);
  const masked = (inner: Json): Json => {
    if (typeof inner === 'string') return inner.replaceAll(alone, mask);
    if (typeof inner === 'number') return isThem(inner) ? mask : inner;
    if (typeof inner !== 'object' || inner === null) return inner;
    return isList(inner) ? inner.map(masked) : Object.fromEntries(Object.entries(inner).map(field));
  };
  const field = ([key, part]: readonly [string, Json]) => [key.replaceAll(alone, mask), masked(part)] as const;
  return masked(value);
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
