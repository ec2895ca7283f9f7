/** Most bytes and fields of a form. Twilio's largest are near 4 KB and 60 fields. */
export const maxFormBytes = 64 * 1024;
const maxFields = 100;

export type Form = ReadonlyMap<string, string>;

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const field = (pair: string): readonly [string, string] | undefined => {
  const equals = pair.indexOf('=');
  const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
  const value = decoded(equals < 0 ? '' : pair.slice(equals + 1));
  // `a[b]=` asks a nesting parser for objects; no field of Twilio is named so.
  return name === undefined || value === undefined || /[[\]]/.test(name) ? undefined : [name, value];
};

type Pair = readonly [name: string, value: string];

/** A form with the pairs as they came: those are what is signed. */
export interface PostedForm {
  readonly form: Form;
  readonly pairs: readonly Pair[];
}

/** A SIP header may come more than once; that means the same as one with all values behind commas (RFC 3261, 7.3.1). */
const isHeader = (name: string): boolean => name.startsWith('SipHeader_');

/**
 * Parses `application/x-www-form-urlencoded`, flat. `undefined`: bad percent-encoding, a nested field, one that is repeated and no SIP
 * header, or over 100 of them.
 */
export const parsePosted = (text: string): PostedForm | undefined => {
  const form = new Map<string, string>();
  const pairs: Pair[] = [];
  const parts = text.split('&', maxFields + 1).filter((part) => part !== '');
  if (parts.length > maxFields) return undefined;
  for (const part of parts) {
    const pair = field(part);
    if (pair === undefined) return undefined;
    const [name, value] = pair;
    const before = form.get(name);
    if (before !== undefined && !isHeader(name)) return undefined;
    form.set(name, before === undefined ? value : `${before}, ${value}`);
    pairs.push(pair);
  }
  return { form, pairs };
};

/** Parses the query of a URL that an IVR has put together: what is wrong in it, or not clear as it is there twice, is left out. */
export const parseQuery = (text: string): Form => {
  const form = new Map<string, string>();
  const unclear = new Set<string>();
  for (const part of text.split('&', maxFields)) {
    const [name = '', value = ''] = (part === '' ? undefined : field(part)) ?? [];
    if (form.has(name)) unclear.add(name);
    if (name !== '') form.set(name, value);
  }
  for (const name of unclear) form.delete(name);
  return form;
};
