import type { Json } from '../../store/context/event.ts';

/** Text as people say it: `accountTier` is "account tier". */
export const inWords = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_, left, right) => `${left} ${right.toLowerCase()}`).replace(/\bapi\b/g, 'API');

/** A name with a capital: `technical` is "Technical". */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1)).trimEnd()}…`;

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** A value in a few words: what is deep in it is left out, of a list the number and the first. */
export const inShort = (value: Json, depth = 0): string => {
  if (isList(value)) return value.length === 0 ? 'none' : `${value.length}, first: ${inShort(value[0] ?? null, depth + 1)}`;
  if (!isObject(value)) return value === null ? 'nothing' : String(value);
  return Object.entries(value)
    .filter(([, inner]) => depth === 0 || !(isObject(inner) || isList(inner)))
    .map(([key, inner]) => {
      if (isList(inner))
        return `${inner.length} ${key}${inner.length === 0 ? '' : `, first: ${inShort(inner[0] ?? null, depth + 1)}`}`;
      return isObject(inner) ? `${key} (${inShort(inner, depth + 1)})` : `${key} ${inShort(inner, depth + 1)}`;
    })
    .join(', ');
};

/** The arguments of a tool call as one would write them. */
export const argumentsInShort = (value: Json): string =>
  isObject(value)
    ? Object.values(value)
        .map((inner) => (typeof inner === 'string' ? inner : JSON.stringify(inner)))
        .join(', ')
    : JSON.stringify(value);
